package dingding

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/smartlock-sdk/smartlock/lock"
)

// The IDs of operations are stored by others and read by later versions: their form stays.
func TestOperationIDsStayReadable(t *testing.T) {
	since := time.Date(2026, 11, 22, 15, 28, 0, 7e6, time.UTC)
	for id, want := range map[string]work{
		"passwords.create?device=6c0f&password=1002&service=565900000": {op: lock.CreatePassword, device: "6c0f", password: 1002, service: "565900000"},
		"passwords.freeze?device=6c0f&password=0":                      {op: lock.FreezePassword, device: "6c0f"},
		"homes.delete?home=%E6%88%BF+1%26%3D%3F%2F&service=7":          {op: lock.DeleteHome, home: "房 1&=?/", service: "7"},
		"meters.read?device=e1&since=2026-11-22T15%3A28%3A00.007Z":     {op: lock.ReadMeter, device: "e1", since: since},
		"meters.switch?device=e1&on=1&service=9":                       {op: lock.SwitchMeter, device: "e1", on: true, service: "9"},
		"meters.topup?device=e1&order=A+1":                             {op: lock.TopUpMeter, device: "e1", order: "A 1"},
		"meters.configure?device=e1&setting=overdraft&setting=max_power": {
			op: lock.ConfigureMeter, device: "e1", settings: []setting{settingOverdraft, settingMaxPower},
		},
	} {
		got, err := parseWork(id)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v, want %+v", id, got, err, want)
		}
		want.since = want.since.In(chinaStandardTime) // as somebody may have it who asks
		if again := want.id(); again != id {
			t.Errorf("got %s, want %s", again, id)
		}
	}
}

const hookURL = "https://pms.example.com/dingding/5b1f0c"

// called is an account whose vendor calls back. A password that has been created is with the lock
// once the list shows it as done.
type called struct {
	*Client
	vendor accepting
	hook   http.Handler
}

const (
	listRunning = `{"ErrNo":0,"passwords":[{"id":1001,"pwd_state":1,"operation":1,"operation_stage":1,"permission":{"status":1}}]}`
	listDone    = `{"ErrNo":0,"passwords":[{"id":1001,"pwd_state":2,"operation":1,"operation_stage":3,"permission":{"status":1}}]}`
)

func newCalled(t *testing.T) *called {
	t.Helper()
	c := &called{}
	c.Client = c.vendor.client(WithCallbackURL(hookURL), lock.WithLimits(lock.LimitOff), lock.WithPolling(24*time.Hour, 24*time.Hour))
	var err error
	if c.hook, err = c.Events().Receive(func(context.Context, lock.Event) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return c
}

// create begins an operation, and has the list show what it shows.
func (c *called) create(t *testing.T, list string) *lock.Operation[lock.Password] {
	t.Helper()
	c.vendor.reply = ""
	op, err := c.Passwords().Create(t.Context(), "door-1", lock.PasswordSpec{Kind: lock.PasswordPermanent, Secret: pin, Name: "Li Na"})
	if err != nil {
		t.Fatal(err)
	}
	c.vendor.reply, c.vendor.commands = list, nil
	return op
}

// call is the vendor's callback about a service.
func (c *called) call(t *testing.T, service, result string) {
	t.Helper()
	body, err := SignCallback([]byte(`{"service":"Password_Add_Service","serviceid":"`+service+`","uuid":"door-1","result":{"id":1001,"ErrNo":`+result+`}}`), hookURL)
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	c.hook.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(body))))
	if answer.Code != http.StatusOK {
		t.Fatalf("got status %d, want 200", answer.Code)
	}
}

func TestCallbackEndsTheWaitAtOnce(t *testing.T) {
	const ours, anothers = "1", "2" // the vendor gives every command the service 1
	for _, tt := range []struct {
		name    string
		service string
		when    string
		later   time.Duration
		atOnce  bool
	}{
		{"that came before the answer to the command", ours, "before", 0, true},
		{"that came before anybody waited", ours, "between", 0, true},
		{"that came long before anybody waited", ours, "between", 47 * time.Hour, true},
		{"that comes while somebody waits", ours, "during", time.Hour, true},
		{"but not one about something else before", anothers, "between", 0, false},
		{"but not one about something else meanwhile", anothers, "during", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCalled(t)
				if tt.when == "before" {
					c.call(t, tt.service, "1000")
				}
				op := c.create(t, listDone)
				if tt.when == "between" {
					c.call(t, tt.service, "1000")
					_ = lock.SystemClock.Sleep(t.Context(), tt.later)
				}
				begun := time.Now()
				done := make(chan error, 1)
				go func() {
					pw, err := op.Wait(t.Context())
					if err == nil && pw.State != lock.StateActive {
						err = errors.New("it is " + string(pw.State))
					}
					done <- err
				}()
				if tt.when == "during" {
					_ = lock.SystemClock.Sleep(t.Context(), tt.later)
					synctest.Wait()
					begun = time.Now()
					c.call(t, tt.service, "1000")
				}
				if err := <-done; err != nil {
					t.Errorf("got %v, want the password active", err)
				}
				if waited := time.Since(begun); tt.atOnce != (waited == 0) {
					t.Errorf("the wait took %s, want it to end at once: %t", waited, tt.atOnce)
				}
			})
		})
	}
}

// With 5102 the lock has acted and the vendor's record failed: asking would never show it.
func TestCallbackWith5102IsTheOutcome(t *testing.T) {
	check := func(t *testing.T, c *called, op *lock.Operation[lock.Password]) {
		t.Helper()
		begun := time.Now()
		_, err := op.Wait(t.Context())
		var e *lock.Error
		if !errors.Is(err, lock.ErrPartial) || !errors.As(err, &e) || e.Code != "5102" || e.Op != lock.CreatePassword || e.Target != "door-1" {
			t.Errorf("got %v, want 5102 of door-1", err)
		}
		if time.Since(begun) != 0 || slices.Contains(c.vendor.commands, "fetch_passwords") {
			t.Errorf("got it after %s, having sent %v, want it at once without asking", time.Since(begun), c.vendor.commands)
		}
	}
	t.Run("that came before anybody waited", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newCalled(t)
			op := c.create(t, listRunning)
			c.call(t, "1", "5102")
			check(t, c, op)
		})
	})
	t.Run("that comes while somebody waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newCalled(t)
			op := c.create(t, listRunning)
			go func() {
				_ = lock.SystemClock.Sleep(t.Context(), time.Hour)
				c.call(t, "1", "5102")
			}()
			if _, err := op.Wait(t.Context()); !errors.Is(err, lock.ErrPartial) {
				t.Errorf("got %v, want ErrPartial", err)
			}
			check(t, c, op)
		})
	})
	t.Run("to who polls", func(t *testing.T) {
		c := newCalled(t)
		op := c.create(t, listRunning)
		if ended, err := op.Poll(t.Context()); ended || err != nil {
			t.Fatalf("before the callback: got %t and %v, want it under way", ended, err)
		}
		c.call(t, "1", `" 5102"`)
		if ended, err := op.Poll(t.Context()); !ended || err != nil || op.Latest().ID != "1001" {
			t.Errorf("got %t and %v of %q, want the end of 1001", ended, err, op.Latest().ID)
		}
	})
	t.Run("to who takes the operation up again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newCalled(t)
			id := c.create(t, listRunning).ID()
			c.call(t, "1", "5102")
			for range 2 {
				op, err := lock.Resume[lock.Password](c, id)
				if err != nil {
					t.Fatal(err)
				}
				check(t, c, op)
			}
		})
	})
	t.Run("and no other result is", func(t *testing.T) {
		c := newCalled(t)
		op := c.create(t, listRunning)
		for _, result := range []string{"1000", "5103", `"5102x"`, `""`} {
			c.call(t, "1", result)
			if ended, err := op.Poll(t.Context()); ended || err != nil {
				t.Errorf("%s: got %t and %v, want it under way: the list says so", result, ended, err)
			}
		}
	})
}

// Most operations are never waited for. The client keeps none of them.
func TestClientKeepsNoOperations(t *testing.T) {
	c := newCalled(t)
	dropped := make([]weak.Pointer[lock.Operation[lock.Password]], 20)
	for i := range dropped {
		dropped[i] = weak.Make(c.create(t, listDone))
	}
	runtime.GC()
	for i, op := range dropped {
		if op.Value() != nil {
			t.Errorf("operation %d of %d is kept", i+1, len(dropped))
		}
	}
	runtime.KeepAlive(c)
}

func TestPolicyIsTheCallers(t *testing.T) {
	c := (&accepting{}).client()
	for range 2 {
		policy, err := c.Passwords().Policy(t.Context(), "door-1", lock.PasswordTimed)
		if err != nil || !slices.Equal(policy.PIN.Lengths, []int{6}) {
			t.Fatalf("got lengths %v and %v, want 6, whatever somebody did with the answer before", policy.PIN.Lengths, err)
		}
		policy.PIN.Lengths[0] = 4
	}
}
