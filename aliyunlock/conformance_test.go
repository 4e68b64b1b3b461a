package aliyunlock_test

import (
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/internal/worlds"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

func TestConformance(t *testing.T) {
	for _, tt := range []struct {
		name  string
		world func(t *testing.T) locktest.World
	}{
		{"as it is", func(t *testing.T) locktest.World { return worlds.Aliyunlock(t) }},
		{"with services", func(t *testing.T) locktest.World { return worlds.AliyunlockServices(t) }},
		{"lists in the other shape", func(t *testing.T) locktest.World {
			return worlds.Aliyunlock(t, aliyunlocktest.WithOtherShapes())
		}},
	} {
		t.Run(tt.name, func(t *testing.T) { locktest.Run(t, tt.world) })
	}
}

// What the other tests share with the world.
var (
	remoteUnlock, addOTP = worlds.AliyunUnlock, worlds.AliyunOTP
	beijing              = time.FixedZone("CST", 8*60*60)
)
