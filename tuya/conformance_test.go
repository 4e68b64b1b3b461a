package tuya_test

import (
	"testing"

	"github.com/smartlock-sdk/smartlock/internal/worlds"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
	"github.com/smartlock-sdk/smartlock/tuya/tuyatest"
)

func TestConformance(t *testing.T) {
	frozen := []lock.Op{lock.FreezePassword, lock.UnfreezePassword} // only Zigbee locks can
	for _, tt := range []struct {
		name string
		at   worlds.TuyaPlace
	}{
		{"a Zigbee lock and a card", worlds.TuyaPlace{}},
		{"a Zigbee lock and a person", worlds.TuyaPlace{Person: true}},
		{"a Wi-Fi lock", worlds.TuyaPlace{Lock: (*tuyatest.Server).AddWiFiLock, Lacks: frozen}},
		{"a Bluetooth lock", worlds.TuyaPlace{Lock: (*tuyatest.Server).AddBluetoothLock, Lacks: frozen}},
		{"answers in their other shape", worlds.TuyaPlace{Vendor: []tuyatest.Option{tuyatest.WithOtherShapes()}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			locktest.Run(t, func(t *testing.T) locktest.World { return worlds.Tuya(t, tt.at) })
		})
	}
}

// keyID is the id of what is enrolled in a lock, for the other tests.
func keyID(k tuyatest.Key) lock.KeyID { return worlds.TuyaKeyID(k) }
