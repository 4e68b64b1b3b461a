package wire

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// FuzzUnmarshal: no input makes Unmarshal panic, an error leaves nothing behind and quotes
// nothing, and what was read is stable: dumped and read again it is the same.
func FuzzUnmarshal(f *testing.F) {
	for _, s := range []string{
		`{"ErrNo":0,"room_id":"r1","room_name":"201"}`, `{"ErrNo":"0","room_id":1}`, `{}`, `null`, `[]`, ``,
		`{"s":1.50,"i":"5.0","u":"255","f":"1e3","b":"1","at":1700000000,"sec":"1700000000123","d":"1.50","secret":123456}`,
		`{"s":null,"i":null,"at":null,"sec":null,"d":"","secret":null,"list":null,"map":null,"any":null,"raw":null}`,
		`{"list":{"2":{"i":2},"10":{"i":"1"}},"slice":[{"s":true}],"map":{"a":{"b":0}},"by_id":{"1":"2"},"next":{"next":{}}}`,
		`{"any":{"a":[1,"b",null,9007199254740993]},"raw":{"x":[1, 2]},"bytes":"aGk=","array":["1",2]}`,
		`{"i":"secret-4711x"}`, `{"ErrNo":1,"ERRNO":0}`, "{\"s\":\"\xff\"}",
		`{` + strings.Repeat(`[`, 200), strings.Repeat(`{"next":`, 200),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v everything
		if err := Unmarshal(data, &v); err != nil {
			if !reflect.ValueOf(v).IsZero() {
				t.Fatalf("%q: error %v left %+v behind", data, err, v)
			}
			if len(err.Error()) > 300 {
				t.Fatalf("%q: a long error: %v", data, err)
			}
			return
		}
		first, err := Dump(v)
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		var again everything
		if err := Unmarshal(first, &again); err != nil {
			t.Fatalf("%q: dumped as %s, then %v", data, first, err)
		}
		second, err := Dump(again)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%q: first %s, then %s, %v", data, first, second, err)
		}
	})
}
