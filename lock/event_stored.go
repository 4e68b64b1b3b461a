package lock

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// EncodeEvent writes an event down for DecodeEvent: to keep it in a file, a queue, a row of a
// database. The text is JSON and may grow members in later versions; old text stays readable.
//
// Unlike a printed event it holds the phone number of its Actor, so keep it where phone numbers may
// be kept. Of what the vendor sent it holds the bytes behind Raw only if raw is true, because they
// may hold a door code; As finds nothing in an event that was read back.
func EncodeEvent(e Event, raw bool) ([]byte, error) {
	s := storedEvent{
		ID: e.ID, Kind: e.Kind, Vendor: e.Vendor, Name: e.Name, OccurredAt: e.OccurredAt, ReceivedAt: e.ReceivedAt,
		Source: e.Source, Home: e.Home, Room: e.Room, Device: e.Device,
		ActorID: e.Actor.ID, ActorName: e.Actor.Name, ActorPhone: e.Actor.Phone.Reveal(),
		Method: e.Method, Reason: e.Reason, Duress: e.Duress, Offline: e.Offline,
		Password: e.Password, Key: e.Key, Operation: e.Operation,
	}
	if raw {
		s.Raw = e.Raw()
	}
	switch d := e.Data.(type) {
	case nil:
	case BatteryLevel:
		s.Battery = &d
	case Replacement:
		s.Replacement = &d
	case Failure:
		s.Failure = storedFailure(d.Err)
	case Reading:
		s.Reading = &d
	case []Reading:
		s.Readings = d
	case Receipt:
		s.Receipt = &d
	case Window:
		s.Window = &d
	case Unfilled:
		s.Window, s.Failure = &d.Window, storedFailure(d.Err)
	default:
		return nil, fmt.Errorf("lock: an event of kind %s has Data of type %T, which cannot be kept", e.Kind, d)
	}
	return json.Marshal(s)
}

// DecodeEvent reads what EncodeEvent wrote.
func DecodeEvent(data []byte) (Event, error) {
	var s storedEvent
	if err := json.Unmarshal(data, &s); err != nil {
		return Event{}, fmt.Errorf("lock: this is no stored event: %w", unquoted(err))
	}
	e := Event{
		ID: s.ID, Kind: s.Kind, Vendor: s.Vendor, Name: s.Name, OccurredAt: s.OccurredAt, ReceivedAt: s.ReceivedAt,
		Source: s.Source, Home: s.Home, Room: s.Room, Device: s.Device,
		Actor:  Person{ID: s.ActorID, Name: s.ActorName, Phone: NewSecret(s.ActorPhone)},
		Method: s.Method, Reason: s.Reason, Duress: s.Duress, Offline: s.Offline,
		Password: s.Password, Key: s.Key, Operation: s.Operation,
	}
	if s.Raw != nil {
		e.Native = NewNative(s.Raw, nil)
	}
	switch {
	case s.Battery != nil:
		e.Data = *s.Battery
	case s.Replacement != nil:
		e.Data = *s.Replacement
	case s.Window != nil && s.Failure != nil:
		e.Data = Unfilled{Window: *s.Window, Err: s.Failure.restore()}
	case s.Failure != nil:
		e.Data = Failure{Err: s.Failure.restore()}
	case s.Reading != nil:
		e.Data = *s.Reading
	case s.Readings != nil:
		e.Data = s.Readings
	case s.Receipt != nil:
		e.Data = *s.Receipt
	case s.Window != nil:
		e.Data = *s.Window
	}
	return e, nil
}

// storedEvent is an Event as text. Its names are kept: there are files full of them.
type storedEvent struct {
	ID          string        `json:"id"`
	Kind        EventKind     `json:"kind"`
	Vendor      Vendor        `json:"vendor,omitempty"`
	Name        string        `json:"name,omitempty"`
	OccurredAt  time.Time     `json:"occurred_at,omitzero"`
	ReceivedAt  time.Time     `json:"received_at,omitzero"`
	Source      EventSource   `json:"source,omitempty"`
	Home        HomeID        `json:"home,omitempty"`
	Room        RoomID        `json:"room,omitempty"`
	Device      DeviceID      `json:"device,omitempty"`
	ActorID     string        `json:"actor_id,omitempty"`
	ActorName   string        `json:"actor_name,omitempty"`
	ActorPhone  string        `json:"actor_phone,omitempty"`
	Method      UnlockMethod  `json:"method,omitempty"`
	Reason      DenyReason    `json:"reason,omitempty"`
	Duress      bool          `json:"duress,omitempty"`
	Offline     bool          `json:"offline,omitempty"`
	Password    PasswordID    `json:"password,omitempty"`
	Key         KeyID         `json:"key,omitempty"`
	Operation   string        `json:"operation,omitempty"`
	Battery     *BatteryLevel `json:"battery,omitempty"`
	Replacement *Replacement  `json:"replacement,omitempty"`
	Failure     *storedError  `json:"failure,omitempty"`
	Reading     *Reading      `json:"reading,omitempty"`
	Readings    []Reading     `json:"readings,omitzero"`
	Receipt     *Receipt      `json:"receipt,omitempty"`
	Window      *Window       `json:"window,omitempty"`
	Raw         []byte        `json:"raw,omitzero"` // base64, for it need not be JSON
}

// storedError is the Error of a Failure.
type storedError struct {
	Vendor     Vendor        `json:"vendor,omitempty"`
	Account    string        `json:"account,omitempty"`
	Op         Op            `json:"op,omitempty"`
	Endpoint   string        `json:"endpoint,omitempty"`
	Target     string        `json:"target,omitempty"`
	Status     int           `json:"status,omitempty"`
	Code       string        `json:"code,omitempty"`
	Message    string        `json:"message,omitempty"`
	RequestID  string        `json:"request_id,omitempty"`
	Attempts   int           `json:"attempts,omitempty"`
	RetryAfter time.Duration `json:"retry_after_ns,omitempty"`
	Kind       Kind          `json:"kind,omitempty"`
	Cause      string        `json:"cause,omitempty"`
}

// storedFailure keeps an error's parts, and of an error that is no Error the text.
func storedFailure(err error) *storedError {
	if err == nil {
		return &storedError{}
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return &storedError{Cause: err.Error()}
	}
	s := &storedError{
		Vendor: e.Vendor, Account: e.Account, Op: e.Op, Endpoint: e.Endpoint, Target: e.Target, Status: e.Status,
		Code: e.Code, Message: e.Message, RequestID: e.RequestID, Attempts: e.Attempts, RetryAfter: e.RetryAfter, Kind: e.Kind,
	}
	if e.Err != nil {
		s.Cause = e.Err.Error()
	}
	return s
}

func (s *storedError) restore() error {
	var cause error
	if s.Cause != "" {
		cause = errors.New(s.Cause)
	}
	e := &Error{
		Vendor: s.Vendor, Account: s.Account, Op: s.Op, Endpoint: s.Endpoint, Target: s.Target, Status: s.Status,
		Code: s.Code, Message: s.Message, RequestID: s.RequestID, Attempts: s.Attempts, RetryAfter: s.RetryAfter, Kind: s.Kind,
	}
	if *e == (Error{}) {
		return cause
	}
	e.Err = cause
	return e
}

// unquoted keeps what a decoder quotes of its input out of an error.
func unquoted(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s does not fit at byte %d", e.Field, e.Offset)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not JSON at byte %d", e.Offset)
	}
	return errors.New("a member does not fit")
}
