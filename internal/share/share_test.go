package share

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAccounts(t *testing.T) {
	a := Account("dingding", "https://example.com", "client")
	assert.True(t, strings.HasPrefix(a, "dingding/"))
	assert.NotContains(t, a, "client")
	assert.Equal(t, a, Account("dingding", "https://example.com", "client"))
	assert.NotEqual(t, a, Account("yeeuu", "https://example.com", "client"), "another vendor")
	assert.NotEqual(t, a, Account("dingding", "https://example.com", "client2"), "another client")
	assert.NotEqual(t, Account("v", "ab", "c"), Account("v", "a", "bc"), "the parts keep apart")
}

func TestCredentials(t *testing.T) {
	old, changed := lock.NewSecret("old secret"), lock.NewSecret("new secret")
	assert.Len(t, Credentials(old), 4)
	assert.Equal(t, Credentials(old), Credentials(lock.NewSecret("old secret")))
	assert.NotEqual(t, Credentials(old), Credentials(changed))
	assert.NotEqual(t, Credentials(old), Credentials())
}

func TestUnavailable(t *testing.T) {
	said := &lock.Error{Kind: lock.ErrStoreUnavailable, Message: "Redis"}
	for _, err := range []error{said, context.Canceled, fmt.Errorf("reading: %w", context.DeadlineExceeded)} {
		assert.Equal(t, err, Unavailable(err))
	}
	other := errors.New("no route to host")
	assert.ErrorIs(t, Unavailable(other), lock.ErrStoreUnavailable)
	assert.ErrorIs(t, Unavailable(other), other)
}
