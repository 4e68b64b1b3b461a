package dingdingtest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestClient(t *testing.T) {
	s := NewServer()
	defer s.Close()
	door := s.AddLock("front door")
	c := s.Client()
	require.NoError(t, c.Check(t.Context()))
	op, err := c.Passwords().Create(t.Context(), door, lock.PasswordSpec{
		Secret: lock.NewSecret("135790"), Name: "Li", Window: lock.Window{Until: s.Clock().Now().Add(time.Hour)},
	})
	require.NoError(t, err)
	pw, err := op.Wait(t.Context())
	require.NoError(t, err)
	assert.Equal(t, lock.StateActive, pw.State)
	assert.True(t, s.EnterCode(door, "135790"))
	s.Advance(time.Hour)
	assert.False(t, s.EnterCode(door, "135790"))
	assert.Equal(t, 1, s.Executed("add_password"))
}

func TestClientKnowsTheCallbackURLs(t *testing.T) {
	s := NewServer()
	defer s.Close()
	_, err := s.Client().Events().Receive(nil)
	assert.Error(t, err, "none is registered")
	s.SetCallbackURL("https://pms.example/events", "https://pms.example/services")
	_, err = s.Client().Events().Receive(func(_ context.Context, _ lock.Event) error { return nil })
	assert.NoError(t, err)
}
