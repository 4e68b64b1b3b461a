package redisstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/redistest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/redisstore"
	"github.com/smartlock-sdk/smartlock/lock/storetest"
)

// opened opens the store in a process that will be killed.
func opened(where string) (lock.Store, error) {
	address, namespace, _ := strings.Cut(where, " ")
	return redisstore.New(redisstore.Options{Address: address, Namespace: namespace, New: true, Timeout: 10 * time.Second})
}

func TestKilledReceiverLosesNothing(t *testing.T) {
	o := redistest.Real(t)
	defer redistest.Empty(t, o)
	storetest.Kills(t, o.Address+" "+o.Namespace, opened)
}
