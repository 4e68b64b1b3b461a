package rest

import (
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-querystring/query"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestParamsAreSortedByName(t *testing.T) {
	p := NewParams(url.Values{"b": {"2", "1"}, "a_b": {"3"}, "B": {"4"}, "ab": {"5"}, "none": nil})
	assert.Equal(t, Params{{"B", "4"}, {"a_b", "3"}, {"ab", "5"}, {"b", "2"}, {"b", "1"}}, p)
}

func TestSettingAParam(t *testing.T) {
	var p Params
	for _, name := range []string{"m", "z", "a"} {
		p.Set(name, "1")
	}
	assert.Equal(t, Params{{"a", "1"}, {"m", "1"}, {"z", "1"}}, p)
	p = append(p, Param{"z", "2"}, Param{"z", "3"})
	p.Set("z", "4")
	p.Set("m", "5")
	assert.Equal(t, Params{{"a", "1"}, {"m", "5"}, {"z", "4"}}, p, "one value is left")
}

type named string

type numbered int

// String is for people; go-querystring sends it, so such a type is not plain.
func (n numbered) String() string { return "number " + strconv.Itoa(int(n)) }

type (
	plainQuery struct {
		Z        string `url:"z"`
		A        named  `url:"a,omitempty"`
		Untagged string
		I        int    `url:"i"`
		I8       int8   `url:"i8,omitempty"`
		I64      int64  `url:"i64,omitempty"`
		U        uint   `url:"u"`
		U8       uint8  `url:"u8,omitempty"`
		U64      uint64 `url:"u64,omitempty"`
		B        bool   `url:"b"`
		C        bool   `url:"c,omitempty"`
		Left     string `url:"-"`
		Again    string `url:"z"`
		Comma    string `url:",omitempty"`
		hidden   string
	}
	withMethods struct{ N numbered }
	withPointer struct{ P *int }
	withList    struct{ L []string }
	withSecret  struct{ S lock.Secret }
	withTime    struct{ T time.Time }
	withOption  struct {
		B bool `url:"b,int"`
	}
	withFloat    struct{ F float64 }
	withEmbedded struct{ plainQuery }
	withAny      struct{ V any }
)

// go-querystring says what a struct means.
func TestPlansSayWhatGoQuerystringSays(t *testing.T) {
	var p plans
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.Just(""), rapid.String())
		v := plainQuery{
			Z: text.Draw(t, "z"), A: named(text.Draw(t, "a")), Untagged: text.Draw(t, "untagged"), I: rapid.Int().Draw(t, "i"),
			I8: rapid.Int8().Draw(t, "i8"), I64: rapid.Int64().Draw(t, "i64"), U: rapid.Uint().Draw(t, "u"), U8: rapid.Uint8().Draw(t, "u8"),
			U64: rapid.Uint64().Draw(t, "u64"), B: rapid.Bool().Draw(t, "b"), C: rapid.Bool().Draw(t, "c"), Left: text.Draw(t, "left"),
			Again: text.Draw(t, "again"), Comma: text.Draw(t, "comma"), hidden: text.Draw(t, "hidden"),
		}
		values, err := query.Values(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, from := range []any{v, &v} {
			got, ok := p.params(from)
			if want := NewParams(values); !ok || !slices.Equal(got, want) {
				t.Fatalf("got %v (a plan: %t), want %v", got, ok, want)
			}
		}
	})
}

func TestOnlyPlainStructsHaveAPlan(t *testing.T) {
	var p plans
	for _, v := range []any{
		withMethods{1}, withPointer{new(int)}, withList{[]string{"a"}}, withSecret{}, withTime{}, withOption{}, withFloat{1e21}, withEmbedded{}, withAny{1},
		(*plainQuery)(nil), "text", 7,
	} {
		for range 2 {
			if params, ok := p.params(v); ok {
				t.Errorf("%T: got %v, want it left to go-querystring", v, params)
			}
		}
	}
	params, err := p.encodeQuery(withMethods{1})
	require.NoError(t, err)
	require.Equal(t, Params{{"N", "number 1"}}, params)
}

// FuzzParams: a form that is read, encoded and read again is the same.
func FuzzParams(f *testing.F) {
	for _, s := range []string{"a=1&b=2", "b=2&a=1&b=1", "a=%20+&%2B=%26", "=", "a", "王=李"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		encoded := NewParams(values).Encode()
		if want := values.Encode(); encoded != want {
			t.Fatalf("%q: got %q, want %q", text, encoded, want)
		}
	})
}
