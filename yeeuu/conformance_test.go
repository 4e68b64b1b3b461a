package yeeuu_test

import (
	"testing"

	"github.com/smartlock-sdk/smartlock/internal/worlds"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
	"github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
)

func TestConformance(t *testing.T) {
	for name, vendor := range map[string][]yeeuutest.Option{
		"newest first": nil,
		"oldest first": {yeeuutest.WithOldestFirst()},
		"blanking":     {yeeuutest.WithBlanking()},
	} {
		t.Run(name, func(t *testing.T) {
			locktest.Run(t, func(t *testing.T) locktest.World { return worlds.Yeeuu(t, vendor...) })
		})
	}
}
