package tuya_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya"
	"github.com/smartlock-sdk/smartlock/tuya/tuyatest"
)

// documented are the codes of the vendor's pages and clients and what the common language says to
// them.
var documented = map[lock.Kind][]int{
	lock.ErrInvalidArgument: {
		1003, 1006, 1100, 1101, 1102, 1104, 1105, 1109, 2013, 2014, 2018, 2019, 2021, 2022, 2024, 2025, 2026, 2027, 2201, 2202, 2203, 2204, 2205, 2206, 2207,
		2208, 2209, 2210, 2211, 2212, 2302, 2304, 2306, 2309, 2314, 2318, 2324, 2503, 2504, 2505, 2506, 2507, 2510, 2511, 2512, 2513, 2514,
	},
	lock.ErrUnauthenticated: {1001, 1002, 1004, 1005, 1007, 1010, 1011, 1012, 1107, 1400, 2029, -9999999},
	lock.ErrPermissionDenied: {
		1008, 1106, 1114, 2007, 2401, 2402, 2403, 2404, 2405, 2406, 2407, 2408, 2409, 2410, 2411, 2412, 2413, 2414, 2415, 2416, 2417, 2418, 2419, 2420, 2421,
		2508, 28841101, 28841105, 28841106, 28841107,
	},
	lock.ErrPlanRequired:      {28841001, 28841002, 28841003, 28841102, 28841103},
	lock.ErrQuotaExceeded:     {2319, 28841004, 28841104},
	lock.ErrRateLimited:       {1110, 1111, 1113, 1199},
	lock.ErrNotFound:          {1000, 2002, 2005, 2006, 2010, 2016, 2017, 2310, 2315, 2321, 2323, 2501, 2502, 2509},
	lock.ErrExists:            {2023, 2316},
	lock.ErrDuplicatePassword: {2322},
	lock.ErrCapacityExceeded:  {2303, 2305, 2307, 2308},
	lock.ErrDeviceOffline:     {2001, 2312, 2313},
	lock.ErrDeviceBusy:        {1112, 2301, 2311, 2317},
	lock.ErrUnsupported:       {1108, 2003, 2004, 2008, 2009, 2012, 2015, 2020},
	lock.ErrClockSkew:         {1013},
	lock.ErrVendorUnavailable: {500, 1103},
	lock.ErrPartial:           {2320},
}

func TestEveryDocumentedCodeIsInTheTable(t *testing.T) {
	have := map[string]lock.CodeInfo{}
	for _, row := range tuya.ErrorCodes() {
		have[row.Code] = row
		if row.Words == "" && row.Note == "" || row.Where != "reply" {
			t.Errorf("%s says nothing, or where: %+v", row.Code, row)
		}
	}
	n := 0
	for kind, codes := range documented {
		for _, code := range codes {
			n++
			if row, ok := have[strconv.Itoa(code)]; !ok || row.Kind != kind {
				t.Errorf("%d: got %+v, want %s", code, row, kind)
			}
		}
	}
	if len(have) != n {
		t.Errorf("got %d codes, want %d", len(have), n)
	}
}

// once is a client that does not repeat reads.
func once(s *tuyatest.Server, opts ...lock.Option) *tuya.Client {
	return s.Client(append([]lock.Option{lock.WithRetry(lock.RetryPolicy{Attempts: 1})}, opts...)...)
}

// What the vendor answers arrives with its kind, its code and its words, and changes nothing; but
// after some answers nobody knows.
func TestReplyCodes(t *testing.T) {
	for kind, codes := range documented {
		for _, code := range codes {
			t.Run(strconv.Itoa(code), func(t *testing.T) {
				t.Parallel()
				s := tuyatest.NewServer()
				defer s.Close()
				door := s.AddLock("front door")
				s.Deny("PUT /devices/*", code)
				err := once(s).Locks().Rename(t.Context(), door, "side door")
				var e *lock.Error
				if !errors.As(err, &e) {
					t.Fatalf("got %v, want an error of the vendor", err)
				}
				want := kind
				if kind == lock.ErrVendorUnavailable {
					want = lock.ErrOutcomeUnknown
				}
				if e.Kind != want || !errors.Is(err, kind) || e.Code != strconv.Itoa(code) || e.RequestID == "" || e.Op != lock.RenameLock ||
					e.Endpoint != "PUT /v1.0/devices/{device_id}" || e.Target != string(door) || e.Vendor != tuya.Vendor {
					t.Errorf("got %+v, want kind %s of code %d", e, want, code)
				}
				if strings.Contains(err.Error(), s.ClientSecret) {
					t.Errorf("the error shows the secret: %v", err)
				}
				s.Admit()
				if err := once(s).Locks().Rename(t.Context(), door, "side door"); err != nil || s.Executed("PUT /devices/*") != 1 {
					t.Errorf("afterwards: got %v and %d renamings, want one", err, s.Executed("PUT /devices/*"))
				}
			})
		}
	}
}

// Who may not make a call is told what to do, in the error itself.
func TestErrorsAPersonCanActOn(t *testing.T) {
	for code, want := range map[int]string{
		1106: "smart-lock API", 1114: "allowed IP", 2406: "data centre", 28841001: "cloud plan", 28841002: "cloud plan", 28841003: "cloud plan",
		28841004: "trial", 28841101: "subscribe", 28841102: "subscription", 28841103: "bill", 28841104: "calls of the API", 28841105: "authorize",
		28841106: "subscribe", 28841107: "WithRegion",
	} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			s := tuyatest.NewServer()
			defer s.Close()
			s.Deny("*", code)
			err := once(s).Check(t.Context())
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprint(code)) {
				t.Errorf("got %v, want advice about %q", err, want)
			}
		})
	}
}

func TestDeviceOfAnotherProject(t *testing.T) {
	s := tuyatest.NewServer()
	defer s.Close()
	_, err := once(s).Locks().Get(t.Context(), s.AddForeignLock("theirs"))
	if !errors.Is(err, lock.ErrPermissionDenied) || !strings.Contains(err.Error(), "data centre") {
		t.Errorf("got %v, want %s and what to look at", err, lock.ErrPermissionDenied)
	}
}

func TestTrialIsUsedUp(t *testing.T) {
	s := tuyatest.NewServer(tuyatest.WithQuota(2))
	defer s.Close()
	c := s.Client()
	for range 2 {
		if err := c.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	before := len(s.Requests())
	if err := c.Check(t.Context()); !errors.Is(err, lock.ErrQuotaExceeded) {
		t.Errorf("got %v, want %s", err, lock.ErrQuotaExceeded)
	}
	if got := len(s.Requests()) - before; got != 1 {
		t.Errorf("got %d calls, want one: what is used up does not come back within seconds", got)
	}
}
