package locktest

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Run checks a provider against every promise of package lock. Each rule is a subtest of its own,
// named in words, and gets a world of its own from newWorld:
//
//	TestConformance/passwords.freeze/a_frozen_password_stays_listed
//
// Every lock.Op is proven one way or the other: what the provider Supports works, what it does not
// answers errors.ErrUnsupported without a call. Rules that need more than the world offers are
// skipped and say what they lack.
func Run(t *testing.T, newWorld func(t *testing.T) World) {
	t.Helper()
	first := newWorld(t)
	if first.Provider == nil {
		t.Fatal("the world has no Provider")
	}
	rules := allRules()
	checkExcept(t, first, rules)
	s := &suite{notes: newNotes(), patience: 30 * time.Second}
	for _, of := range groups() {
		t.Run(of, func(t *testing.T) {
			for _, r := range rules {
				if r.of != of || !r.applies(first.Provider) {
					continue
				}
				t.Run(r.name, func(t *testing.T) {
					s.run(t, r, newWorld(t))
				})
			}
		})
	}
}

// checkExcept reports exceptions from rules that do not exist.
func checkExcept(t tb, w World, rules []rule) {
	t.Helper()
	for name := range w.Except {
		if !slices.ContainsFunc(rules, func(r rule) bool { return r.String() == name }) {
			t.Errorf("Except names %q, which is no rule", name)
		}
	}
}

// tb is what the rules use of testing.T, so that the suite can be run on providers that are meant
// to fail.
type tb interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
	Failed() bool
	Cleanup(func())
	Context() context.Context
}

// rule is one promise and how it is checked.
type rule struct {
	of    string  // the operation it is about, or a group
	op    lock.Op // "" = the rule is for every provider
	not   bool    // the rule is for providers that do not support op
	name  string
	needs []lock.Op // what else the check uses
	run   func(t tb, w *world)
}

// String is the name by which World.Except knows a rule.
func (r rule) String() string { return r.of + "/" + r.name }

// applies reports whether a rule is meant for a provider.
func (r rule) applies(p lock.Provider) bool {
	return r.op == "" || p.Supports(r.op) != r.not
}

// allRules lists the rules, by area.
func allRules() []rule {
	return slices.Concat(
		providerRules(), homeRules(), lockRules(), keyRules(), passwordRules(), meterRules(), eventRules(),
		everyOpRules(), operationRules(), valueRules(),
	)
}

// groups are what rules are about, in the order of the report.
func groups() []string {
	names := []string{"provider"}
	for _, op := range lock.Ops() {
		names = append(names, string(op))
	}
	return append(names, "operations", "values")
}

// suite is one run over one provider.
type suite struct {
	notes    *notes
	patience time.Duration // how long something that should happen soon is waited for
}

// run checks one rule in a world made for it.
func (s *suite) run(t tb, r rule, made World) {
	t.Helper()
	w := s.world(t, r, made)
	if why, ok := w.Except[r.String()]; ok {
		t.Skipf("excepted: %s", why)
	}
	if r.op != "" && !r.not && !w.can(r.op) {
		t.Skipf("%s is not supported here", r.op)
	}
	for _, op := range r.needs {
		if !w.can(op) {
			t.Skipf("the rule needs %s, which is not supported", op)
		}
	}
	defer w.readOutput()
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	r.run(t, w)
}

// attempt lets f assert on its own. Nothing it says reaches the test.
func attempt(ctx context.Context, f func(tb)) *quiet {
	q := &quiet{ctx: ctx}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				q.Errorf("panic: %v", p)
			}
		}()
		f(q)
	}()
	<-done
	for _, cleanup := range slices.Backward(q.cleanups) {
		cleanup()
	}
	return q
}

// quiet is a tb that remembers.
type quiet struct {
	ctx             context.Context
	failed, skipped bool
	said            string
	cleanups        []func()
}

func (q *quiet) Helper()                  {}
func (q *quiet) Failed() bool             { return q.failed }
func (q *quiet) Cleanup(f func())         { q.cleanups = append(q.cleanups, f) }
func (q *quiet) Context() context.Context { return q.ctx }

func (q *quiet) Logf(format string, args ...any) {
	q.said += fmt.Sprintf(format, args...) + "\n"
}

func (q *quiet) Errorf(format string, args ...any) {
	q.failed = true
	q.Logf(format, args...)
}

func (q *quiet) Fatalf(format string, args ...any) {
	q.Errorf(format, args...)
	runtime.Goexit()
}

func (q *quiet) Skipf(format string, args ...any) {
	q.skipped = true
	q.Logf(format, args...)
	runtime.Goexit()
}
