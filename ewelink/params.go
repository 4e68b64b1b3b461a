package ewelink

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Params are what a device says of itself, by names that its uiid defines. The cloud stores them and
// passes them through; one name may be text, number or boolean with different firmware. They may
// hold keys of the device: keep them out of logs.
type Params struct {
	raw func() wire.Raw // a closure, so that printers stop at it
}

// UnmarshalJSON takes any object.
func (p *Params) UnmarshalJSON(data []byte) error {
	*p = Params{}
	if len(data) == 0 || data[0] != '{' { // "not set" comes as null, "" and []
		return nil
	}
	raw := wire.Raw(bytes.Clone(data)) // the decoder's own
	p.raw = func() wire.Raw { return raw }
	return nil
}

// MarshalJSON writes what came.
func (p Params) MarshalJSON() ([]byte, error) {
	if p.raw == nil {
		return []byte("{}"), nil
	}
	return p.raw(), nil
}

// Raw returns the object as it came, nil if there was none. Do not change it.
func (p Params) Raw() []byte {
	if p.raw == nil {
		return nil
	}
	return p.raw()
}

// IsZero reports whether the vendor sent none.
func (p Params) IsZero() bool { return p.raw == nil }

// Get decodes one of them into what into points to, and reports whether it is there and fits. A
// number may be text there, and a boolean may be 0 or 1.
func (p Params) Get(name string, into any) bool {
	value := p.member(name)
	return value != nil && wire.Unmarshal(value, into) == nil
}

// Names lists what there is, in the vendor's order.
func (p Params) Names() []string {
	members, err := wire.Members(nil, p.Raw())
	if err != nil {
		return nil
	}
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.Name
	}
	return names
}

func (p Params) member(name string) wire.Raw {
	if p.raw == nil {
		return nil
	}
	var few [32]wire.Pair
	members, err := wire.Pairs(few[:0], p.raw())
	if err != nil {
		return nil
	}
	for _, m := range members {
		if string(m.Name) == name {
			if string(m.Value) == "null" {
				return nil
			}
			return m.Value
		}
	}
	return nil
}

// missing reports the first required text that is not set. Its arguments are names and values in
// turn.
func missing(namesAndValues ...string) error {
	for i := 0; i < len(namesAndValues); i += 2 {
		if namesAndValues[i+1] == "" {
			return errors.New("set " + namesAndValues[i] + ", which the vendor requires")
		}
	}
	return nil
}

// between reports a list that is empty or longer than the vendor takes at once.
func between[T any](name string, items []T, most int) error {
	if n := len(items); n < 1 || n > most {
		return fmt.Errorf("set %s to 1 item at least and %d at most", name, most)
	}
	return nil
}

// page reports a number of records that the vendor does not give at once; 0 = its default.
func page(num int) error {
	if num < 0 || num > maxRecords {
		return fmt.Errorf("set Num to 1 at least and %d at most, or leave it 0", maxRecords)
	}
	return nil
}

// maxRecords is how many records or messages there are in one answer.
const maxRecords = 30

// lowered is an e-mail address as the vendor compares it.
func lowered(address lock.Secret) lock.Secret {
	return lock.NewSecret(strings.ToLower(strings.TrimSpace(address.Reveal())))
}
