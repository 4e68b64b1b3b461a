package dingding_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// documented are the codes of §3.1 and §3.2 and what the common language says to them.
var documented = map[string]map[int]lock.Kind{
	"reply": {
		101: lock.ErrUnauthenticated, 102: lock.ErrUnauthenticated, 11000: lock.ErrExists, 14001: lock.ErrInvalidArgument,
		14003: lock.ErrVendorUnavailable, 15000: lock.ErrVendorUnavailable, 15006: lock.ErrNotFound, 15007: lock.ErrUnsupported,
		15008: lock.ErrExists, 15009: lock.ErrExists, 15010: lock.ErrExists, 15011: lock.ErrPermissionDenied,
		15012: lock.ErrNotFound, 15013: lock.ErrProtected, 15014: lock.ErrPermissionDenied,
	},
	"device result": {
		5101: lock.ErrDeviceTimeout, 5102: lock.ErrPartial, 5103: lock.ErrDeviceRejected, 5104: lock.ErrPasswordRejected,
		5105: lock.ErrExists, 5106: lock.ErrPermissionDenied, 5107: lock.ErrCapacityExceeded, 5108: lock.ErrNotFound,
		5199: lock.ErrDeviceReset,
	},
}

func TestEveryDocumentedCodeIsInTheTables(t *testing.T) {
	have := map[string]lock.CodeInfo{}
	for _, row := range dingding.ErrorCodes() {
		have[row.Where+row.Code] = row
	}
	for where, codes := range documented {
		for code, kind := range codes {
			row, ok := have[where+strconv.Itoa(code)]
			if !ok || row.Kind != kind || row.Words == "" {
				t.Errorf("%s %d: got %+v, want %s in the document's words", where, code, row, kind)
			}
		}
	}
}

// What the vendor answers arrives with its kind, its code, its words and its trace id.
func TestReplyCodes(t *testing.T) {
	w := newWorld(t, lock.WithRetry(lock.RetryPolicy{Attempts: 1}))
	door := w.AddLock("front door")
	for _, row := range dingding.ErrorCodes() {
		if row.Where != "reply" {
			continue
		}
		t.Run(row.Code, func(t *testing.T) {
			code, err := strconv.Atoi(row.Code)
			if err != nil {
				t.Fatal(err)
			}
			w.Fail("/get_lock_info", dingdingtest.ErrNo(code, "in the vendor's words").Always())
			defer w.Heal()
			_, err = w.p.Locks().Get(t.Context(), door)
			var e *lock.Error
			if !errors.As(err, &e) || !errors.Is(err, row.Kind) || e.Code != row.Code || e.Message != "in the vendor's words" ||
				e.Op != lock.GetLock || e.Endpoint != "GET /openapi/v1/get_lock_info" || e.Target != string(door) || e.Vendor != dingding.Vendor {
				t.Errorf("got %+v, want kind %s of code %s", e, row.Kind, row.Code)
			}
		})
	}
	for code, want := range map[int]lock.Kind{3001: lock.ErrDeviceRejected, 5001: lock.ErrDeviceRejected, 5101: lock.ErrDeviceTimeout, 77777: lock.ErrProtocol} {
		w.Fail("/get_lock_info", dingdingtest.ErrNo(code, "x"))
		_, err := w.p.Locks().Get(t.Context(), door)
		w.Heal()
		wantKind(t, err, want)
	}
}
