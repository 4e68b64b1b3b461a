// Package locktest is for testing what has to do with package lock: backends that use a
// lock.Provider, and providers.
//
// # Testing a backend
//
// [Memory] is a vendor in memory with everything that package lock knows. Put locks into it, give
// it to your code as its provider, play the people at the door, and look at what came of it:
//
//	clock := locktest.NewClock(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
//	m := locktest.NewMemory(lock.WithClock(clock), locktest.WithDelay(20*time.Second))
//	door := m.AddLock("front door")
//	backend := NewBackend(m) // your code, which takes a lock.Provider
//
//	code := backend.CheckIn(door, "Li Lei", clock.Now().Add(48*time.Hour))
//	m.Settle()                        // the lock has woken up and taken the code
//	opened := m.EnterCode(door, code) // true
//	clock.Advance(49 * time.Hour)
//	opened = m.EnterCode(door, code)  // false: checked out
//
// Real vendors can do less, and fail. [Without] takes operations away, so that your code meets
// errors.ErrUnsupported; [Memory.Fail], [Memory.FailLater], [Memory.LoseReplies] and
// [Memory.Stall] are the ways in which a vendor fails. [Memory.Handle] sends the vendor's
// callbacks to your webhook handler, without a network.
//
// To test against the vendors' real protocols, use their simulators: dingding/dingdingtest and its
// siblings.
//
// # Testing a provider
//
// [Run] checks a provider against every promise of package lock, and proves what it Supports both
// ways: what it claims works, what it does not claim is refused without a call.
//
//	func TestConformance(t *testing.T) {
//		locktest.Run(t, func(t *testing.T) locktest.World {
//			s := dingdingtest.NewServer()
//			t.Cleanup(s.Close)
//			return locktest.World{Provider: s.Client(), Lock: s.AddLock("front door"), Settle: s.Settle}
//		})
//	}
//
// Every rule runs in a [World] of its own and is a subtest that says what it is about:
//
//	passwords.freeze/a_frozen_password_does_not_open
//
// What wraps providers is checked with the worlds of what it wraps: [Fleet] puts several together.
//
// A rule that needs more than the world offers is skipped and says what it lacks; the more the
// world offers, the more is proven. The suite is itself tested on providers that are broken, each
// in one way, so that a rule which catches nothing is noticed.
package locktest
