package tuya

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Reply is part of every answer.
type Reply struct {
	// RequestID is the vendor's trace id (tid), for its support; "" if the vendor gives none.
	RequestID string     `json:"-"`
	wire.Kept `json:"-"` // Raw: the reply as it came
}

// Answer is the answer of a call that returns one thing.
type Answer[T any] struct {
	Reply
	Result T `json:"result"`
}

// Page is the answer of a call that lists. Some calls answer with a bare list, some with an object
// around it, and the document contradicts itself about which: both are read.
type Page[T any] struct {
	Reply
	Records    []T   `json:"records"`
	Total      int   `json:"total"`       // items on all pages, 0 if the vendor does not say
	TotalPages int   `json:"total_pages"` // 0 if the vendor does not say
	HasMore    *bool `json:"has_more"`    // nil if the vendor does not say
}

// payload is the result of a reply. A reply that says no may hold anything here, so what it is only
// matters once the reply says yes.
type payload[T any] struct {
	value T
	there bool // it is there and not null
	err   error
}

// UnmarshalJSON never fails; see err.
func (p *payload[T]) UnmarshalJSON(data []byte) error {
	p.there = string(data) != "null"
	data = bytes.Clone(data) // the decoder's own, and the value may keep parts of it
	if p.err = wire.Unmarshal(data, &p.value); p.err == nil {
		keep(&p.value, data)
	}
	return nil
}

// keep hands an object its bytes, if it wants them.
func keep(v any, data []byte) {
	if k, ok := v.(interface{ KeepRaw([]byte) }); ok && len(data) > 0 && data[0] == '{' {
		k.KeepRaw(data)
	}
}

// nothing is the result of calls that answer none; whatever comes in its place is left alone.
type nothing struct{}

// UnmarshalJSON takes anything.
func (*nothing) UnmarshalJSON([]byte) error { return nil }

// listing is the result of calls that list.
type listing[T any] struct {
	records      wire.List[T]
	total, pages int
	more         *bool
}

// listNames are the members under which an object holds its list.
var listNames = []string{"records", "logs", "list", "devices", "rooms", "unlock_keys"}

// UnmarshalJSON reads an array, or an object with an array in it. An object without one is an item
// by itself if it has an id: some lists are documented so.
func (l *listing[T]) UnmarshalJSON(data []byte) error {
	*l = listing[T]{}
	if len(data) == 0 || data[0] != '{' {
		return wire.Unmarshal(data, &l.records)
	}
	members, err := wire.Members(nil, data)
	if err != nil {
		return err
	}
	at := func(names ...string) wire.Raw {
		for _, name := range names {
			if i := slices.IndexFunc(members, func(m wire.Member) bool { return m.Name == name }); i >= 0 {
				return members[i].Value
			}
		}
		return nil
	}
	records := at(listNames...)
	if records == nil && len(members) > 0 && at("total", "has_more") == nil {
		records = wire.Raw("[" + string(data) + "]")
	}
	for _, into := range []struct {
		v   any
		raw wire.Raw
	}{{&l.records, records}, {&l.total, at("total")}, {&l.pages, at("total_pages")}, {&l.more, at("has_more")}} {
		if into.raw == nil {
			continue
		}
		if err := wire.Unmarshal(into.raw, into.v); err != nil {
			return err
		}
	}
	return nil
}

// identity is an id that is sent alone or as the one member of an object.
type identity string

// UnmarshalJSON reads {"user_id":"1"}, {"id":1}, "1" and 1.
func (id *identity) UnmarshalJSON(data []byte) error {
	*id = ""
	if len(data) > 0 && data[0] == '{' {
		members, err := wire.Members(nil, data)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(members, func(m wire.Member) bool { return m.Name == "id" || strings.HasSuffix(m.Name, "_id") })
		if i < 0 {
			return errors.New("the result has no id")
		}
		data = members[i].Value
	}
	var text string
	if err := wire.Unmarshal(data, &text); err != nil {
		return err
	}
	if text == "" || text == "true" || text == "false" {
		return errors.New("the result is no id")
	}
	*id = identity(text)
	return nil
}

// embedded reads an object that the vendor also sends as JSON text inside a string.
func embedded(data []byte, into any) error {
	if len(data) > 0 && data[0] == '"' {
		text, err := wire.Text(wire.Raw(data))
		if err != nil || strings.TrimSpace(text) == "" {
			return err
		}
		data = []byte(text)
	}
	return wire.Unmarshal(data, into)
}

// Value is what a device reported under a code: a number, a text, a boolean. It may be the number
// of a password and, at some products, more than that, so it is a secret.
type Value struct {
	JSON lock.Secret // as it came; zero = there is none
}

// UnmarshalJSON takes any value.
func (v *Value) UnmarshalJSON(data []byte) error {
	v.JSON = lock.NewSecret(string(data))
	return nil
}

// Raw returns the value as JSON, nil if there is none. Keep it out of logs.
func (v Value) Raw() []byte {
	if v.JSON.IsZero() {
		return nil
	}
	return []byte(v.JSON.Reveal())
}

// Text returns the value as text: a string without its quotation marks, a number by its digits, a
// boolean by its word.
func (v Value) Text() (string, bool) {
	var text string
	if v.JSON.IsZero() || wire.Unmarshal(v.Raw(), &text) != nil {
		return "", false
	}
	return text, true
}

// Int returns the value as a whole number; 97.0 and "97" are numbers too.
func (v Value) Int() (int, bool) {
	var n *int
	if v.JSON.IsZero() || wire.Unmarshal(v.Raw(), &n) != nil || n == nil {
		return 0, false
	}
	return *n, true
}

// Bool returns the value as a boolean; 0, 1, "true" and "false" are booleans too.
func (v Value) Bool() (is, ok bool) {
	var b *bool
	if v.JSON.IsZero() || wire.Unmarshal(v.Raw(), &b) != nil || b == nil {
		return false, false
	}
	return *b, true
}
