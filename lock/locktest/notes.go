package locktest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

// subject is what a note is about.
type subject string

const (
	aboutValueSecrets subject = "secrets in values"
	aboutErrorSecrets subject = "secrets in errors"
	aboutLogSecrets   subject = "secrets in the log"
	aboutNative       subject = "native values"
	aboutUnknown      subject = "unknown values"
	aboutErrors       subject = "errors"
	aboutLists        subject = "lists"
)

// notes is what was found wrong in passing, in any rule. The rules about values report it.
type notes struct {
	mu     sync.Mutex
	seen   map[string]bool
	list   map[subject][]string
	toured bool // a tour of all operations has been taken
}

func newNotes() *notes {
	return &notes{seen: make(map[string]bool), list: make(map[subject][]string)}
}

// add keeps a note, once.
func (n *notes) add(about subject, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	n.mu.Lock()
	defer n.mu.Unlock()
	if key := string(about) + text; !n.seen[key] {
		n.seen[key] = true
		n.list[about] = append(n.list[about], text)
	}
}

// firstTour reports whether no tour has been taken yet, and that one is now.
func (n *notes) firstTour() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	first := !n.toured
	n.toured = true
	return first
}

func (n *notes) about(s subject) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.list[s]
}

// watchSecret makes secrets canaries: they may occur in no printed form of anything from now on.
// A short one would be found by chance.
func (w *world) watchSecret(secrets ...lock.Secret) {
	w.known.mu.Lock()
	defer w.known.mu.Unlock()
	for _, s := range secrets {
		switch text := s.Reveal(); {
		case len(text) < 4:
		case isShortNumber(text):
			w.known.numbers[text] = struct{}{}
		default:
			w.known.texts[text] = struct{}{}
		}
	}
}

// shown reports whether text shows a canary.
func (w *world) shown(text string) bool {
	w.known.mu.Lock()
	defer w.known.mu.Unlock()
	for canary := range w.known.texts {
		if strings.Contains(text, canary) {
			return true
		}
	}
	for number := range numbersIn(text) {
		if _, canary := w.known.numbers[number]; canary {
			return true
		}
	}
	return false
}

// isShortNumber reports whether secret is looked for with care: it may well be part of a time stamp, a
// duration, a hexadecimal id or an address, which hold other digits around it.
func isShortNumber(secret string) bool {
	return len(secret) <= 8 && strings.Trim(secret, "0123456789") == ""
}

// numbersIn yields the digits of each word of text that has no others.
func numbersIn(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 0; i < len(text); i++ {
			begin, end, runs := 0, -1, 0
			for ; i < len(text) && (isAlphanumeric(text[i]) || isPoint(text, i)); i++ {
				if !isDigit(text[i]) {
					continue
				}
				if end != i {
					begin = i
					runs++
				}
				end = i + 1
			}
			if runs == 1 && !yield(text[begin:end]) {
				return
			}
		}
	}
}

// isPoint reports whether there is a point between two digits.
func isPoint(text string, i int) bool {
	return text[i] == '.' && i > 0 && i+1 < len(text) && isDigit(text[i-1]) && isDigit(text[i+1])
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func isAlphanumeric(b byte) bool {
	return isDigit(b) || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// printed are the ways in which people print things, by name.
func printed(v any) map[string]string {
	forms := map[string]string{
		"%v": fmt.Sprintf("%v", v), "%+v": fmt.Sprintf("%+v", v), "%#v": fmt.Sprintf("%#v", v), "%s": fmt.Sprintf("%s", v),
	}
	if text, err := json.Marshal(v); err == nil {
		forms["json"] = string(text)
	}
	var text, object bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("value", "v", v)
	slog.New(slog.NewJSONHandler(&object, nil)).Info("value", "v", v)
	forms["slog text"], forms["slog json"] = text.String(), object.String()
	return forms
}

// readOutput looks for canaries in what was logged.
func (w *world) readOutput() {
	if w.Output != nil && w.shown(w.Output()) {
		w.notes.add(aboutLogSecrets, "in %q the log shows a code, a phone number or a token", w.rule)
	}
}

// sawError looks at an error that op answered.
func (w *world) sawError(op lock.Op, err error) {
	if err == nil {
		return
	}
	for form, text := range printed(err) {
		if w.shown(text) {
			w.notes.add(aboutErrorSecrets, "an error of %s printed as %s shows a code, a phone number or a token", op, form)
		}
	}
	if w.shown(err.Error()) {
		w.notes.add(aboutErrorSecrets, "the text of an error of %s shows a code, a phone number or a token", op)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return
	}
	if rooms := new(lock.RoomError); errors.As(err, &rooms) {
		return
	}
	var e *lock.Error
	if !errors.As(err, &e) {
		w.notes.add(aboutErrors, "%s answered a %T (%v), want a *lock.Error", op, err, err)
		return
	}
	if e.Vendor == "" {
		w.notes.add(aboutErrors, "an error of %s does not name its vendor: %v", op, e)
	}
	if !sameOp(e.Op, op) {
		w.notes.add(aboutErrors, "an error of %s names the operation %q: %v", op, e.Op, e)
	}
	if e.Kind == "" {
		w.notes.add(aboutErrors, "an error of %s has no kind: %v", op, e)
	}
}

// sameOp reports whether named stands for op: it is op, its parent or one of its variants.
func sameOp(named, op lock.Op) bool {
	parent, _ := op.Parent()
	above, _ := named.Parent()
	return named == op || named != "" && (named == parent || above == op || above != "" && above == parent)
}

// sawValue looks at a value that op gave as the vendor's answer: it shows no secret, holds what
// the vendor sent, and what is unknown in it is said to be.
func (w *world) sawValue(op lock.Op, v any) {
	w.sawPrinted(op, v)
	w.sawNative(op, v)
	for _, what := range implausible(v) {
		w.notes.add(aboutUnknown, "a %T from %s: %s", v, op, what)
	}
}

// sawPrinted looks only at how a value prints.
func (w *world) sawPrinted(op lock.Op, v any) {
	if pw, ok := v.(lock.Password); ok {
		w.watchSecret(pw.Secret, pw.Activation)
	}
	if s, ok := v.(lock.Secret); ok {
		w.watchSecret(s)
	}
	for form, text := range printed(v) {
		if w.shown(text) {
			w.notes.add(aboutValueSecrets, "a %T from %s printed as %s shows a code, a phone number or a token", v, op, form)
		}
	}
}

func (w *world) sawNative(op lock.Op, v any) {
	native, ok := v.(interface{ Raw() []byte })
	if !ok {
		return
	}
	if e, ok := v.(lock.Event); ok && e.Source == lock.SourceLocal {
		return
	}
	if len(native.Raw()) == 0 {
		w.notes.add(aboutNative, "a %T from %s has an empty Raw; what the vendor sent is lost", v, op)
	}
	if home, ok := v.(lock.Home); ok {
		for _, room := range home.Rooms {
			w.sawNative(op, room)
		}
	}
}

// implausible lists what in a value must be an unknown or a misread one.
func implausible(v any) []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	at := func(field string, t time.Time) {
		if !t.IsZero() && (t.Year() < 2001 || t.Year() > 2200) {
			say("%s is %s; an unknown time is the zero time", field, t)
		}
	}
	not := func(field string, d *decimal.Decimal) {
		if d != nil && d.IsNegative() {
			say("%s is %s; an unknown number is nil", field, d)
		}
	}
	given := func(field, text string) {
		if text == "" {
			say("%s is empty", field)
		}
	}
	switch v := v.(type) {
	case lock.Home:
		given("ID", string(v.ID))
	case lock.Device:
		given("ID", string(v.ID))
		given("Kind", string(v.Kind))
	case lock.Lock:
		given("ID", string(v.ID))
		at("OnlineAt", v.OnlineAt)
		at("BatteryAt", v.BatteryAt)
		at("SignalAt", v.SignalAt)
		if v.Battery != nil && (*v.Battery < 0 || *v.Battery > 100) {
			say("Battery is %d percent; an unknown battery is nil", *v.Battery)
		}
		if v.Signal != nil && *v.Signal == -1 {
			say("Signal is -1; an unknown signal is nil")
		}
	case lock.Key:
		given("ID", string(v.ID))
		at("Window.From", v.Window.From)
		at("Window.Until", v.Window.Until)
	case lock.Password:
		at("Window.From", v.Window.From)
		at("Window.Until", v.Window.Until)
		if v.Pending != nil {
			at("Pending.Since", v.Pending.Since)
		}
	case lock.Meter:
		given("ID", string(v.ID))
		given("Kind", string(v.Kind))
		at("TotalAt", v.TotalAt)
		at("LeftAt", v.LeftAt)
		not("Total", v.Total)
		not("Overdraft", v.Overdraft)
		not("MaxPower", v.MaxPower)
		not("Price", v.Price)
	case lock.Reading:
		at("At", v.At)
		not("Total", &v.Total)
		given("Unit", string(v.Unit))
	case lock.Receipt:
		at("At", v.At)
		not("Amount", v.Amount)
		not("Total", v.Total)
	case lock.Event:
		given("ID", v.ID)
		given("Kind", string(v.Kind))
		given("Vendor", string(v.Vendor))
		given("Source", string(v.Source))
		at("OccurredAt", v.OccurredAt)
		at("ReceivedAt", v.ReceivedAt)
		if v.ReceivedAt.IsZero() {
			say("ReceivedAt is zero")
		}
	}
	return wrong
}
