package aliyunlock

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Reply is part of every answer.
type Reply struct {
	// RequestID is the id the vendor gives its answer; it often gives none.
	RequestID string     `json:"-"`
	wire.Kept `json:"-"` // Raw: the reply as it came
}

// Answer is the answer of a call that returns one thing.
type Answer[T any] struct {
	Reply
	Data T `json:"data"`
}

// Page is the answer of a call that lists. Some calls answer with the bare list, some with an
// object around it, and the document contradicts itself about which: both are read.
type Page[T any] struct {
	Reply
	Items    []T `json:"data"`
	Total    int `json:"total"`    // items on all pages; of a bare list its length
	PageNo   int `json:"pageNo"`   // from 1; 0 = the vendor sent a bare list
	PageSize int `json:"pageSize"` // 0 = the vendor sent a bare list
}

// whole reports whether the vendor sent a bare list, which has no total.
func (p *Page[T]) bare() bool { return p.PageNo == 0 && p.PageSize == 0 }

// payload is the data of a reply. A reply that says no may hold anything here, so what it is only
// matters once the code says yes.
type payload[T any] struct {
	value T
	err   error
}

// UnmarshalJSON never fails; see err.
func (p *payload[T]) UnmarshalJSON(data []byte) error {
	data = bytes.Clone(data) // the decoder's own, and the value may keep parts of it
	if p.err = wire.Unmarshal(data, &p.value); p.err != nil {
		return nil
	}
	if k, ok := any(&p.value).(keeper); ok && len(data) > 0 && data[0] == '{' {
		k.KeepRaw(data)
	}
	return nil
}

type keeper interface{ KeepRaw(raw []byte) }

// nothing is the data of calls that answer none; whatever comes in its place is left alone.
type nothing struct{}

// UnmarshalJSON takes anything.
func (*nothing) UnmarshalJSON([]byte) error { return nil }

// listing is the data of calls that list.
type listing[T any] struct {
	items                   wire.List[T]
	total, pageNo, pageSize int
	bare                    bool
}

// listNames are the members under which an object holds its list: first those of the document's
// tables, then those seen elsewhere.
var listNames = []string{"lockUsers", "originalLockUsers", "userInfos", "accountDevList", "data", "items", "list"}

// totalNames are the members that say how long the whole list is.
var totalNames = []string{"total", "totalNum"}

// UnmarshalJSON reads an array, or an object with an array in it.
func (l *listing[T]) UnmarshalJSON(data []byte) error {
	*l = listing[T]{}
	if len(data) == 0 || data[0] != '{' {
		l.bare = true
		err := wire.Unmarshal(data, &l.items)
		l.total = len(l.items)
		return err
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
		return wire.Raw("null")
	}
	for _, into := range []struct {
		v   any
		raw wire.Raw
	}{
		{&l.items, at(listNames...)}, {&l.total, at(totalNames...)}, {&l.pageNo, at("pageNo", "currentPage")}, {&l.pageSize, at("pageSize")},
	} {
		if err := wire.Unmarshal(into.raw, into.v); err != nil {
			return err
		}
	}
	return nil
}

// optional is the data of calls that answer null, "" or {} when there is nothing.
type optional[T any] struct{ value *T }

// UnmarshalJSON reads a thing or nothing.
func (o *optional[T]) UnmarshalJSON(data []byte) error {
	o.value = nil
	switch text := strings.Join(strings.Fields(string(data)), ""); text {
	case "null", `""`, "{}", "[]":
		return nil
	}
	var v T
	if err := wire.Unmarshal(data, &v); err != nil {
		return err
	}
	if k, ok := any(&v).(keeper); ok {
		k.KeepRaw(bytes.Clone(data))
	}
	o.value = &v
	return nil
}

// Value is what a product reported: the outputs of an event, the value of a property. What it is
// made of is defined by the product. It may well be a door code, so it is a secret.
type Value struct {
	JSON lock.Secret // as it came; zero = there is none
}

// UnmarshalJSON takes any value.
func (v *Value) UnmarshalJSON(data []byte) error {
	v.JSON = lock.NewSecret(string(data))
	return nil
}

// Raw returns the value as JSON, nil if there is none. It may be a door code: keep it out of logs.
func (v *Value) Raw() []byte {
	if v.JSON.IsZero() {
		return nil
	}
	return []byte(v.JSON.Reveal())
}

// Text returns the value as text: a string without its quotation marks, a number by its digits.
func (v *Value) Text() (string, bool) {
	var text string
	if v.Raw() == nil || wire.Unmarshal(v.Raw(), &text) != nil {
		return "", false
	}
	return text, true
}

// Int returns the value as a whole number; 97.0 and "97" are numbers too.
func (v *Value) Int() (int, bool) {
	var n *int
	if v.Raw() == nil || wire.Unmarshal(v.Raw(), &n) != nil || n == nil {
		return 0, false
	}
	return *n, true
}

// respelt renames members of an object: some of the vendor's pages misspell them. A member that
// is there under its right name wins.
func respelt(data []byte, names map[string]string) ([]byte, error) {
	members, err := wire.Members(nil, data)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(members, func(m wire.Member) bool { return names[m.Name] != "" }) {
		return data, nil
	}
	have := make(map[string]wire.Raw, len(members))
	for _, m := range members {
		right, wrong := names[m.Name]
		if !wrong {
			have[m.Name] = m.Value
		} else if _, there := have[right]; !there {
			have[right] = m.Value
		}
	}
	return wire.Marshal(have)
}

// dateLayouts are the ways in which the vendor writes a local time. The first is the document's.
var dateLayouts = []string{time.DateTime, "2006-01-02 15:04:05.999", time.RFC3339}

// localTime reads a time without a zone; zero if it cannot be read.
func localTime(text string, in *time.Location) time.Time {
	text = strings.TrimSpace(text)
	for _, layout := range dateLayouts {
		if t, err := time.ParseInLocation(layout, text, in); err == nil {
			return t
		}
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil && ms > 1e11 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}
