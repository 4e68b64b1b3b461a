package wire

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/smartlock-sdk/smartlock/lock"
)

// everything has each kind of member, nested in each way.
type everything struct {
	reply[*room]
	S      string                `json:"s"`
	I      int                   `json:"i"`
	U      uint8                 `json:"u"`
	F      float32               `json:"f"`
	B      bool                  `json:"b"`
	At     time.Time             `json:"at"`
	Sec    *time.Time            `json:"sec"`
	D      *decimal.Decimal      `json:"d"`
	Secret lock.Secret           `json:"secret"`
	Bytes  []byte                `json:"bytes"`
	Array  [2]int                `json:"array"`
	Any    any                   `json:"any"`
	Raw    Raw                   `json:"raw"`
	Slice  []everything          `json:"slice"`
	List   List[everything]      `json:"list"`
	Map    map[string]everything `json:"map"`
	ByID   map[int64]int         `json:"by_id"`
	Next   *everything           `json:"next"`
	NoTag  int
	Hidden int `json:"-"`
}

func TestErrorsSayWhereAndWhat(t *testing.T) {
	cases := []struct{ name, body, want string }{
		{"a member", `{"i":"4711x"}`, "wire: a string for Go int: not a number at /i, byte 5"},
		{"an embedded member", `{"room_id":{"k":4711}}`, "wire: an object for Go lock.RoomID at /room_id, byte 11"},
		{"a member without a tag", `{"NoTag":[4711]}`, "wire: an array for Go int at /NoTag, byte 9"},
		{"out of range", `{"u":4711}`, "wire: a number for Go uint8: out of range at /u, byte 5"},
		{"a fraction", `{"i":4711.5}`, "wire: a number for Go int: not a whole number at /i, byte 5"},
		{"a time", `{"at":"4711-13"}`, "wire: a string for Go time.Time: not a time at /at, byte 6"},
		{"a pointer", `{"sec":[4711]}`, "wire: an array for Go *time.Time at /sec, byte 7"},
		{"a time of the wrong kind", `{"sec":true}`, "wire: a boolean for Go *time.Time at /sec, byte 7"},
		{"a decimal", `{"d":"4711kWh"}`, "wire: a string for Go *decimal.Decimal: not a number at /d, byte 5"},
		{"a secret", `{"secret":["4711"]}`, "wire: an array for Go lock.Secret at /secret, byte 10"},
		{"base64", `{"bytes":"4711!"}`, "wire: a string for Go []uint8 at /bytes, byte 9"},
		{"an array's length", `{"array":[4711]}`, "wire: an array for Go [2]int at /array, byte 14"},
		{"an item", `{"slice":[{},{"i":"4711x"}]}`, "wire: a string for Go int: not a number at /slice/1/i, byte 18"},
		{"an item of a list", `{"list":[{},{"i":"4711x"}]}`, "wire: a string for Go int: not a number at /list/*/i, byte 17"},
		{"an item of a list by id", `{"list":{"4711":{"i":"4711x"}}}`, "wire: a string for Go int: not a number at /list/*/i, byte 21"},
		{"an entry of a map", `{"map":{"4711":{"i":"4711x"}}}`, "wire: a string for Go int: not a number at /map/*/i, byte 20"},
		{"a key of a map", `{"by_id":{"4711x":1}}`, "wire: a string for Go int: not a number at /by_id/*, byte 10"},
		{"deeper than a reader can use", strings.Repeat(`{"next":`, 13) + `{"b":4711}`, "wire: a number for Go bool at " + strings.Repeat("/next", 12) + "/…, byte 109"},
		{"through a pointer", `{"next":{"next":{"b":4711}}}`, "wire: a number for Go bool at /next/next/b, byte 21"},
		{"the whole", `[4711]`, "wire: an array for Go wire.everything"},
		{"a name twice", `{"s":"4711","s":"4711"}`, "wire: a name that stands twice at /s, byte 12"},
		{"a foreign name twice", `{"4711":1,"4711":2}`, "wire: a name that stands twice at /*, byte 10"},
		{"a name in an any twice", `{"any":{"4711":1,"4711":2}}`, "wire: a name that stands twice at /any/*, byte 17"},
		{"a name that is none", `{4711:1}`, "wire: a name that is not a string at byte 1"},
		{"truncated", `{"s":"4711`, "wire: an unexpected end at /s, byte 10"},
		{"nothing", ``, "wire: an empty body"},
		{"bytes after the value", `{"s":"4711"} 4711`, "wire: not JSON at byte 13"},
		{"no JSON", `<html>4711`, "wire: not JSON"},
		{"no UTF-8", "{\"s\":\"4711\xff\"}", "wire: not JSON, or not in UTF-8, at /s, byte 10"},
		{"too deep", strings.Repeat("[", 20000), "wire: an array for Go wire.everything"},
		{"too deep where skipped", `{"4711":` + strings.Repeat("[", 20000), "wire: not JSON at"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var v everything
			err := Unmarshal([]byte(c.body), &v)
			require.Error(t, err)
			assert.True(t, strings.HasPrefix(err.Error(), c.want), "got %q, want %q", err, c.want)
			assert.NotContains(t, err.Error(), "4711")
			_, semantic := errors.AsType[*json.SemanticError](err)
			_, syntactic := errors.AsType[*jsontext.SyntacticError](err)
			assert.False(t, semantic || syntactic, "the decoder's error, which quotes values, can be unwrapped")
		})
	}
}

func TestMistakesInOurStructsAreNamed(t *testing.T) {
	misspelt := reflect.New(reflect.StructOf([]reflect.StructField{ // by reflection, or the linters find it first
		{Name: "A", Type: reflect.TypeFor[int](), Tag: `json:"x,omitZero"`},
	})).Interface()
	assert.ErrorContains(t, Unmarshal([]byte(`{"x":1}`), misspelt), "invalid appearance of `omitZero` tag option")
	_, err := Marshal(misspelt)
	assert.ErrorContains(t, err, "invalid appearance of `omitZero` tag option")
	var d struct{ D time.Duration }
	assert.ErrorContains(t, Unmarshal([]byte(`{"D":1}`), &d), "a number for Go time.Duration: no default representation")
}

// A reply cut off anywhere is an error, whichever rule was reading, in the first pass or the second.
func TestATruncatedReplyIsAnError(t *testing.T) {
	const natural = `"s":"a\u0041","i":5,"u":255,"f":1.5,"b":true,"at":1700000000,"sec":"2023-11-14T22:13:20Z","d":1.50,"secret":"x",` +
		`"bytes":"aGk=","array":[1,2],"any":[1,{"a":null}],"raw":{"x":[1]},"slice":[{"i":1}],"list":{"2":{"i":2},"1":{}},` +
		`"map":{"a":{"i":1}},"by_id":{"1":2},"next":{"NoTag":1}}`
	for _, whole := range []string{
		`{"ErrNo":0,"room_id":"r1",` + natural,
		`{"room_id":17,"i":"5","u":"255","f":"1.5","b":"1",` + natural[strings.Index(natural, `"at"`):],
	} {
		var v everything
		require.NoError(t, Unmarshal([]byte(whole), &v))
		for cut := range len(whole) {
			err := Unmarshal([]byte(whole[:cut]), &v)
			require.Error(t, err, whole[:cut])
			require.True(t, reflect.ValueOf(v).IsZero(), "left over from %s", whole[:cut])
		}
		for broken := range len(whole) {
			require.Error(t, Unmarshal([]byte(whole[:broken]+"\x00"+whole[broken:]), &v), "NUL at %d", broken)
		}
	}
}
