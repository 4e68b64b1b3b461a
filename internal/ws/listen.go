package ws

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Beat is how one side asks the other whether it is there. Without it a connection whose other end
// has vanished stays open for ever: TCP says nothing while nothing is sent.
type Beat struct {
	Clock lock.Clock
	// Every is how long after one heartbeat the next one is sent; 0 = none are.
	Every time.Duration
	// Early makes every pause shorter by chance, by up to this part of it: 0.2 for 20 %.
	Early float64
	// Within is how long the answer may take, 0 = 10 s. It is real time.
	Within time.Duration
	// Ping sends a heartbeat and returns when it is answered, or with its context. nil = the ping of
	// the protocol.
	Ping func(ctx context.Context) error
}

const pongTime = 10 * time.Second

// pause is how long until the next heartbeat.
func (b Beat) pause() time.Duration {
	return b.Every - time.Duration(b.Early*rand.Float64()*float64(b.Every))
}

// Listen hands every message of conn to handle, one after the other, until the connection or ctx
// ends or handle reports an error, and returns why. Meanwhile it keeps the heart beating; a peer
// that does not answer is ErrSilent. Afterwards conn is closed, and nothing of Listen is left.
func Listen(ctx context.Context, conn Conn, beat Beat, handle func(message []byte) error) error {
	leave := context.AfterFunc(ctx, func() { _ = conn.Close(GoingAway, "") }) // which ends the reading
	defer leave()
	beating, stop := context.WithCancel(ctx)
	var silent error
	var heart sync.WaitGroup
	heart.Go(func() {
		if silent = beat.run(beating, conn); silent != nil {
			_ = conn.Drop() // which ends the reading
		}
	})
	err := read(ctx, conn, handle)
	stop()
	heart.Wait()
	_ = conn.Close(Normal, "") // whatever becomes of it, err is the reason
	return cmp.Or(ctx.Err(), silent, err)
}

func read(ctx context.Context, conn Conn, handle func([]byte) error) error {
	for {
		message, err := conn.Read(context.WithoutCancel(ctx))
		if err == nil {
			err = handle(message)
		}
		if err != nil {
			return err
		}
	}
}

// run sends heartbeats until ctx ends, which is nil, or one is not answered.
func (b Beat) run(ctx context.Context, conn Conn) error {
	ping := b.Ping
	if ping == nil {
		ping = conn.Ping
	}
	for b.Every > 0 {
		if b.Clock.Sleep(ctx, b.pause()) != nil {
			return nil
		}
		within, cancel := context.WithTimeout(ctx, cmp.Or(b.Within, pongTime))
		err := ping(within)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, context.DeadlineExceeded):
			return ErrSilent
		case err != nil:
			return err
		}
	}
	return nil
}
