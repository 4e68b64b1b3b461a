package dingding_test

import (
	"testing"

	"github.com/smartlock-sdk/smartlock/internal/worlds"
	"github.com/smartlock-sdk/smartlock/lock/locktest"
)

func TestConformance(t *testing.T) { locktest.Run(t, worlds.Dingding) }
