package ws

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// listening runs Listen on the client's end.
func listening(ctx context.Context, c Conn, b Beat, handle func([]byte) error) <-chan error {
	ended := make(chan error, 1)
	b.Clock = lock.SystemClock
	go func() { ended <- Listen(ctx, c, b, handle) }()
	return ended
}

func nothing([]byte) error { return nil }

// texting is a heartbeat of text, and what takes the answers.
func texting(c Conn) (ping func(context.Context) error, handle func([]byte) error) {
	pongs := make(chan struct{}, 1)
	ping = func(ctx context.Context) error {
		if err := c.Write(ctx, []byte("ping")); err != nil {
			return err
		}
		select {
		case <-pongs:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ping, func([]byte) error { pongs <- struct{}{}; return nil }
}

func TestASilentPeerIsFound(t *testing.T) {
	for name, text := range map[string]bool{"by pings": false, "by text": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := pair(t)
				go func() { // takes everything and says nothing
					for {
						if _, err := server.(*conn).ws.NetConn().Read(make([]byte, 64)); err != nil {
							return
						}
					}
				}()
				b, handle := Beat{Every: 30 * time.Second}, nothing
				if text {
					b.Ping, handle = texting(client)
				}
				began := time.Now()
				err := <-listening(t.Context(), client, b, handle)
				if took := time.Since(began); !errors.Is(err, ErrSilent) || took != 40*time.Second {
					t.Errorf("got %v after %s, want %v after 40s", err, took, ErrSilent)
				}
			})
		})
	}
}

func TestAPeerThatAnswersIsKept(t *testing.T) {
	for name, text := range map[string]bool{"pings": false, "text": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := pair(t)
				b, handle := Beat{Every: 30 * time.Second, Early: 0.2}, nothing
				if text {
					b.Ping, handle = texting(client)
				}
				beats := 0
				if ping := b.Ping; text {
					b.Ping = func(ctx context.Context) error { beats++; return ping(ctx) }
				}
				ctx, cancel := context.WithCancel(t.Context())
				var answers sync.WaitGroup
				answers.Go(func() { echo(t.Context(), server) })
				ended := listening(ctx, client, b, handle)
				select {
				case err := <-ended:
					t.Fatalf("it ended with %v", err)
				case <-time.After(24 * time.Hour):
				}
				cancel()
				began := time.Now()
				if err := <-ended; !errors.Is(err, context.Canceled) || time.Since(began) > time.Second {
					t.Errorf("got %v after %s, want %v within a second", err, time.Since(began), context.Canceled)
				}
				answers.Wait() // the server was told
				if low, high := 24*60*2, 24*60*2*10/8+1; text && (beats < low || beats > high) {
					t.Errorf("got %d heartbeats, want %d to %d", beats, low, high)
				}
			})
		})
	}
}

func TestAHeartbeatThatFailsEndsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t)
		broken := errors.New("broken")
		ended := listening(t.Context(), client, Beat{Every: time.Minute, Ping: func(context.Context) error { return broken }}, nothing)
		if _, err := server.Read(t.Context()); err == nil {
			t.Error("the server got a message")
		}
		if err := <-ended; err != broken {
			t.Errorf("got %v, want %v", err, broken)
		}
	})
}

func TestListenHandsOnWhatComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t)
		enough := errors.New("enough")
		var got []string
		ended := listening(t.Context(), client, Beat{}, func(m []byte) error {
			if got = append(got, string(m)); len(got) == 3 {
				return enough
			}
			return nil
		})
		for _, m := range []string{"a", "b", "c"} {
			if err := server.Write(t.Context(), []byte(m)); err != nil {
				t.Fatal(err)
			}
		}
		_, left := server.Read(t.Context())
		if err := <-ended; err != enough {
			t.Errorf("got %v, want the handler's own error", err)
		}
		if len(got) != 3 || got[0] != "a" || got[2] != "c" {
			t.Errorf("got %q, want a, b, c", got)
		}
		var closed *CloseError
		if !errors.As(left, &closed) || closed.Code != Normal {
			t.Errorf("the server was told %v, want code %d", left, Normal)
		}
	})
}

func TestListenReportsThePeersGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t)
		ended := listening(t.Context(), client, Beat{Every: time.Minute}, nothing)
		_ = server.Close(ServiceRestart, "")
		var closed *CloseError
		if err := <-ended; !errors.As(err, &closed) || closed.Code != ServiceRestart {
			t.Errorf("got %v, want code %d", err, ServiceRestart)
		}
	})
}
