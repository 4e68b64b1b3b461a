package newvendor_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/internal/newvendor"
	"github.com/smartlock-sdk/smartlock/internal/newvendor/newvendortest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func TestCodesHaveTheirKinds(t *testing.T) {
	s := newvendortest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	s.SetOffline(door, true)
	p := s.Client()
	wrong := newvendor.New(s.Key, "another secret", lock.WithBaseURL(s.URL))
	require.ErrorIs(t, wrong.Check(t.Context()), lock.ErrUnauthenticated)
	require.ErrorIs(t, p.Locks().Rename(t.Context(), "L0", "x"), lock.ErrNotFound)
	require.ErrorIs(t, p.Locks().Rename(t.Context(), door, "x"), lock.ErrDeviceOffline)
	_, err := p.RenameLock(t.Context(), string(door), newvendor.RenameLockRequest{})
	require.ErrorIs(t, err, lock.ErrInvalidArgument)
	for _, c := range newvendor.ErrorCodes() {
		assert.NotEmpty(t, c.Kind, "code %s has a kind", c.Code)
	}
}

func TestEntriesWeDoNotKnowArrive(t *testing.T) {
	s := newvendortest.NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	began := s.Clock().Now().Add(-time.Second)
	s.Report(door, "singing", "")
	for e, err := range s.Client().Events().History(t.Context(), lock.EventQuery{Window: lock.Window{From: began}}) {
		require.NoError(t, err)
		assert.Equal(t, lock.EventVendorUnknown, e.Kind)
		assert.Equal(t, "singing", e.Name)
		native, ok := lock.As[*newvendor.LogEntry](e)
		assert.True(t, ok && native.Number == 1)
		return
	}
	t.Error("the entry did not arrive")
}

func TestAClientWithoutCredentialsSaysSo(t *testing.T) {
	require.ErrorIs(t, newvendor.New("", "").Check(t.Context()), lock.ErrInvalidArgument)
}
