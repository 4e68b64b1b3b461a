package ws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

func TestMessagesTravelBothWays(t *testing.T) {
	client, server := pair(t)
	done := make(chan struct{})
	go func() { echo(t.Context(), server); close(done) }()
	for _, text := range []string{"ping", "", `{"error":0}`, strings.Repeat("字", MaxMessage/3)} {
		if err := client.Write(t.Context(), []byte(text)); err != nil {
			t.Fatal(err)
		}
		got, err := client.Read(t.Context())
		if err != nil || string(got) != text {
			t.Fatalf("got %d bytes and %v, want the %d that were sent", len(got), err, len(text))
		}
	}
	if err := client.Close(Normal, ""); err != nil {
		t.Errorf("Close: %v", err)
	}
	<-done
}

func TestMessageThatIsTooLongEndsTheConnection(t *testing.T) {
	client, server := pair(t)
	sent := make(chan error, 1)
	go func() { sent <- server.Write(t.Context(), bytes.Repeat([]byte("a"), MaxMessage+1)) }()
	if got, err := client.Read(t.Context()); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %d bytes and %v, want %v", len(got), err, ErrTooLong)
	}
	<-sent
	if err := client.Write(t.Context(), []byte("more")); err == nil {
		t.Error("a message could be sent afterwards")
	}
}

func TestManyWritersDoNotMixTheirMessages(t *testing.T) {
	const writers, each = 8, 50
	client, server := pair(t)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				if err := client.Write(t.Context(), fmt.Appendf(nil, "%d:%d:%s", w, i, strings.Repeat("x", 5000))); err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
			}
		})
	}
	next := map[int]int{}
	for range writers * each {
		m, err := server.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var w, i int
		var rest string
		if _, err := fmt.Sscanf(string(m), "%d:%d:%s", &w, &i, &rest); err != nil || len(rest) != 5000 || next[w] != i {
			t.Fatalf("writer %d: got message %d with %d bytes, want %d with 5000 (%v)", w, i, len(rest), next[w], err)
		}
		next[w]++
	}
	all.Wait()
}

func TestReadingReportsItsEndForEver(t *testing.T) {
	client, server := pair(t)
	go func() { _ = server.Close(TryAgainLater, "busy") }()
	_, first := client.Read(t.Context())
	var closed *CloseError
	if !errors.As(first, &closed) || closed.Code != TryAgainLater || closed.Reason != "busy" {
		t.Fatalf("got %v, want the code and the reason of the server", first)
	}
	for range 2000 { // gorilla panics after 1000
		if _, err := client.Read(t.Context()); err != first {
			t.Fatalf("got %v, want what was reported first: %v", err, first)
		}
	}
}

func TestContextsEndWhatTheyAreGivenTo(t *testing.T) {
	cases := map[string]struct {
		do     func(ctx context.Context, c Conn) error
		broken bool
	}{
		"Read":  {func(ctx context.Context, c Conn) error { _, err := c.Read(ctx); return err }, true},
		"Write": {func(ctx context.Context, c Conn) error { return c.Write(ctx, []byte("nobody reads this")) }, true},
		"Ping":  {func(ctx context.Context, c Conn) error { return c.Ping(ctx) }, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := pair(t)
				if name == "Ping" { // somebody has to take it, and not to answer
					go func() { _, _ = server.(*conn).ws.NetConn().Read(make([]byte, 64)) }()
				}
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- c.do(ctx, client) }()
				synctest.Wait()
				began := time.Now()
				cancel()
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, want %v", err, context.Canceled)
				}
				if took := time.Since(began); took > 0 {
					t.Errorf("it took %s", took)
				}
				if broken := client.(*conn).ended; broken != c.broken {
					t.Errorf("the connection has ended: got %t, want %t", broken, c.broken)
				}
				_, err := client.Read(ctx) // an ended context
				if err == nil {
					t.Error("Read with an ended context: got a message")
				}
			})
		})
	}
}

func TestAWriterWhoWaitsForItsTurnBreaksNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t)
		first := make(chan error, 1)
		go func() { first <- client.Write(t.Context(), []byte("first")) }() // until somebody reads
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := client.Write(ctx, []byte("second")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
		}
		if m, err := server.Read(t.Context()); string(m) != "first" || err != nil {
			t.Errorf("got %q and %v, want the first message", m, err)
		}
		if err := <-first; err != nil {
			t.Errorf("the first writer: %v", err)
		}
	})
}

func TestAPeerThatDoesNotReadIsGivenUpAfterTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := pair(t)
		began := time.Now()
		if err := client.Write(t.Context(), []byte("nobody reads this")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("it took %s, want 10s", took)
		}
		if err := client.Write(t.Context(), []byte("again")); err == nil {
			t.Error("a message could be sent afterwards")
		}
	})
}

func TestClosingNeverHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := pair(t) // whose server reads nothing
		began := time.Now()
		_ = client.Close(Normal, "bye")
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %s, want a second at most", took)
		}
		if err := client.Close(Normal, "bye"); err != nil {
			t.Errorf("closing again: %v", err)
		}
		if err := client.Drop(); err != nil {
			t.Errorf("dropping what is closed: %v", err)
		}
		if err := client.Write(t.Context(), nil); err == nil {
			t.Error("a message could be sent afterwards")
		}
		if _, err := client.Read(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("Read: got %v, want %v", err, ErrClosed)
		}
	})
}

func TestDroppedConnectionsAreAbnormallyClosed(t *testing.T) {
	client, server := pair(t)
	if err := server.Drop(); err != nil {
		t.Fatal(err)
	}
	_, err := client.Read(t.Context())
	var closed *CloseError
	if !errors.As(err, &closed) || closed.Code != Abnormal {
		t.Errorf("got %v, want code %d", err, Abnormal)
	}
}

func TestPingsAreAnswered(t *testing.T) {
	client, server := pair(t)
	var readers sync.WaitGroup
	for _, c := range []Conn{client, server} {
		readers.Go(func() { _, _ = c.Read(t.Context()) })
	}
	for range 3 {
		if err := client.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if err := server.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	}
	_ = client.Close(Normal, "")
	readers.Wait()
	if err := client.Ping(t.Context()); err == nil {
		t.Error("a closed connection answers pings")
	}
}

func TestReasonsAreCutBetweenCharacters(t *testing.T) {
	for text, want := range map[string]int{
		"bye":                         3,
		strings.Repeat("a", 123):      123,
		strings.Repeat("a", 200):      123,
		strings.Repeat("字", 50):       123,
		"a" + strings.Repeat("字", 50): 121,
	} {
		if got := short(text); len(got) != want || !utf8.ValidString(got) || !strings.HasPrefix(text, got) {
			t.Errorf("%d bytes: got %d bytes %q, want %d", len(text), len(got), got, want)
		}
	}
}
