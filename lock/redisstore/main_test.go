package redisstore_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/lock/storetest"
)

func TestMain(m *testing.M) {
	storetest.Receiver(opened)
	goleak.VerifyTestMain(m)
}
