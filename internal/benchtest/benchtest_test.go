package benchtest

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestVendorProcess(t *testing.T) { VendorProcess(t, Vendor()) }

func TestTheFloorReadsWhatTheVendorSays(t *testing.T) {
	c := NewCaller(&http.Client{Transport: Memory{LockRecords(3)}}, "https://vendor.test", "token", "secret")
	var out Reply
	if err := c.Call(context.Background(), http.MethodGet, "/page", "home_id=home-1", nil, &out); err != nil {
		t.Fatal(err)
	}
	if out.ErrNo == nil || len(out.Locks) != 3 || out.Locks[2].Name != "front door 2" {
		t.Errorf("got %+v, want three locks", out)
	}
}

func TestWorkers(t *testing.T) {
	var done atomic.Int64
	if err := Workers(8, func() error { done.Add(1); return nil })(1000); err != nil || done.Load() != 1000 {
		t.Errorf("did it %d times, %v, want 1000 times", done.Load(), err)
	}
	broken := errors.New("broken")
	if err := Workers(8, func() error { return broken })(1000); !errors.Is(err, broken) {
		t.Errorf("got %v, want the failure", err)
	}
}

func TestMedian(t *testing.T) {
	if got := Median([]int{5, 1, 3}); got != 3 {
		t.Errorf("got %d, want 3", got)
	}
	if got := Median[float64](nil); got != 0 {
		t.Errorf("got %v of none, want 0", got)
	}
}
