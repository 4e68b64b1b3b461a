package ewelink

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/benchtest"
	"github.com/smartlock-sdk/smartlock/internal/mac"
	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// BenchmarkSign is the signature of a call with three parameters (P4).
func BenchmarkSign(b *testing.B) {
	const secret = "vector-secret-00000000000000001"
	query := rest.Params{{Name: "deviceid", Value: "1000000001"}, {Name: "from", Value: "1700000000123"}, {Name: "num", Value: "30"}}
	var text, out [256]byte
	hashed := hmac.New(sha256.New, []byte(secret))
	var sum [sha256.Size]byte
	floor := func() []byte {
		m := append(text[:0], "deviceid="...)
		m = append(m, query[0].Value...)
		m = append(m, "&from="...)
		m = append(m, query[1].Value...)
		m = append(m, "&num="...)
		m = append(m, query[2].Value...)
		hashed.Reset()
		hashed.Write(m)
		return base64.StdEncoding.AppendEncode(out[:0], hashed.Sum(sum[:0]))
	}
	key := mac.NewKey(lock.NewSecret(secret))
	ours := func() []byte { return appendSign(out[:0], key, appendMessage(text[:0], query)) }
	if want := string(floor()); string(ours()) != want {
		b.Fatalf("got %s, want %s as by hand", ours(), want)
	}
	benchtest.Compare(b,
		benchtest.Floor(func(n int) error {
			for range n {
				_ = floor()
			}
			return nil
		}),
		benchtest.Ours(func(n int) error {
			for range n {
				_ = ours()
			}
			return nil
		}))
}

// BenchmarkSubscribers is a notice from the socket's goroutine to the loop of one subscriber (P9).
func BenchmarkSubscribers(b *testing.B) {
	ctx := context.Background()
	at := time.Unix(1700000000, 0)
	n := &OnlineNotice{DeviceID: "1000000001", Online: true, At: at}
	events := make(chan Notice, defaultBuffer)
	channel := func(times int) error {
		for left := times; left > 0; {
			batch := min(left, 64) // as they come from a busy socket
			for range batch {
				events <- n
			}
			for range batch {
				<-events
			}
			left -= batch
		}
		return nil
	}
	box := newInbox(SocketOptions{})
	inbox := func(times int) error {
		for left := times; left > 0; {
			batch := min(left, 64)
			for range batch {
				box.put(n, 300, at)
			}
			for range batch {
				if _, err := box.next(ctx); err != nil {
					return err
				}
			}
			left -= batch
		}
		return nil
	}
	benchtest.Compare(b, benchtest.Floor(channel), benchtest.Ours(inbox))
}
