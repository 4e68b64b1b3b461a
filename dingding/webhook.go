package dingding

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	// maxCallback is the largest callback we read.
	maxCallback = 1 << 20
	// callbackReadTime is how long its body may take to arrive.
	callbackReadTime = 5 * time.Second
)

// receiver is the handler for the vendor's callbacks, §8, §9, §12, §13, §16.
type receiver struct {
	c    *Client
	sink func(context.Context, lock.Event) error
}

// ServeHTTP answers {"ErrNo":0,"ErrMsg":""} once the sink has taken every event of the callback,
// and a non-2xx status otherwise: the vendor then delivers again, events five times in all,
// results of operations seven times, the last about a day later.
func (h receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "callbacks are POST")
		return
	}
	body, status, err := readCallback(w, r)
	if err != nil {
		h.c.cfg.Logger.WarnContext(r.Context(), "dingding callback not read", "error", err)
		refuse(w, status, "the body was not read")
		return
	}
	var few [16]wire.Pair
	members, err := wire.Pairs(few[:0], body)
	if err != nil {
		refuse(w, http.StatusBadRequest, "the body is not a JSON object")
		return
	}
	if err := verify(members, h.c.set.callbackURLs); err != nil {
		h.c.cfg.Logger.WarnContext(r.Context(), "dingding callback refused", "error", err, "from", r.RemoteAddr)
		refuse(w, http.StatusForbidden, "bad signature")
		return
	}
	msg, err := ParseCallback(body)
	if err != nil {
		h.c.cfg.Logger.WarnContext(r.Context(), "dingding callback not understood", "error", err)
		refuse(w, http.StatusBadRequest, "neither an event nor a service")
		return
	}
	if s, ok := msg.(*ServiceResult); ok && s.ServiceID != "" {
		code, _ := numeric(s.Result.ErrNo)
		h.c.pending.Deliver(s.ServiceID, code)
	}
	events := h.c.callbackEvents(msg)
	for _, e := range events {
		if err := h.deliver(r.Context(), e); err != nil {
			h.c.cfg.Logger.WarnContext(r.Context(), "dingding callback not taken", "event", e.Kind, "id", e.ID, "error", err)
			refuse(w, http.StatusInternalServerError, "not taken, please deliver again")
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"ErrNo":0,"ErrMsg":""}`) // if it is lost, the vendor delivers again
}

// deliver hands one event to the sink; a panic there is a failure like any other.
func (h receiver) deliver(ctx context.Context, e lock.Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the sink panicked: %v", p)
			h.c.cfg.Logger.ErrorContext(ctx, "dingding sink panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	return h.sink(ctx, e)
}

func readCallback(w http.ResponseWriter, r *http.Request) ([]byte, int, error) {
	// Not every server can set a deadline (httptest.ResponseRecorder cannot); net/http's can.
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Now().Add(callbackReadTime))
	defer func() { _ = rc.SetReadDeadline(time.Time{}) }()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxCallback+1))
	var netErr interface{ Timeout() bool }
	switch {
	case errors.As(err, &netErr) && netErr.Timeout():
		return nil, http.StatusRequestTimeout, err
	case err != nil:
		return nil, http.StatusBadRequest, err
	case len(body) > maxCallback:
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("the body is larger than %d bytes", maxCallback)
	}
	return body, 0, nil
}

// refuse answers in the vendor's form: a failing status, and a code that is not 0.
func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"ErrNo":%d,"ErrMsg":%q}`, status, why)
}
