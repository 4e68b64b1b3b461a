package ws

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/limit"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Pace is how a Keeper spaces its attempts. Zero fields take the values behind them.
type Pace struct {
	First   time.Duration // 5 s: the longest pause after the first failure; doubles with every one
	Max     time.Duration // 15 min: the longest pause of all
	Settled time.Duration // 5 min: a connection that lived so long makes the next failure the first again
	Gap     time.Duration // 5 s: the shortest time between two attempts, whatever happens
	Hourly  int           // 12: attempts in any hour, whatever happens
}

func (p Pace) orDefault() Pace {
	return Pace{
		First:   cmp.Or(p.First, 5*time.Second),
		Max:     cmp.Or(p.Max, 15*time.Minute),
		Settled: cmp.Or(p.Settled, 5*time.Minute),
		Gap:     cmp.Or(p.Gap, 5*time.Second),
		Hourly:  cmp.Or(p.Hourly, 12),
	}
}

// Attempt connects, logs in, calls up when it has succeeded, and stays until the connection ends.
// It reports why; nil counts as a connection that was lost.
type Attempt func(ctx context.Context, up func()) error

// Keeper keeps connections up. Its count of attempts outlives each Keep, so that a caller who
// begins and ends often is held back as well. It starts no goroutine. Keep one for each account.
type Keeper struct {
	// Turn, if there is one, waits until this process may hold the socket, for accounts that
	// several replicas share: one of them leads. The attempt gets the context it returns, which
	// ends when the turn does; then Turn is asked again. release gives the turn back.
	Turn func(ctx context.Context) (held context.Context, release func(), err error)
	// Lost, if there is one, is told when an attempt has ended, why, and how long the pause is.
	Lost func(err error, pause time.Duration)

	clock    lock.Clock
	pace     Pace
	attempts *limit.Limiter
}

// NewKeeper returns a keeper whose pauses go by clock.
func NewKeeper(clock lock.Clock, p Pace) *Keeper {
	p = p.orDefault()
	return &Keeper{clock: clock, pace: p, attempts: limit.New(clock,
		limit.Rule{Count: 1, Window: p.Gap},
		limit.Rule{Count: p.Hourly, Window: time.Hour},
	)}
}

// final is an error that ends Keep.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// Final marks err as one that trying again cannot mend; nil stays nil.
func Final(err error) error {
	if err == nil {
		return nil
	}
	return final{err}
}

// Keep repeats attempt until ctx ends, or until an attempt reports something Final or Refused, and
// returns that.
func (k *Keeper) Keep(ctx context.Context, attempt Attempt) error {
	failures := 0
	for {
		lived, err := k.turn(ctx, attempt)
		var end final
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &end):
			return end.error
		case Refused(err):
			return err
		}
		if lived >= k.pace.Settled {
			failures = 0
		}
		pause := k.pause(failures, err)
		failures++
		if k.Lost != nil {
			k.Lost(err, pause)
		}
		if err := k.clock.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// turn makes one attempt when it is our turn, and says how long its connection was up.
func (k *Keeper) turn(ctx context.Context, attempt Attempt) (lived time.Duration, err error) {
	if k.Turn != nil {
		held, release, err := k.Turn(ctx)
		if err != nil {
			return 0, err
		}
		defer release()
		ctx = held
	}
	slot, err := k.attempts.Acquire(patient{ctx}, "", true)
	if err != nil {
		return 0, err
	}
	defer slot.Done()
	var began time.Time
	err = attempt(ctx, func() {
		began = k.clock.Now()
		slot.Done() // the vendor has counted it by now
	})
	if !began.IsZero() {
		lived = k.clock.Now().Sub(began)
	}
	return lived, err
}

// pause is full jitter up to a bound that doubles. A server that asks for more gets it, up to the
// longest pause.
func (k *Keeper) pause(failures int, err error) time.Duration {
	bound := k.pace.First
	for range failures {
		if bound >= k.pace.Max/2 {
			bound = k.pace.Max
			break
		}
		bound *= 2
	}
	pause := rand.N(bound)
	var shaken *HandshakeError
	if errors.As(err, &shaken) {
		pause = max(pause, min(shaken.RetryAfter, k.pace.Max))
	}
	return pause
}

// patient is a context that ends when its own ends and does not say when that will be. A limiter
// gives up at once on a caller who would have to leave before their turn.
type patient struct{ context.Context }

// Deadline says that there is none.
func (patient) Deadline() (time.Time, bool) { return time.Time{}, false }
