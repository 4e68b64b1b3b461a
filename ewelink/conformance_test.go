package ewelink_test

import (
	"testing"

	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/internal/worlds"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

func TestConformance(t *testing.T) {
	t.Run("over HTTP", func(t *testing.T) {
		locktest.Run(t, func(t *testing.T) locktest.World { return worlds.Ewelink(t) })
	})
	t.Run("over the socket, and in the other shapes", func(t *testing.T) {
		locktest.Run(t, func(t *testing.T) locktest.World {
			return worlds.EwelinkSocket(t, ewelinktest.WithOtherShapes(), ewelinktest.WithWholeRequests(), ewelinktest.WithListLimit())
		})
	})
}
