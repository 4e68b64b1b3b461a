package token

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// vendor gives out tokens.
type vendor struct {
	mu     sync.Mutex
	logins int
	life   time.Duration // of a token; 0 = it does not say
	takes  time.Duration // for a login
	err    error         // nil = it lets us in
}

func (v *vendor) login(ctx context.Context) (string, time.Time, error) {
	v.mu.Lock()
	v.logins++
	n, life, takes, err := v.logins, v.life, v.takes, v.err
	v.mu.Unlock()
	if sleepErr := lock.SystemClock.Sleep(ctx, takes); sleepErr != nil {
		return "", time.Time{}, sleepErr
	}
	if err != nil {
		return "", time.Time{}, err
	}
	if life == 0 {
		return fmt.Sprint("token-", n), time.Time{}, nil
	}
	return fmt.Sprint("token-", n), time.Now().Add(life), nil
}

func (v *vendor) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.logins
}

func (v *vendor) fail(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.err = err
}

func inBubble(t *testing.T, v *vendor, test func(t *testing.T, s *Source), opts ...Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, New(lock.SystemClock, v.login, opts...)) })
}

func wait(t *testing.T, d time.Duration) {
	t.Helper()
	require.NoError(t, lock.SystemClock.Sleep(t.Context(), d))
}

// get asks for a token and wants this one.
func get(t *testing.T, s *Source, rejected, want string) {
	t.Helper()
	got, err := s.Token(t.Context(), rejected)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestOneLoginForAThousand(t *testing.T) {
	v := &vendor{life: 2 * time.Hour, takes: time.Second}
	inBubble(t, v, func(t *testing.T, s *Source) {
		for round := 1; round <= 5; round++ {
			var all sync.WaitGroup
			for range 1000 {
				all.Go(func() { get(t, s, "", fmt.Sprint("token-", round)) })
			}
			all.Wait()
			require.Equal(t, round, v.count())
			wait(t, 2*time.Hour)
		}
	})
}

// A thousand calls are refused with the same token, one after the other.
func TestLateRefusalsDoNotLogInAgain(t *testing.T) {
	v := &vendor{life: 2 * time.Hour, takes: 50 * time.Millisecond}
	inBubble(t, v, func(t *testing.T, s *Source) {
		get(t, s, "", "token-1")
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() {
				wait(t, time.Duration(i)*time.Millisecond)
				get(t, s, "token-1", "token-2")
			})
		}
		all.Wait()
		require.Equal(t, 2, v.count())
		get(t, s, "", "token-2")
		get(t, s, "token-1", "token-2")
		get(t, s, "never seen", "token-2")
		require.Equal(t, 2, v.count())
	})
}

// A refused token is not given to anybody while the next one is fetched.
func TestRefusedTokenIsNotGivenOut(t *testing.T) {
	v := &vendor{life: 2 * time.Hour, takes: time.Second}
	inBubble(t, v, func(t *testing.T, s *Source) {
		get(t, s, "", "token-1")
		var all sync.WaitGroup
		all.Go(func() { get(t, s, "token-1", "token-2") })
		synctest.Wait()
		get(t, s, "", "token-2")
		all.Wait()
	})
}

func TestFirstCallersCancelHarmsNobody(t *testing.T) {
	v := &vendor{life: 2 * time.Hour, takes: time.Second}
	inBubble(t, v, func(t *testing.T, s *Source) {
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			start := time.Now()
			_, err := s.Token(ctx, "")
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, 100*time.Millisecond, time.Since(start))
		})
		synctest.Wait()
		for range 99 {
			all.Go(func() { get(t, s, "", "token-1") })
		}
		synctest.Wait()
		wait(t, 100*time.Millisecond)
		cancel()
		all.Wait()
		require.Equal(t, 1, v.count())
	})
}

func TestLoginKnowsTheFirstCallersValues(t *testing.T) {
	s := New(lock.SystemClock, func(ctx context.Context) (string, time.Time, error) {
		return string(lock.OpFrom(ctx)), time.Time{}, nil
	})
	got, err := s.Token(lock.WithOp(t.Context(), lock.OpenLock), "")
	require.NoError(t, err)
	require.Equal(t, string(lock.OpenLock), got)
}

func TestLoginIsBoundedInTime(t *testing.T) {
	for _, tc := range []struct {
		opts []Option
		want time.Duration
	}{
		{nil, time.Minute},
		{[]Option{Within(7 * time.Second)}, 7 * time.Second},
	} {
		inBubble(t, &vendor{takes: time.Hour}, func(t *testing.T, s *Source) {
			start := time.Now()
			_, err := s.Token(t.Context(), "")
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, tc.want, time.Since(start))
		}, tc.opts...)
	}
}

// Near its end a token is renewed by one caller, while the others go on with it.
func TestEarlyRenewal(t *testing.T) {
	for _, tc := range []struct {
		name string
		opts []Option
		life time.Duration
		at   time.Duration // when it begins
	}{
		{"5 minutes before the end", nil, 2 * time.Hour, 115 * time.Minute},
		{"a fifth of a short life before the end", nil, 10 * time.Minute, 8 * time.Minute},
		{"as the option says", []Option{Early(time.Hour)}, 3 * time.Hour, 2 * time.Hour},
		{"half of its life at most", []Option{Early(time.Hour)}, 10 * time.Minute, 5 * time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := &vendor{life: tc.life}
			inBubble(t, v, func(t *testing.T, s *Source) {
				get(t, s, "", "token-1")
				v.takes = 3 * time.Second
				wait(t, tc.at)
				get(t, s, "", "token-1")
				wait(t, time.Second)
				var renewer sync.WaitGroup
				renewer.Go(func() {
					start := time.Now()
					get(t, s, "", "token-2")
					require.Equal(t, v.takes, time.Since(start))
				})
				synctest.Wait()
				start := time.Now()
				for range 1000 {
					get(t, s, "", "token-1")
				}
				require.Zero(t, time.Since(start), "nobody else waits")
				renewer.Wait()
				get(t, s, "", "token-2")
				require.Equal(t, 2, v.count())
			}, tc.opts...)
		})
	}
}

// A renewal that fails early costs nobody the token, and is tried again after a pause.
func TestEarlyRenewalThatFails(t *testing.T) {
	const life = 2 * time.Hour
	v := &vendor{life: life}
	inBubble(t, v, func(t *testing.T, s *Source) {
		get(t, s, "", "token-1")
		v.fail(&lock.Error{Kind: lock.ErrVendorUnavailable})
		end := time.Now().Add(life - time.Minute) // where the margin begins
		var served int
		for time.Now().Before(end) {
			get(t, s, "", "token-1")
			served++
			wait(t, time.Second)
		}
		require.Equal(t, int((life-time.Minute)/time.Second), served)
		tries := v.count() - 1
		require.LessOrEqual(t, tries, int((4*time.Minute)/earlyPause))
		require.GreaterOrEqual(t, tries, 20)
		_, err := s.Token(t.Context(), "")
		require.ErrorIs(t, err, lock.ErrVendorUnavailable, "now it has ended")
		v.fail(nil)
		get(t, s, "", fmt.Sprint("token-", v.count()+1))
	})
}

func TestEarlyRenewalThatHangs(t *testing.T) {
	v := &vendor{life: 2 * time.Hour}
	inBubble(t, v, func(t *testing.T, s *Source) {
		get(t, s, "", "token-1")
		v.takes = time.Hour
		wait(t, 116*time.Minute)
		start := time.Now()
		get(t, s, "", "token-1")
		require.Equal(t, earlyWithin, time.Since(start))
		get(t, s, "", "token-1")
		require.Equal(t, earlyWithin, time.Since(start), "not again at once")
	})
}

// Whoever cannot use the old token gets a whole login of his own after an early one failed.
func TestRefusalDuringAnEarlyRenewal(t *testing.T) {
	v := &vendor{life: 2 * time.Hour}
	inBubble(t, v, func(t *testing.T, s *Source) {
		get(t, s, "", "token-1")
		v.takes = 30 * time.Second
		wait(t, 116*time.Minute)
		start := time.Now()
		var all sync.WaitGroup
		all.Go(func() { get(t, s, "", "token-1") })
		synctest.Wait()
		for range 10 {
			all.Go(func() { get(t, s, "token-1", "token-3") })
		}
		all.Wait()
		require.Equal(t, earlyWithin+30*time.Second, time.Since(start))
		require.Equal(t, 3, v.count())
	})
}

func TestEndOfAToken(t *testing.T) {
	for _, tc := range []struct {
		name string
		life time.Duration
		used time.Duration // how long it is given out; 0 = for good
	}{
		{"a minute before the end", 2 * time.Hour, 2*time.Hour - time.Minute},
		{"a tenth of a short life before the end", 100 * time.Second, 90 * time.Second},
		{"an end that is not told", 0, 0},
		{"an end that has passed before it came: a clock is wrong", -time.Hour, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := &vendor{life: tc.life}
			inBubble(t, v, func(t *testing.T, s *Source) {
				get(t, s, "", "token-1")
				s.notEarly = time.Now().Add(1000 * time.Hour) // this is about the end alone
				if tc.used == 0 {
					wait(t, 240*time.Hour)
					get(t, s, "", "token-1")
					get(t, s, "token-1", "token-2")
					return
				}
				wait(t, tc.used-time.Nanosecond)
				get(t, s, "", "token-1")
				wait(t, time.Nanosecond)
				get(t, s, "", "token-2")
			})
		})
	}
}

// Refused credentials do not get better by trying: the logins become rare, and everybody is told.
func TestRefusedLogin(t *testing.T) {
	for _, kind := range []lock.Kind{lock.ErrUnauthenticated, lock.ErrPermissionDenied, lock.ErrPlanRequired, lock.ErrSessionConflict} {
		t.Run(string(kind), func(t *testing.T) {
			refusal := &lock.Error{Vendor: "v", Endpoint: "POST /login", Code: "7", Message: "wrong secret", Kind: kind}
			v := &vendor{err: refusal}
			inBubble(t, v, func(t *testing.T, s *Source) {
				start := time.Now()
				var at []time.Duration
				for seen := 0; time.Since(start) < 24*time.Hour; wait(t, 10*time.Second) {
					_, err := s.Token(t.Context(), "")
					require.ErrorIs(t, err, kind)
					e, ok := err.(*lock.Error)
					require.True(t, ok)
					require.Equal(t, "wrong secret", e.Message)
					if v.count() > seen {
						seen = v.count()
						at = append(at, time.Since(start))
						continue
					}
					require.Positive(t, e.RetryAfter)
					require.LessOrEqual(t, e.RetryAfter, maxPause)
				}
				require.Zero(t, refusal.RetryAfter, "the error itself may be in other hands")
				minutes := []int{0, 1, 3, 7, 15, 31, 63, 123, 183}
				for i, m := range minutes {
					require.Equal(t, time.Duration(m)*time.Minute, at[i])
				}
				require.LessOrEqual(t, len(at), 30)
				v.fail(nil)
				wait(t, maxPause)
				get(t, s, "", fmt.Sprint("token-", v.count()+1))
				require.Zero(t, s.strikes)
			})
		})
	}
}

func TestLoginThatIsLimited(t *testing.T) {
	v := &vendor{err: &lock.Error{Kind: lock.ErrRateLimited, RetryAfter: 5 * time.Minute}}
	inBubble(t, v, func(t *testing.T, s *Source) {
		start := time.Now()
		for time.Since(start) < 20*time.Minute {
			_, err := s.Token(t.Context(), "")
			require.ErrorIs(t, err, lock.ErrRateLimited)
			wait(t, time.Second)
		}
		require.Equal(t, 4, v.count())
	})
}

func TestLoginThatFailsOtherwiseIsTriedByTheNextCall(t *testing.T) {
	broken := errors.New("broken")
	v := &vendor{err: broken}
	inBubble(t, v, func(t *testing.T, s *Source) {
		for n := 1; n <= 20; n++ {
			_, err := s.Token(t.Context(), "")
			require.ErrorIs(t, err, broken)
			require.Equal(t, n, v.count())
		}
		v.fail(nil)
		get(t, s, "", "token-21")
		v.fail(broken)
		for range 20 { // a login that brings nothing does not use the budget up
			_, err := s.Token(t.Context(), "token-21")
			require.ErrorIs(t, err, broken)
		}
		v.fail(nil)
		get(t, s, "token-21", "token-42")
	})
}

// Somebody else logs in with the account every minute, and every time our token dies.
func TestTwoLoginsDoNotPlayPingPong(t *testing.T) {
	v := &vendor{life: 2 * time.Hour}
	inBubble(t, v, func(t *testing.T, s *Source) {
		token, err := s.Token(t.Context(), "")
		require.NoError(t, err)
		var refused int
		for range 24 * 60 {
			wait(t, time.Minute)
			next, err := s.Token(t.Context(), token)
			if err != nil {
				refused++
				require.ErrorIs(t, err, lock.ErrUnauthenticated)
				e, ok := err.(*lock.Error)
				require.True(t, ok)
				require.Positive(t, e.RetryAfter)
				require.LessOrEqual(t, e.RetryAfter, budgetRefill)
				continue
			}
			token = next
		}
		require.LessOrEqual(t, v.count(), 1+budgetSize+24*6)
		require.GreaterOrEqual(t, v.count(), 24*6)
		require.Positive(t, refused)
	})
}

func TestBudgetOption(t *testing.T) {
	v := &vendor{}
	inBubble(t, v, func(t *testing.T, s *Source) {
		get(t, s, "", "token-1")
		get(t, s, "token-1", "token-2")
		get(t, s, "token-2", "token-3")
		_, err := s.Token(t.Context(), "token-3")
		require.ErrorIs(t, err, lock.ErrUnauthenticated)
		wait(t, time.Hour)
		get(t, s, "token-3", "token-4")
		wait(t, 100*time.Hour)
		get(t, s, "token-4", "token-5")
		get(t, s, "token-5", "token-6")
		_, err = s.Token(t.Context(), "token-6")
		require.ErrorIs(t, err, lock.ErrUnauthenticated, "no more than its size is saved up")
	}, Budget(2, time.Hour))
}

func TestBudgetWhenTheClockIsSetBack(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	b := budget{size: 2, left: 2, refill: time.Minute}
	require.Zero(t, b.wait(now))
	b.spend(now)
	require.Zero(t, b.wait(now.Add(-24*time.Hour)))
	b.spend(now.Add(-24 * time.Hour))
	require.Zero(t, b.left)
	require.Positive(t, b.wait(now.Add(-24*time.Hour)))
	require.Zero(t, b.wait(now.Add(time.Minute)))
}

func TestLoginThatGivesNothing(t *testing.T) {
	var calls atomic.Int64
	tokens := []string{"", "same", "same", "other"}
	s := New(lock.SystemClock, func(context.Context) (string, time.Time, error) { return tokens[calls.Add(1)-1], time.Time{}, nil })
	_, err := s.Token(t.Context(), "")
	require.Error(t, err, "an empty token is none")
	get(t, s, "", "same")
	_, err = s.Token(t.Context(), "same")
	require.ErrorIs(t, err, lock.ErrUnauthenticated, "the same token again is of no use")
	get(t, s, "same", "other")
}

func TestTokenIsNotPrinted(t *testing.T) {
	s := New(lock.SystemClock, func(context.Context) (string, time.Time, error) { return "canary", time.Time{}, nil })
	get(t, s, "", "canary")
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		require.NotContains(t, fmt.Sprintf(verb, s.token), "canary")
		require.NotContains(t, fmt.Sprintf(verb, struct{ t *lock.Secret }{&s.token}), "canary")
	}
}

func BenchmarkToken(b *testing.B) {
	s := New(lock.SystemClock, func(context.Context) (string, time.Time, error) { return "token", time.Now().Add(24 * time.Hour), nil })
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Token(context.Background(), ""); err != nil {
			b.Fatal(err)
		}
	}
}
