package boltstore_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/boltstore"
	"github.com/smartlock-sdk/smartlock/lock/storetest"
)

func TestMain(m *testing.M) {
	storetest.Receiver(opened)
	goleak.VerifyTestMain(m)
}

// opened opens the file of a process that was killed a moment ago.
func opened(path string) (lock.Store, error) {
	return boltstore.Open(path, boltstore.Options{Timeout: 10 * time.Second})
}
