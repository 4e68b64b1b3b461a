package locktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

func passwordRules() []rule {
	rules := listRules(lock.ListPasswords, func(t tb, ctx context.Context, w *world) ([]lock.Password, error) {
		return walk(ctx, w.p.Passwords().List(ctx, w.lock(t)))
	}, func(p lock.Password) lock.PasswordID { return p.ID })

	r := about(lock.ListPasswords)
	rules = append(rules,
		r("a created password is listed, without its code", func(t tb, w *world) {
			want, _ := w.guest(t)
			got := w.wantListed(t, want.ID)
			if got.Device != w.lock(t) {
				t.Errorf("Device: got %q, want %q", got.Device, w.lock(t))
			}
			if got.State == "" {
				t.Errorf("State: got none, want what is known, if only %q", lock.StateUnknown)
			}
			if !got.Secret.IsZero() {
				t.Errorf("Secret: got a code, want none in a list")
			}
		}, lock.CreatePassword),
	)
	return slices.Concat(rules, createRules(), timedRules(), otherKindRules(), updateRules(), suspendRules(), codeRules())
}

func createRules() []rule {
	r := about(lock.CreatePassword)
	return []rule{
		r("every kind that can be created has a policy, and no other", func(t tb, w *world) {
			for _, op := range variantsOf(lock.CreatePassword) {
				_, err := w.p.Passwords().Policy(t.Context(), w.lock(t), kindOf(op))
				switch {
				case w.can(op) && err != nil:
					t.Errorf("Policy(%s): got error %v, want none", kindOf(op), err)
				case !w.can(op) && !errors.Is(err, errors.ErrUnsupported):
					t.Errorf("Policy(%s): got %s, want an error wrapping errors.ErrUnsupported", kindOf(op), describe(err))
				}
			}
		}),
		r("a kind of password that does not exist is refused", func(t tb, w *world) {
			id, s := w.lock(t), w.strangers(lock.CreateTimedPassword).password
			s.Kind = "engraved"
			w.quietly(t, "creating a password of no kind", func() {
				err := discard(w.p.Passwords().Create(t.Context(), id, s))
				if !errors.Is(err, errors.ErrUnsupported) {
					wantKind(t, "creating a password of no kind", err, lock.ErrInvalidArgument, lock.ErrPasswordRejected)
				}
			})
		}),
		r("a code the policy refuses is refused by the same rule, and no password is made", func(t tb, w *world) {
			kind, _ := w.anyKind()
			s := w.spec(t, kind)
			policy := w.policy(t, kind)
			before := w.count(t)
			codes := map[string]string{"letters": "zyxwvu", "no code length": "1"}
			if !policy.ChooseCode {
				codes = map[string]string{"a code although the vendor makes it": "482913"}
			}
			for what, code := range codes {
				s.Secret = lock.NewSecret(code)
				want := new(lock.PINError)
				if !errors.As(policy.Validate(s, w.now()), &want) {
					continue // this policy takes it
				}
				err := discard(w.p.Passwords().Create(t.Context(), w.lock(t), s))
				wantKind(t, what, err, lock.ErrPasswordRejected)
				var got *lock.PINError
				if !errors.As(err, &got) {
					t.Errorf("%s: got %s, want it to carry a *lock.PINError", what, describe(err))
				} else if got.Rule != want.Rule {
					t.Errorf("%s: got rule %q, want %q as by the policy", what, got.Rule, want.Rule)
				}
			}
			if after := w.count(t); after != before {
				t.Errorf("got %d passwords, want %d as before", after, before)
			}
		}),
		r("a code that is not given is drawn by the policy, comes back and opens", func(t tb, w *world) {
			kind, _ := w.anyKind()
			s := w.spec(t, kind)
			s.Secret = lock.Secret{}
			pw := w.create(t, s)
			if pw.Secret.IsZero() {
				t.Fatalf("got no code back, want the one that was drawn")
			}
			if err := w.policy(t, kind).PIN.Validate(pw.Secret); err != nil {
				t.Errorf("the drawn code: got error %v, want one that keeps the policy", err)
			}
			if kind == lock.PasswordTimed || kind == lock.PasswordPermanent {
				w.wantOpens(t, "the drawn code", pw.Secret, true)
			}
		}),
		r("a holder that the policy requires is required", func(t tb, w *world) {
			kind, _ := w.anyKind()
			if !w.policy(t, kind).NeedHolder {
				t.Skipf("the policy requires no holder")
			}
			id, s := w.lock(t), w.spec(t, kind)
			s.Holder = lock.Person{}
			w.wantRefused(t, "creating a password for nobody", func() error {
				return discard(w.p.Passwords().Create(t.Context(), id, s))
			})
		}),
		r("one password is made and it has its name", func(t tb, w *world) {
			kind, _ := w.anyKind()
			before := w.count(t)
			s := w.spec(t, kind)
			pw := w.create(t, s)
			if after := w.count(t); after != before+1 {
				t.Errorf("got %d passwords, want %d", after, before+1)
			}
			if got := w.wantListed(t, pw.ID); got.Name != s.Name {
				t.Errorf("Name: got %q, want %q", got.Name, s.Name)
			}
		}, lock.ListPasswords),
		r("two passwords are two", func(t tb, w *world) {
			kind, _ := w.anyKind()
			if kind == lock.PasswordAdmin {
				t.Skipf("a lock has one administrator code")
			}
			a := w.create(t, w.spec(t, kind))
			b := w.create(t, w.spec(t, kind))
			if a.ID == b.ID {
				t.Errorf("got the ID %q twice, want two", a.ID)
			}
		}),
	}
}

// count is how many passwords the lock has, 0 if they cannot be listed.
func (w *world) count(t tb) int {
	t.Helper()
	if !w.can(lock.ListPasswords) {
		return 0
	}
	return len(all(t, "passwords", w.p.Passwords().List(t.Context(), w.lock(t))))
}

func timedRules() []rule {
	r := about(lock.CreateTimedPassword)
	// refused creates a password that has to be refused before any call.
	refused := func(t tb, w *world, what string, spoil func(*lock.PasswordSpec)) {
		t.Helper()
		id, s := w.lock(t), w.spec(t, lock.PasswordTimed)
		spoil(&s)
		before := w.count(t)
		w.wantRefused(t, what, func() error { return discard(w.p.Passwords().Create(t.Context(), id, s)) })
		if after := w.count(t); after != before {
			t.Errorf("%s: got %d passwords, want %d as before", what, after, before)
		}
	}
	return []rule{
		r("it keeps exactly its window", func(t tb, w *world) {
			s := w.future(t)
			pw := w.wantListed(t, w.create(t, s).ID)
			if !w.keeps(pw.Window, s.Window) {
				t.Errorf("Window: got %s, want %s", pw.Window, s.Window)
			}
			if pw.Kind != lock.PasswordTimed {
				t.Errorf("Kind: got %q, want %q", pw.Kind, lock.PasswordTimed)
			}
		}, lock.ListPasswords),
		r("its window never grows", func(t tb, w *world) {
			s := w.future(t)
			if !s.Window.From.IsZero() {
				s.Window.From = s.Window.From.Add(7*time.Minute + 10*time.Second + 300*time.Millisecond)
			}
			s.Window.Until = s.Window.Until.Add(13*time.Minute + 20*time.Second + 700*time.Millisecond)
			op, err := w.p.Passwords().Create(t.Context(), w.lock(t), s)
			made, err := finish(t, w, op, err)
			if err != nil {
				wantKind(t, "a window with fractions of a second", err, lock.ErrPasswordRejected, lock.ErrInvalidArgument)
				return
			}
			got := w.wantListed(t, made.ID).Window
			if got.Forever() || got.Until.After(s.Window.Until) || got.From.Before(s.Window.From) {
				t.Errorf("Window: got %s, want it inside %s", got, s.Window)
			}
		}, lock.ListPasswords),
		r("a password that begins later is listed as such and does not open yet", func(t tb, w *world) {
			s := w.future(t)
			if s.Window.From.IsZero() {
				t.Skipf("the policy wants passwords to begin when they are made")
			}
			pw := w.create(t, s)
			w.wantOpens(t, "before its window", s.Secret, false)
			if w.can(lock.ListPasswords) {
				if got := w.wantListed(t, pw.ID).State; got == lock.StateActive || got == lock.StateExpired {
					t.Errorf("State before its window: got %q, want %q", got, lock.StateScheduled)
				}
			}
		}),
		r("it opens inside its window and not outside", func(t tb, w *world) {
			w.need(t, w.EnterCode != nil, "EnterCode")
			w.need(t, w.Advance != nil, "Advance")
			s := w.future(t)
			if s.Secret.IsZero() {
				s.Secret = w.create(t, s).Secret
			} else {
				w.create(t, s)
			}
			if !s.Window.From.IsZero() {
				w.wantOpens(t, "before its window", s.Secret, false)
				w.Advance(s.Window.From.Sub(w.now()) + time.Minute)
			}
			w.wantOpens(t, "inside its window", s.Secret, true)
			w.wantOpens(t, "another code", w.draw(t, w.policy(t, lock.PasswordTimed)), false)
			w.Advance(s.Window.Until.Sub(w.now()) + time.Minute)
			w.wantOpens(t, "after its window", s.Secret, false)
		}),
		r("after its window it is not listed as active", func(t tb, w *world) {
			w.need(t, w.Advance != nil, "Advance")
			s := w.spec(t, lock.PasswordTimed)
			pw := w.create(t, s)
			w.Advance(s.Window.Until.Sub(w.now()) + time.Minute)
			if got, ok := w.listed(t, pw.ID); ok && got.State == lock.StateActive {
				t.Errorf("State after its window: got %q, want %q", got.State, lock.StateExpired)
			}
		}, lock.ListPasswords),
		r("a kind that is not said means timed", func(t tb, w *world) {
			s := w.spec(t, lock.PasswordTimed)
			s.Kind = ""
			pw := w.wantListed(t, w.create(t, s).ID)
			if pw.Kind != lock.PasswordTimed || !pw.Window.Until.Equal(s.Window.Until) {
				t.Errorf("got kind %q until %s, want %q until %s", pw.Kind, pw.Window.Until, lock.PasswordTimed, s.Window.Until)
			}
		}, lock.ListPasswords),
		r("without an end it is refused before any call", func(t tb, w *world) {
			refused(t, w, "a timed password without an end", func(s *lock.PasswordSpec) { s.Window.Until = time.Time{} })
			refused(t, w, "a password of no kind without an end", func(s *lock.PasswordSpec) { s.Kind, s.Window.Until = "", time.Time{} })
		}),
		r("a window that has passed is refused before any call", func(t tb, w *world) {
			refused(t, w, "a password that ended yesterday", func(s *lock.PasswordSpec) { s.Window.Until = w.later(-24 * time.Hour) })
		}),
		r("a window that ends before it begins is refused before any call", func(t tb, w *world) {
			refused(t, w, "a window the wrong way round", func(s *lock.PasswordSpec) {
				s.Window = lock.Window{From: w.later(48 * time.Hour), Until: w.later(24 * time.Hour)}
			})
		}),
		r("a schedule is refused before any call", func(t tb, w *world) {
			refused(t, w, "a timed password with a schedule", func(s *lock.PasswordSpec) {
				s.Schedule = &lock.Schedule{Days: lock.EveryDay, From: lock.At(8, 0), Until: lock.At(9, 0), Location: beijing()}
			})
		}),
	}
}

// future is a timed password whose window begins later, where the policy allows that.
func (w *world) future(t tb) lock.PasswordSpec {
	t.Helper()
	s, p := w.spec(t, lock.PasswordTimed), w.policy(t, lock.PasswordTimed)
	from := w.now().Add(2 * time.Hour).Truncate(max(time.Hour, p.Granularity))
	if !p.FixedFrom && from.Before(s.Window.Until) {
		s.Window.From = from
	}
	return s
}

func otherKindRules() []rule {
	r := about(lock.CreatePermanentPassword)
	rules := []rule{
		r("it has no end", func(t tb, w *world) {
			s := w.spec(t, lock.PasswordPermanent)
			pw := w.create(t, s)
			w.wantOpens(t, "a permanent code", s.Secret, true)
			if !w.can(lock.ListPasswords) {
				return
			}
			if got := w.wantListed(t, pw.ID); !got.Window.Forever() || got.Kind != lock.PasswordPermanent {
				t.Errorf("got kind %q and window %s, want %q and no end", got.Kind, got.Window, lock.PasswordPermanent)
			}
		}),
		r("with an end it is refused before any call", func(t tb, w *world) {
			id, s := w.lock(t), w.spec(t, lock.PasswordPermanent)
			s.Window.Until = w.later(48 * time.Hour)
			w.wantRefused(t, "a permanent password with an end", func() error {
				return discard(w.p.Passwords().Create(t.Context(), id, s))
			})
		}),
	}
	r = about(lock.CreateRecurringPassword)
	rules = append(rules,
		r("it keeps exactly its schedule", func(t tb, w *world) {
			s := w.spec(t, lock.PasswordRecurring)
			s.Schedule = &lock.Schedule{Days: lock.On(time.Monday, time.Saturday), From: lock.At(7, 30), Until: lock.At(18, 0), Location: beijing()}
			pw := w.wantListed(t, w.create(t, s).ID)
			if pw.Schedule == nil {
				t.Fatalf("Schedule: got none, want %s", s.Schedule)
			}
			if !sameSchedule(*pw.Schedule, *s.Schedule, w.now()) {
				t.Errorf("Schedule: got %s, want %s", pw.Schedule, s.Schedule)
			}
			if !w.keeps(pw.Window, s.Window) {
				t.Errorf("Window: got %s, want %s", pw.Window, s.Window)
			}
		}, lock.ListPasswords),
		r("it opens in its hours and not between them", func(t tb, w *world) {
			w.need(t, w.EnterCode != nil, "EnterCode")
			w.need(t, w.Advance != nil, "Advance")
			s := w.spec(t, lock.PasswordRecurring)
			begins := w.now().In(beijing()).Truncate(time.Hour).Add(2 * time.Hour)
			if begins.Hour() >= 22 { // stay away from midnight
				begins = begins.Add(4 * time.Hour)
			}
			s.Schedule = &lock.Schedule{
				Days: lock.On(begins.Weekday()), From: lock.At(begins.Hour(), 0), Until: lock.At(begins.Hour()+1, 0), Location: beijing(),
			}
			if pw := w.create(t, s); s.Secret.IsZero() {
				s.Secret = pw.Secret
			}
			w.wantOpens(t, "before its hour", s.Secret, false)
			w.Advance(begins.Sub(w.now()) + 10*time.Minute)
			w.wantOpens(t, "in its hour", s.Secret, true)
			w.Advance(time.Hour)
			w.wantOpens(t, "after its hour", s.Secret, false)
		}),
		r("without a schedule it is refused before any call", func(t tb, w *world) {
			id, s := w.lock(t), w.spec(t, lock.PasswordRecurring)
			s.Schedule = nil
			w.wantRefused(t, "a recurring password without a schedule", func() error {
				return discard(w.p.Passwords().Create(t.Context(), id, s))
			})
		}),
	)
	rules = append(rules, about(lock.CreateOfflinePassword)("its code comes back and opens at the keypad", func(t tb, w *world) {
		s := w.spec(t, lock.PasswordOffline)
		pw := w.create(t, s)
		code := pw.Secret
		if code.IsZero() {
			code = s.Secret
		}
		if code.IsZero() {
			t.Fatalf("got no code back, want the one the vendor made")
		}
		if w.EnterCode == nil {
			return
		}
		if !pw.Activation.IsZero() {
			w.EnterCode(w.lock(t), pw.Activation)
		}
		w.wantOpens(t, "the offline code", code, true)
	}))
	return append(rules, about(lock.CreateAdminPassword)("it is listed as the administrator's", func(t tb, w *world) {
		s := w.spec(t, lock.PasswordAdmin)
		pw := w.create(t, s)
		if got := w.wantListed(t, pw.ID); got.Kind != lock.PasswordAdmin || !got.Window.Forever() {
			t.Errorf("got kind %q and window %s, want %q and no end", got.Kind, got.Window, lock.PasswordAdmin)
		}
		w.wantOpens(t, "the administrator's code", s.Secret, true)
	}, lock.ListPasswords))
}

// sameSchedule compares by the hours that hold: vendors may give another name to the zone.
func sameSchedule(a, b lock.Schedule, now time.Time) bool {
	if a.Location == nil || b.Location == nil {
		return false
	}
	_, x := now.In(a.Location).Zone()
	_, y := now.In(b.Location).Zone()
	return a.Days == b.Days && a.From == b.From && a.Until == b.Until && x == y
}

func updateRules() []rule {
	r := about(lock.UpdatePassword)
	// guest is a timed password to change.
	guest := func(t tb, w *world) (lock.Password, lock.PasswordSpec) {
		t.Helper()
		s := w.spec(t, lock.PasswordTimed)
		pw := w.create(t, s)
		if s.Secret.IsZero() {
			s.Secret = pw.Secret
		}
		return w.wantListed(t, pw.ID), s
	}
	update := func(t tb, w *world, id lock.PasswordID, u lock.PasswordUpdate) error {
		t.Helper()
		op, err := w.p.Passwords().Update(t.Context(), w.lock(t), id, u)
		return discard(finish(t, w, op, err))
	}
	needs := []lock.Op{lock.CreateTimedPassword, lock.ListPasswords}
	return []rule{
		r("a changed code opens, the old one does not, and the window stays", func(t tb, w *world) {
			was, s := guest(t, w)
			code := w.draw(t, w.policy(t, lock.PasswordTimed))
			if err := update(t, w, was.ID, lock.PasswordUpdate{Secret: code}); err != nil {
				t.Fatalf("got error %v, want none", err)
			}
			now := w.wantListed(t, was.ID)
			if !sameWindow(now.Window, was.Window) || now.Name != was.Name {
				t.Errorf("got %q with window %s, want %q with %s as before", now.Name, now.Window, was.Name, was.Window)
			}
			w.wantOpens(t, "the new code", code, true)
			w.wantOpens(t, "the old code", s.Secret, false)
		}, needs...),
		r("a changed window keeps the name and the code", func(t tb, w *world) {
			was, s := guest(t, w)
			window := lock.Window{Until: was.Window.Until.Add(-max(time.Hour, w.policy(t, lock.PasswordTimed).Granularity))}
			if err := update(t, w, was.ID, lock.PasswordUpdate{Window: &window}); err != nil {
				t.Fatalf("got error %v, want none", err)
			}
			now := w.wantListed(t, was.ID)
			if !w.keeps(now.Window, window) {
				t.Errorf("Window: got %s, want %s", now.Window, window)
			}
			if now.Name != was.Name || now.Kind != was.Kind {
				t.Errorf("got %q of kind %q, want %q of kind %q as before", now.Name, now.Kind, was.Name, was.Kind)
			}
			w.wantOpens(t, "the code", s.Secret, true)
		}, needs...),
		r("a changed name keeps the window and the code", func(t tb, w *world) {
			was, s := guest(t, w)
			if err := update(t, w, was.ID, lock.PasswordUpdate{Name: "other"}); err != nil {
				wantKind(t, "changing the name", err, lock.ErrInvalidArgument, lock.ErrUnsupported)
				return
			}
			now := w.wantListed(t, was.ID)
			if now.Name != "other" {
				t.Errorf("Name: got %q, want %q", now.Name, "other")
			}
			if !sameWindow(now.Window, was.Window) {
				t.Errorf("Window: got %s, want %s as before", now.Window, was.Window)
			}
			w.wantOpens(t, "the code", s.Secret, true)
		}, needs...),
		r("a window without an end has to be called permanent", func(t tb, w *world) {
			was, _ := guest(t, w)
			id := w.lock(t)
			w.wantRefused(t, "an update to a window without an end", func() error {
				return discard(w.p.Passwords().Update(t.Context(), id, was.ID, lock.PasswordUpdate{Window: &lock.Window{}}))
			})
			if now := w.wantListed(t, was.ID); !sameWindow(now.Window, was.Window) {
				t.Errorf("Window: got %s, want %s as before", now.Window, was.Window)
			}
		}, needs...),
		r("permanent with an end is refused before any call", func(t tb, w *world) {
			was, _ := guest(t, w)
			id, u := w.lock(t), lock.PasswordUpdate{Window: &lock.Window{Until: w.later(48 * time.Hour)}, Permanent: true}
			w.quietly(t, "an update to permanent with an end", func() {
				err := discard(w.p.Passwords().Update(t.Context(), id, was.ID, u))
				if !errors.Is(err, errors.ErrUnsupported) {
					wantKind(t, "an update to permanent with an end", err, lock.ErrInvalidArgument, lock.ErrPasswordRejected)
				}
			})
		}, needs...),
		r("permanent ends the window", func(t tb, w *world) {
			was, _ := guest(t, w)
			if err := update(t, w, was.ID, lock.PasswordUpdate{Permanent: true}); err != nil {
				wantKind(t, "making it permanent", err, lock.ErrInvalidArgument, lock.ErrUnsupported)
				return
			}
			if now := w.wantListed(t, was.ID); !now.Window.Forever() {
				t.Errorf("Window: got %s, want no end", now.Window)
			}
		}, needs...),
		r("a code the policy refuses is refused and the old one stays", func(t tb, w *world) {
			was, s := guest(t, w)
			err := discard(w.p.Passwords().Update(t.Context(), w.lock(t), was.ID, lock.PasswordUpdate{Secret: lock.NewSecret("zyxwvu")}))
			var pin *lock.PINError
			if wantKind(t, "an update to letters", err, lock.ErrPasswordRejected); !errors.As(err, &pin) {
				t.Errorf("an update to letters: got %s, want it to carry a *lock.PINError", describe(err))
			}
			w.wantOpens(t, "the code", s.Secret, true)
		}, needs...),
	}
}

func suspendRules() []rule {
	freeze := func(t tb, w *world, id lock.PasswordID) {
		t.Helper()
		must[lock.Password](t, w, "freezing a password")(w.p.Passwords().Freeze(t.Context(), w.lock(t), id))
	}
	r := about(lock.FreezePassword)
	rules := []rule{
		r("a frozen password stays listed", func(t tb, w *world) {
			pw, _ := w.guest(t)
			before := w.wantListed(t, pw.ID)
			freeze(t, w, pw.ID)
			if got := w.wantListed(t, pw.ID); got.State != lock.StateFrozen || got.Name != before.Name {
				t.Errorf("got %q in state %q, want %q in state %q", got.Name, got.State, before.Name, lock.StateFrozen)
			}
		}, lock.ListPasswords),
		r("a frozen password does not open", func(t tb, w *world) {
			w.need(t, w.EnterCode != nil, "EnterCode")
			pw, s := w.guest(t)
			w.wantOpens(t, "before freezing", s.Secret, true)
			freeze(t, w, pw.ID)
			w.wantOpens(t, "the frozen code", s.Secret, false)
		}),
		r("other passwords still open", func(t tb, w *world) {
			w.need(t, w.EnterCode != nil, "EnterCode")
			_, stays := w.guest(t)
			goes, _ := w.guest(t)
			freeze(t, w, goes.ID)
			w.wantOpens(t, "another code", stays.Secret, true)
		}),
	}
	rules = append(rules, about(lock.UnfreezePassword)("an unfrozen password opens and has its window again", func(t tb, w *world) {
		pw, s := w.guest(t)
		var before lock.Password
		if w.can(lock.ListPasswords) {
			before = w.wantListed(t, pw.ID)
		}
		freeze(t, w, pw.ID)
		must[lock.Password](t, w, "unfreezing a password")(w.p.Passwords().Unfreeze(t.Context(), w.lock(t), pw.ID))
		if w.can(lock.ListPasswords) {
			got := w.wantListed(t, pw.ID)
			if got.State == lock.StateFrozen {
				t.Errorf("State: got %q, want %q as before", got.State, before.State)
			}
			if !sameWindow(got.Window, before.Window) {
				t.Errorf("Window: got %s, want %s as before", got.Window, before.Window)
			}
		}
		w.wantOpens(t, "the unfrozen code", s.Secret, true)
	}, lock.FreezePassword))

	r = about(lock.DeletePassword)
	del := func(t tb, w *world, id lock.PasswordID) {
		t.Helper()
		must[lock.Password](t, w, "deleting a password")(w.p.Passwords().Delete(t.Context(), w.lock(t), id))
	}
	return append(rules,
		r("a deleted password is no longer listed", func(t tb, w *world) {
			stays, _ := w.guest(t)
			goes, _ := w.guest(t)
			del(t, w, goes.ID)
			if got, ok := w.listed(t, goes.ID); ok {
				t.Errorf("the deleted password %s: got it listed in state %q, want it gone", goes.ID, got.State)
			}
			w.wantListed(t, stays.ID)
		}, lock.ListPasswords),
		r("a deleted password does not open", func(t tb, w *world) {
			w.need(t, w.EnterCode != nil, "EnterCode")
			pw, s := w.guest(t)
			w.wantOpens(t, "before deleting", s.Secret, true)
			del(t, w, pw.ID)
			w.wantOpens(t, "the deleted code", s.Secret, false)
		}),
		r("deleting it again is ErrNotFound", func(t tb, w *world) {
			pw, _ := w.guest(t)
			del(t, w, pw.ID)
			op, err := w.p.Passwords().Delete(t.Context(), w.lock(t), pw.ID)
			wantKind(t, "deleting it again", discard(finish(t, w, op, err)), lock.ErrNotFound)
		}),
		r("an administrator's code is protected or gone", func(t tb, w *world) {
			s := w.spec(t, lock.PasswordAdmin)
			pw := w.create(t, s)
			op, err := w.p.Passwords().Delete(t.Context(), w.lock(t), pw.ID)
			_, err = finish(t, w, op, err)
			if err != nil {
				wantKind(t, "deleting the administrator's code", err, lock.ErrProtected)
			}
			w.wantOpens(t, fmt.Sprintf("the administrator's code after deleting it (%s)", describe(err)), s.Secret, err != nil)
		}, lock.CreateAdminPassword),
	)
}

func codeRules() []rule {
	dynamic := func(t tb, w *world) lock.Password {
		t.Helper()
		pw, err := w.p.Passwords().Dynamic(t.Context(), w.lock(t))
		if err != nil {
			t.Fatalf("got error %v, want none", err)
		}
		return pw
	}
	r := about(lock.DynamicPassword)
	rules := []rule{
		r("it has a code and says until when", func(t tb, w *world) {
			pw := dynamic(t, w)
			if pw.Secret.IsZero() {
				t.Errorf("Secret: got none, want a code")
			}
			if !pw.Window.Until.After(w.now()) {
				t.Errorf("Window: got %s, want an end in the future", pw.Window)
			}
			if pw.Kind != lock.PasswordDynamic {
				t.Errorf("Kind: got %q, want %q", pw.Kind, lock.PasswordDynamic)
			}
		}),
		r("it opens until then", func(t tb, w *world) {
			w.need(t, w.EnterCode != nil, "EnterCode")
			pw := dynamic(t, w)
			w.wantOpens(t, "the dynamic code", pw.Secret, true)
			if w.Advance != nil {
				w.Advance(pw.Window.Until.Sub(w.now()) + 2*time.Hour) // some locks know the code of the hour before
				w.wantOpens(t, "the dynamic code long after its end", pw.Secret, false)
			}
		}),
	}
	return append(rules, about(lock.RevealPassword)("it gives the code of that password", func(t tb, w *world) {
		id, want := w.revealable(t)
		got, err := w.p.Passwords().Reveal(t.Context(), w.lock(t), id)
		if err != nil {
			t.Fatalf("got error %v, want none", err)
		}
		if got.IsZero() {
			t.Fatalf("got no code, want one")
		}
		if !want.IsZero() && !got.Equal(want) {
			t.Errorf("got another code than the password was made with")
		}
		w.wantOpens(t, "the revealed code", got, true)
	}))
}
