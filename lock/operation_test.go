package lock_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// question is a lock.Work made of an id and what asks about it.
type question struct {
	id  string
	ask func(context.Context) (lock.Password, bool, error)
}

func (q question) ID() string { return q.id }

func (q question) Poll(ctx context.Context, _ lock.Password) (lock.Password, bool, error) {
	return q.ask(ctx)
}

// asked is an operation whose polls a test answers, and which the vendor may call back.
type asked struct {
	op *lock.Operation[lock.Password]

	mu      sync.Mutex
	at      []time.Time     // when the vendor was asked
	latest  []lock.Password // what was known then
	answer  func(n int) (lock.Password, bool, error)
	ended   bool // by the vendor's callback
	outcome lock.Password
	endErr  error
	wake    map[int]func() // of those who listen
	next    int
}

// begin starts an operation. answer is given the number of the poll, from 1.
func begin(answer func(n int) (lock.Password, bool, error), opts ...lock.Option) *asked {
	a := &asked{answer: answer, wake: make(map[int]func())}
	a.op = lock.Pending(lock.NewConfig(opts...), a, lock.Password{ID: "p1", State: lock.StatePending})
	return a
}

func (a *asked) ID() string { return "op-1" }

func (a *asked) Poll(ctx context.Context, latest lock.Password) (lock.Password, bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended { // the vendor need not be asked
		return a.outcome, true, a.endErr
	}
	a.at, a.latest = append(a.at, time.Now()), append(a.latest, latest)
	if err := ctx.Err(); err != nil {
		return lock.Password{}, false, err
	}
	return a.answer(len(a.at))
}

func (a *asked) Listen(wake func()) (stop func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		defer wake()
	}
	id := a.next
	a.next++
	a.wake[id] = wake
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.wake, id)
	}
}

// end is the vendor's callback that brings the outcome. The first end counts.
func (a *asked) end(v lock.Password, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.ended {
		a.ended, a.outcome, a.endErr = true, v, err
	}
	for _, wake := range a.wake {
		wake()
	}
}

// listeners is how many wait to be woken.
func (a *asked) listeners() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.wake)
}

func (a *asked) polls() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.at)
}

func active(id lock.PasswordID) lock.Password { return lock.Password{ID: id, State: lock.StateActive} }

// never is an operation that goes on.
func never(int) (lock.Password, bool, error) { return lock.Password{ID: "p1"}, false, nil }

// after ends an operation with the nth poll.
func after(n int) func(int) (lock.Password, bool, error) {
	return func(i int) (lock.Password, bool, error) {
		if i < n {
			return lock.Password{ID: "p1"}, false, nil
		}
		return active("p1"), true, nil
	}
}

func TestOperationThatIsDone(t *testing.T) {
	op := lock.Done(active("p1"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if op.ID() != "" || !op.Ended() || op.Latest().ID != "p1" {
		t.Errorf("got ID %q, ended %t, latest %q, want none, true and p1", op.ID(), op.Ended(), op.Latest().ID)
	}
	if ended, err := op.Poll(ctx); !ended || err != nil {
		t.Errorf("Poll: got %t and %v, want true without asking", ended, err)
	}
	if pw, err := op.Wait(ctx); err != nil || pw.ID != "p1" {
		t.Errorf("Wait: got %q and %v, want p1 without waiting", pw.ID, err)
	}
	op.Nudge() // of no consequence
}

func TestWaitAsksLessAndLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		a := begin(after(8), lock.WithPolling(time.Second, 10*time.Second))
		if pw, err := a.op.Wait(t.Context()); err != nil || pw.State != lock.StateActive {
			t.Fatalf("got state %q and error %v, want it active", pw.State, err)
		}
		last := begun
		for i, full := range []time.Duration{1, 2, 4, 8, 10, 10, 10, 10} {
			pause := a.at[i].Sub(last)
			if full *= time.Second; pause < full/2 || pause > full {
				t.Errorf("before poll %d: got a pause of %s, want half to full of %s", i+1, pause, full)
			}
			last = a.at[i]
		}
		if got := time.Since(last); got != 0 {
			t.Errorf("after the last poll: got %s until Wait returned, want none", got)
		}
	})
}

func TestManyWhoWaitDoNotAskAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := make(map[time.Duration]int)
		for range 200 {
			a := begin(after(1), lock.WithPolling(time.Second, time.Second))
			begun := time.Now()
			if _, err := a.op.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			at[a.at[0].Sub(begun)]++
		}
		if len(at) < 100 {
			t.Errorf("200 first pauses: got %d different ones, want nearly all", len(at))
		}
	})
}

func TestWaitWithoutAPolicyDoesNotSpin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := begin(never, lock.WithPolling(0, 0))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := a.op.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
		if n := a.polls(); n > 2001 {
			t.Errorf("got %d polls in a second, want no more than 2 a millisecond", n)
		}
	})
}

func TestEndFromOutsideWakesWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := begin(never, lock.WithPolling(time.Hour, time.Hour))
		begun := time.Now()
		results := make(chan error, 3)
		for range 3 {
			go func() {
				pw, err := a.op.Wait(t.Context())
				if err == nil && pw.State != lock.StateActive {
					err = fmt.Errorf("state %q", pw.State)
				}
				results <- err
			}()
		}
		synctest.Wait()
		a.end(active("p1"), nil)
		a.end(lock.Password{}, lock.ErrDeviceRejected) // the first end counts
		for range 3 {
			if err := <-results; err != nil {
				t.Errorf("got %v, want the first end", err)
			}
		}
		if got := time.Since(begun); got != 0 || a.polls() != 0 {
			t.Errorf("got %s and %d polls, want neither time nor polls to pass", got, a.polls())
		}
	})
}

func TestNudgeMakesWaitAskAtOnce(t *testing.T) {
	t.Run("while it pauses", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a := begin(after(1), lock.WithPolling(time.Hour, time.Hour))
			begun, done := time.Now(), make(chan error, 1)
			go func() { done <- second(a.op.Wait(t.Context())) }()
			synctest.Wait()
			a.op.Nudge()
			if err := <-done; err != nil || time.Since(begun) != 0 {
				t.Errorf("got error %v after %s, want none at once", err, time.Since(begun))
			}
		})
	})
	t.Run("before it began to wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a := begin(after(1), lock.WithPolling(time.Hour, time.Hour))
			begun := time.Now()
			a.op.Nudge()
			if _, err := a.op.Wait(t.Context()); err != nil || time.Since(begun) != 0 {
				t.Errorf("got error %v after %s, want none at once", err, time.Since(begun))
			}
		})
	})
	t.Run("while it asks", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var a *asked
			a = begin(func(n int) (lock.Password, bool, error) {
				if n == 1 {
					a.op.Nudge() // just too late for this poll to see it
				}
				return after(2)(n)
			}, lock.WithPolling(time.Minute, time.Hour))
			begun := time.Now()
			if _, err := a.op.Wait(t.Context()); err != nil || time.Since(begun) > time.Minute {
				t.Errorf("got error %v after %s, want none after one pause", err, time.Since(begun))
			}
		})
	})
	t.Run("and goes on if it was not true", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a := begin(after(3), lock.WithPolling(time.Minute, time.Minute))
			begun, done := time.Now(), make(chan error, 1)
			go func() { done <- second(a.op.Wait(t.Context())) }()
			synctest.Wait()
			a.op.Nudge()
			if err := <-done; err != nil || time.Since(begun) < time.Minute {
				t.Errorf("got error %v after %s, want none after two pauses", err, time.Since(begun))
			}
		})
	})
}

func second[T any](_ T, err error) error { return err }

func TestWaitListensToTheVendor(t *testing.T) {
	t.Run("which has called back before it began to wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a := begin(never, lock.WithPolling(time.Hour, time.Hour))
			a.end(active("p1"), nil)
			begun := time.Now()
			if pw, err := a.op.Wait(t.Context()); err != nil || pw.State != lock.StateActive || time.Since(begun) != 0 {
				t.Errorf("got %q and %v after %s, want the outcome at once", pw.State, err, time.Since(begun))
			}
		})
	})
	t.Run("only while it waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a := begin(never, lock.WithPolling(time.Hour, time.Hour))
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() { _, _ = a.op.Wait(ctx) })
			}
			synctest.Wait()
			if n := a.listeners(); n != 3 {
				t.Errorf("got %d listeners, want one for each who waits", n)
			}
			cancel()
			wg.Wait()
			if n := a.listeners(); n != 0 {
				t.Errorf("got %d listeners after waiting, want none", n)
			}
			a.end(active("p1"), nil)
			if ended, err := a.op.Poll(t.Context()); !ended || err != nil || a.listeners() != 0 {
				t.Errorf("Poll: got %t, %v and %d listeners, want the end and nobody listening", ended, err, a.listeners())
			}
			if _, err := a.op.Wait(t.Context()); err != nil || a.next != 3 {
				t.Errorf("after the end: got %v, listened %d times, want no more than the 3 before", err, a.next)
			}
		})
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	for name, begins := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"that is cancelled":       context.WithCancel,
		"whose deadline has come": func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := begin(never, lock.WithPolling(time.Hour, time.Hour))
				ctx, cancel := begins(t.Context())
				defer cancel()
				begun, done := time.Now(), make(chan error, 1)
				go func() { done <- second(a.op.Wait(ctx)) }()
				synctest.Wait()
				cancel()
				err := <-done
				if !errors.Is(err, ctx.Err()) || !strings.Contains(err.Error(), "op-1") {
					t.Errorf("got %v, want %v of op-1", err, ctx.Err())
				}
				if time.Since(begun) != 0 {
					t.Errorf("got %s until it returned, want none", time.Since(begun))
				}
				if a.op.Ended() {
					t.Fatalf("Ended: got true, want the operation to go on")
				}
				a.end(active("p1"), nil)
				if pw, err := a.op.Wait(t.Context()); err != nil || pw.State != lock.StateActive {
					t.Errorf("waiting again: got %q and %v, want it active", pw.State, err)
				}
			})
		})
	}
	t.Run("with a cause", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a := begin(never)
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(io.ErrClosedPipe)
			err := second(a.op.Wait(ctx))
			if !errors.Is(err, context.Canceled) || !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("got %v, want both that it was cancelled and why", err)
			}
		})
	})
	t.Run("while it asks", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			op := lock.Pending(lock.NewConfig(), question{"op-1", func(ctx context.Context) (lock.Password, bool, error) {
				cancel()
				<-ctx.Done()
				return lock.Password{}, false, &lock.Error{Kind: lock.ErrVendorUnavailable, Err: ctx.Err()}
			}}, lock.Password{ID: "p1"})
			pw, err := op.Wait(ctx)
			if !errors.Is(err, context.Canceled) || pw.ID != "p1" {
				t.Errorf("got %q and %v, want what was known and context.Canceled", pw.ID, err)
			}
		})
	})
}

func TestWaitSitsOutWhatMayPass(t *testing.T) {
	for _, kind := range append(lock.Kinds(), "") {
		sat := kind.Retryable() || kind == lock.ErrDeviceTimeout
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				failure := &lock.Error{Vendor: "v", Kind: kind}
				a := begin(func(n int) (lock.Password, bool, error) {
					if n == 1 {
						return lock.Password{}, false, failure
					}
					return active("p1"), true, nil
				})
				pw, err := a.op.Wait(t.Context())
				if sat && (err != nil || pw.State != lock.StateActive) {
					t.Errorf("got %q and %v, want it sat out", pw.State, err)
				}
				if !sat {
					if err != error(failure) || pw.ID != "p1" {
						t.Errorf("got %q and %v, want what was known and the failure of asking", pw.ID, err)
					}
					if a.op.Ended() {
						t.Errorf("Ended: got true, want the operation to go on")
					}
					if pw, err := a.op.Wait(t.Context()); err != nil || pw.State != lock.StateActive {
						t.Errorf("waiting again: got %q and %v, want it active", pw.State, err)
					}
				}
			})
		})
	}
}

func TestWaitAsksNotBeforeTheVendorAllows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := begin(func(n int) (lock.Password, bool, error) {
			switch n {
			case 1:
				return lock.Password{}, false, &lock.Error{Kind: lock.ErrRateLimited, RetryAfter: 3 * time.Minute}
			case 2:
				return lock.Password{ID: "p1"}, false, nil
			}
			return active("p1"), true, nil
		}, lock.WithPolling(time.Second, 2*time.Second))
		if pw, err := a.op.Wait(t.Context()); err != nil || pw.ID != "p1" {
			t.Fatalf("got %q and %v, want p1", pw.ID, err)
		}
		if gap := a.at[1].Sub(a.at[0]); gap != 3*time.Minute {
			t.Errorf("asked again after %v, want the vendor's 3 minutes", gap)
		}
		if gap := a.at[2].Sub(a.at[1]); gap > 2*time.Second {
			t.Errorf("asked after %v once it was allowed again, want the policy's pause", gap)
		}
	})
}

func TestOutcomeIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := &lock.Error{Kind: lock.ErrDeviceRejected}
		a := begin(func(int) (lock.Password, bool, error) {
			return lock.Password{ID: "p1", State: lock.StateFailed}, true, refused
		})
		ended, err := a.op.Poll(t.Context())
		if !ended || err != nil {
			t.Fatalf("Poll: got %t and %v, want the end, and no error of asking", ended, err)
		}
		for range 2 {
			if pw, err := a.op.Wait(t.Context()); err != error(refused) || pw.State != lock.StateFailed {
				t.Errorf("Wait: got %q and %v, want the outcome every time", pw.State, err)
			}
		}
		if a.op.Latest().State != lock.StateFailed || a.polls() != 1 {
			t.Errorf("got state %q after %d polls, want failed after one", a.op.Latest().State, a.polls())
		}
	})
}

func TestPollKeepsTheNewest(t *testing.T) {
	a := begin(func(n int) (lock.Password, bool, error) {
		switch n {
		case 1:
			return lock.Password{ID: "p1", Name: "news"}, false, nil
		case 2:
			return lock.Password{}, false, lock.ErrVendorUnavailable
		}
		return active("p1"), true, nil
	})
	if got := a.op.Latest().State; got != lock.StatePending {
		t.Errorf("before any poll: got state %q, want what was known at the start", got)
	}
	for i, want := range []struct {
		name  string
		err   error
		ended bool
	}{{"news", nil, false}, {"news", lock.ErrVendorUnavailable, false}, {"", nil, true}, {"", nil, true}} {
		ended, err := a.op.Poll(t.Context())
		if ended != want.ended || err != want.err || a.op.Latest().Name != want.name {
			t.Errorf("poll %d: got %t, %v and %q, want %t, %v and %q", i+1, ended, err, a.op.Latest().Name, want.ended, want.err, want.name)
		}
	}
	if a.polls() != 3 {
		t.Fatalf("got %d polls, want 3: none after the end", a.polls())
	}
	if got := []string{a.latest[0].Name, a.latest[1].Name, a.latest[2].Name}; !slices.Equal(got, []string{"", "news", "news"}) {
		t.Errorf("the polls were told of %q, want what was known before each", got)
	}
}

func TestOnePollAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var busy, most atomic.Int64
		release := make(chan struct{})
		op := lock.Pending(lock.NewConfig(), question{"op-1", func(context.Context) (lock.Password, bool, error) {
			most.Store(max(most.Load(), busy.Add(1)))
			defer busy.Add(-1)
			<-release
			return active("p1"), true, nil
		}}, lock.Password{})
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if ended, err := op.Poll(t.Context()); !ended || err != nil {
					t.Errorf("got %t and %v, want the end that the first poll found", ended, err)
				}
			})
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := op.Poll(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("behind another poll, with an ended context: got %v, want context.Canceled", err)
		}
		close(release)
		wg.Wait()
		if most.Load() != 1 {
			t.Errorf("got %d polls at once, want 1", most.Load())
		}
	})
}

func TestWaitAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := begin(after(3))
		bad := begin(func(int) (lock.Password, bool, error) { return lock.Password{ID: "p2"}, true, lock.ErrDeviceRejected })
		late := begin(never)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		got, err := lock.WaitAll(ctx, slow.op, bad.op, lock.Done(active("p3")), late.op)
		if ids := []lock.PasswordID{got[0].ID, got[1].ID, got[2].ID, got[3].ID}; !slices.Equal(ids, []lock.PasswordID{"p1", "p2", "p3", "p1"}) {
			t.Errorf("got %v, want the values in their order", ids)
		}
		if !errors.Is(err, lock.ErrDeviceRejected) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want both failures", err)
		}
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok || len(joined.Unwrap()) != 2 {
			t.Fatalf("got %v, want two errors joined", err)
		}
		for i, want := range []int{1, 3} {
			var e *lock.OperationError
			if !errors.As(joined.Unwrap()[i], &e) || e.Index != want || e.ID != "op-1" {
				t.Errorf("error %d: got %v, want one of operation %d", i, joined.Unwrap()[i], want)
			}
		}
		if want := "operation 1 (op-1): device refused"; joined.Unwrap()[0].Error() != want {
			t.Errorf("got %q, want %q", joined.Unwrap()[0], want)
		}
	})
	t.Run("of nothing", func(t *testing.T) {
		if got, err := lock.WaitAll[lock.Password](t.Context()); err != nil || len(got) != 0 {
			t.Errorf("got %v and %v, want nothing", got, err)
		}
	})
	t.Run("of many asks about some at a time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var busy, most atomic.Int64
			var ops []*lock.Operation[lock.Password]
			for i := range 200 {
				ops = append(ops, lock.Pending(lock.NewConfig(), question{fmt.Sprint(i), func(context.Context) (lock.Password, bool, error) {
					now := busy.Add(1)
					for was := most.Load(); now > was && !most.CompareAndSwap(was, now); was = most.Load() {
					}
					_ = lock.SystemClock.Sleep(t.Context(), time.Second)
					busy.Add(-1)
					return active("p1"), true, nil
				}}, lock.Password{}))
			}
			if _, err := lock.WaitAll(t.Context(), ops...); err != nil {
				t.Errorf("got error %v, want none", err)
			}
			if n := most.Load(); n < 2 || n > 32 {
				t.Errorf("got %d asked at once, want some and 32 at most", n)
			}
		})
	})
}

// resumer is a provider that resumes something.
type resumer struct {
	lock.Provider
	v   any
	err error
}

func (resumer) Vendor() lock.Vendor          { return "v" }
func (r resumer) Resume(string) (any, error) { return r.v, r.err }

func TestResume(t *testing.T) {
	op := lock.Done(active("p1"))
	t.Run("gives the operation", func(t *testing.T) {
		if got, err := lock.Resume[lock.Password](resumer{v: op}, "op-1"); err != nil || got != op {
			t.Errorf("got %v and %v, want the operation", got, err)
		}
	})
	t.Run("refuses one of another type and names both", func(t *testing.T) {
		got, err := lock.Resume[lock.Home](resumer{v: op}, "op-1")
		if got != nil || !errors.Is(err, lock.ErrInvalidArgument) {
			t.Fatalf("got %v and %v, want an invalid argument", got, err)
		}
		for _, word := range []string{"op-1", "lock.Password", "lock.Home"} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("got %q, want it to name %s", err, word)
			}
		}
	})
	t.Run("refuses nothing", func(t *testing.T) {
		if got, err := lock.Resume[lock.Home](resumer{}, "op-1"); got != nil || err == nil {
			t.Errorf("got %v and %v, want an error", got, err)
		}
	})
	t.Run("passes on what the provider says", func(t *testing.T) {
		if got, err := lock.Resume[lock.Home](resumer{err: lock.ErrNotFound}, "op-1"); got != nil || err != lock.ErrNotFound {
			t.Errorf("got %v and %v, want the provider's error", got, err)
		}
	})
}

func TestSystemClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := lock.SystemClock.Now()
		if err := lock.SystemClock.Sleep(t.Context(), time.Minute); err != nil {
			t.Errorf("got error %v, want none", err)
		}
		if got := lock.SystemClock.Now().Sub(begun); got != time.Minute {
			t.Errorf("got a pause of %s, want a minute", got)
		}
		for _, d := range []time.Duration{0, -time.Hour} {
			if err := lock.SystemClock.Sleep(t.Context(), d); err != nil {
				t.Errorf("%s: got error %v, want none", d, err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun = time.Now()
		if err := lock.SystemClock.Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Second {
			t.Errorf("got %v after %s, want the deadline after a second", err, time.Since(begun))
		}
		if err := lock.SystemClock.Sleep(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("no pause, ended context: got %v, want the deadline", err)
		}
	})
}
