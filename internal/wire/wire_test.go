package wire

import (
	stdjson "encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/lock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// reply is an envelope as a vendor package would declare it.
type reply[T any] struct {
	ErrNo   Code   `json:"ErrNo"`
	ErrMsg  string `json:"ErrMsg"`
	Payload T      `json:",embed,inline"`
}

type room struct {
	ID   lock.RoomID `json:"room_id"`
	Name string      `json:"room_name"`
}

// R10: nothing but the vendor's own reply may look like success.
func TestGarbageIsNeverSuccess(t *testing.T) {
	gbk := "{\"ErrNo\":0,\"ErrMsg\":\"\xc4\xe3\xba\xc3\"}"
	cases := []struct{ name, body string }{
		{"empty body", ``},
		{"only white space", " \r\n\t"},
		{"only NUL bytes", "\x00\x00"},
		{"HTML page", `<html><body>502 Bad Gateway</body></html>`},
		{"HTML with doctype", `<!DOCTYPE html><html></html>`},
		{"XML", `<?xml version="1.0"?><ErrNo>0</ErrNo>`},
		{"plain text", `OK`},
		{"plain success word", `success`},
		{"form encoding", `ErrNo=0&ErrMsg=`},
		{"JSONP", `callback({"ErrNo":0})`},
		{"JavaScript object", `{ErrNo:0}`},
		{"single quotes", `{'ErrNo':0}`},
		{"comment", `{"ErrNo":0/* ok */}`},
		{"trailing comma", `{"ErrNo":0,}`},
		{"empty object", `{}`},
		{"null", `null`},
		{"true", `true`},
		{"zero", `0`},
		{"string", `"ErrNo"`},
		{"string holding a reply", `"{\"ErrNo\":0}"`},
		{"empty array", `[]`},
		{"reply in an array", `[{"ErrNo":0}]`},
		{"truncated after brace", `{`},
		{"truncated in name", `{"ErrN`},
		{"truncated after colon", `{"ErrNo":`},
		{"truncated after value", `{"ErrNo":0`},
		{"truncated in payload", `{"ErrNo":0,"room_id":"r1","room_na`},
		{"trailing bytes", `{"ErrNo":0}x`},
		{"trailing brace", `{"ErrNo":0}}`},
		{"two replies", `{"ErrNo":0}{"ErrNo":0}`},
		{"two replies on two lines", "{\"ErrNo\":0}\n{\"ErrNo\":1}"},
		{"trailing NUL", "{\"ErrNo\":0}\x00"},
		{"byte order mark", "\xef\xbb\xbf{\"ErrNo\":0}"},
		{"UTF-16", "\xff\xfe{\x00}\x00"},
		{"GBK in a member we read", gbk},
		{"GBK in a member we skip", "{\"ErrNo\":0,\"tip\":\"\xc4\xe3\"}"},
		{"GBK in a skipped name", "{\"ErrNo\":0,\"\xc4\xe3\":1}"},
		{"code missing", `{"ErrMsg":"","room_id":"r1"}`},
		{"code null", `{"ErrNo":null}`},
		{"code empty text", `{"ErrNo":""}`},
		{"code blank text", `{"ErrNo":" "}`},
		{"code a word", `{"ErrNo":"ok"}`},
		{"code a padded zero", `{"ErrNo":" 0"}`},
		{"code in full-width digits", `{"ErrNo":"０"}`},
		{"code plus zero", `{"ErrNo":"+0"}`},
		{"code several zeros", `{"ErrNo":"000"}`},
		{"code hexadecimal", `{"ErrNo":"0x0"}`},
		{"code a float", `{"ErrNo":0.0}`},
		{"code a float in text", `{"ErrNo":"0.0"}`},
		{"code with an exponent", `{"ErrNo":0e0}`},
		{"code false", `{"ErrNo":false}`},
		{"code true", `{"ErrNo":true}`},
		{"code an object", `{"ErrNo":{}}`},
		{"code an array", `{"ErrNo":[0]}`},
		{"code beyond 64 bits", `{"ErrNo":18446744073709551616}`},
		{"code twice", `{"ErrNo":1,"ErrNo":0}`},
		{"code twice, once escaped", `{"ErrNo":1,"\u0045rrNo":0}`},
		{"code in other case only", `{"errno":0}`},
		{"code in upper case only", `{"ERRNO":0}`},
		{"code with white space in its name", `{"ErrNo ":0}`},
		{"code one level down", `{"data":{"ErrNo":0}}`},
		{"skipped name twice", `{"ErrNo":0,"x":1,"x":2}`},
		{"skipped object with a name twice", `{"ErrNo":0,"x":{"y":1,"y":2}}`},
		{"lone surrogate", `{"ErrNo":0,"ErrMsg":"\ud800"}`},
		{"raw control character", "{\"ErrNo\":0,\"ErrMsg\":\"a\nb\"}"},
		{"payload of another type", `{"ErrNo":0,"room_id":{"id":"r1"}}`},
	}
	require.GreaterOrEqual(t, len(cases), 40)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var r reply[*room]
			if err := Unmarshal([]byte(c.body), &r); err != nil {
				assert.Equal(t, reply[*room]{}, r, "after an error the target is zero")
				return
			}
			n, ok := r.ErrNo.Value()
			assert.False(t, ok && n == 0, "read as success: %q", c.body)
		})
	}
}

func TestTheCodeOfOtherCaseDoesNotCount(t *testing.T) {
	for _, body := range []string{`{"ErrNo":1,"ERRNO":0}`, `{"ERRNO":0,"ErrNo":1}`, `{"errNo":0,"ErrNo":1}`, `{"Err_No":0,"ErrNo":1}`} {
		var r reply[*room]
		require.NoError(t, Unmarshal([]byte(body), &r), body)
		n, ok := r.ErrNo.Value()
		assert.True(t, ok && n == 1, "%s gave %v", body, r.ErrNo)
	}
}

func TestZeroAndTextZeroAreTheSameCode(t *testing.T) {
	var number, text reply[*room]
	require.NoError(t, Unmarshal([]byte(`{"ErrNo":0,"room_id":"r1"}`), &number))
	require.NoError(t, Unmarshal([]byte(`{"ErrNo":"0","room_id":"r1"}`), &text))
	assert.Equal(t, number, text)
	n, ok := text.ErrNo.Value()
	assert.True(t, ok && n == 0)
}

func TestEmbeddedPayload(t *testing.T) {
	t.Run("a pointer is filled", func(t *testing.T) {
		var r reply[*room]
		require.NoError(t, Unmarshal([]byte(`{"room_name":"201","ErrNo":0,"room_id":"r1"}`), &r))
		assert.Equal(t, &room{ID: "r1", Name: "201"}, r.Payload)
	})
	t.Run("a pointer is nil without payload members", func(t *testing.T) {
		var r reply[*room]
		require.NoError(t, Unmarshal([]byte(`{"ErrNo":0,"other":1}`), &r))
		assert.Nil(t, r.Payload)
	})
	t.Run("a struct is filled", func(t *testing.T) {
		var r reply[room]
		require.NoError(t, Unmarshal([]byte(`{"ErrNo":0,"room_id":"r1"}`), &r))
		assert.Equal(t, room{ID: "r1"}, r.Payload)
	})
	t.Run("an empty struct is a payload", func(t *testing.T) {
		var r reply[struct{}]
		require.NoError(t, Unmarshal([]byte(`{"ErrNo":0,"room_id":"r1"}`), &r))
		assert.Equal(t, "0", r.ErrNo.String())
	})
	t.Run("tolerance reaches the payload", func(t *testing.T) {
		var r reply[*room]
		require.NoError(t, Unmarshal([]byte(`{"ErrNo":0,"room_id":17}`), &r))
		assert.Equal(t, lock.RoomID("17"), r.Payload.ID)
	})
	t.Run("the envelope's member wins over the payload's", func(t *testing.T) {
		type shadowed struct {
			ErrMsg string `json:"ErrMsg"`
			ID     string `json:"id"`
		}
		var r reply[*shadowed]
		require.NoError(t, Unmarshal([]byte(`{"ErrNo":0,"ErrMsg":"m","id":"x"}`), &r))
		assert.Equal(t, "m", r.ErrMsg)
		assert.Equal(t, &shadowed{ID: "x"}, r.Payload)
	})
	t.Run("a list is a mistake, and said so", func(t *testing.T) {
		var r reply[[]room]
		assert.ErrorContains(t, Unmarshal([]byte(`{"ErrNo":0}`), &r), "Go struct field Payload")
	})
	t.Run("Marshal hoists the members too", func(t *testing.T) {
		b, err := Marshal(reply[*room]{Payload: &room{ID: "r1", Name: "201"}})
		require.NoError(t, err)
		assert.Equal(t, `{"ErrNo":null,"ErrMsg":"","room_id":"r1","room_name":"201"}`, string(b))
	})
}

func TestUnmarshalOverwrites(t *testing.T) {
	v := struct {
		A, B int
		M    map[string]int
	}{1, 2, map[string]int{"old": 1}}
	require.NoError(t, Unmarshal([]byte(`{"A":8,"M":{"new":2}}`), &v))
	assert.Equal(t, 8, v.A)
	assert.Zero(t, v.B, "left over from before")
	assert.Equal(t, map[string]int{"new": 2}, v.M)

	require.NoError(t, Unmarshal([]byte(`{"B":1,"A":"9"}`), &v), "second pass")
	assert.Equal(t, 9, v.A)
	assert.Nil(t, v.M)

	require.Error(t, Unmarshal([]byte(`{"B":1,"A":[]}`), &v))
	assert.Zero(t, v.A+v.B)
}

func TestUnmarshalNeedsAPointer(t *testing.T) {
	assert.Error(t, Unmarshal([]byte(`{}`), room{}))
	assert.Error(t, Unmarshal([]byte(`{}`), nil))
	assert.Error(t, Unmarshal([]byte(`{}`), (*room)(nil)))
}

// R11: no digit of a 64-bit id is lost, whichever way it is written.
func TestIDsAreExact(t *testing.T) {
	type ids struct {
		N    int64   `json:"n"`
		U    uint64  `json:"u"`
		S    string  `json:"s"`
		Any  any     `json:"any"`
		Raw  Raw     `json:"raw"`
		List []int64 `json:"list"`
	}
	for _, n := range []string{"9007199254740993", "9223372036854775807", "-9223372036854775808", "0", "-1"} {
		u := strings.TrimPrefix(n, "-")
		for name, body := range map[string]string{
			"numbers": `{"n":` + n + `,"u":` + u + `,"s":"` + n + `","any":` + n + `,"raw":` + n + `,"list":[` + n + `]}`,
			"text":    `{"n":"` + n + `","u":"` + u + `","s":` + n + `,"any":` + n + `,"raw":` + n + `,"list":["` + n + `"]}`,
		} {
			var v ids
			require.NoError(t, Unmarshal([]byte(body), &v), "%s as %s", n, name)
			b, err := Marshal(v)
			require.NoError(t, err)
			assert.Equal(t, `{"n":`+n+`,"u":`+u+`,"s":"`+n+`","any":`+n+`,"raw":`+n+`,"list":[`+n+`]}`, string(b), name)
		}
	}
	var u struct{ U uint64 }
	require.NoError(t, Unmarshal([]byte(`{"U":"18446744073709551615"}`), &u))
	assert.Equal(t, uint64(math.MaxUint64), u.U)

	var m map[string]any
	require.NoError(t, Unmarshal([]byte(`{"a":{"id":9007199254740993},"b":[9007199254740993]}`), &m))
	b, err := Marshal(m)
	require.NoError(t, err)
	assert.Equal(t, `{"a":{"id":9007199254740993},"b":[9007199254740993]}`, string(b))
	assert.Equal(t, stdjson.Number("9007199254740993"), m["a"].(map[string]any)["id"])
}

func TestMarshal(t *testing.T) {
	at := time.Date(2024, 1, 2, 3, 4, 5, 678_900_000, time.FixedZone("CST", 8*3600))
	cases := []struct {
		name string
		v    any
		want string
	}{
		{"fields keep their order, map keys are sorted", struct {
			Z int            `json:"z"`
			A map[string]int `json:"a"`
		}{1, map[string]int{"c": 3, "b": 2, "a": 1}}, `{"z":1,"a":{"a":1,"b":2,"c":3}}`},
		{"nothing is escaped for HTML", struct{ S string }{"<a&b> 甲 \u2028"}, "{\"S\":\"<a&b> 甲 \u2028\"}"},
		{"secrets are in clear", struct {
			S lock.Secret  `json:"s"`
			P *lock.Secret `json:"p"`
			A any          `json:"a"`
		}{lock.NewSecret("1\"2"), ptr(lock.NewSecret("x")), map[string]any{"k": lock.NewSecret("y")}}, `{"s":"1\"2","p":"x","a":{"k":"y"}}`},
		{"an unset secret is left out by omitzero", struct {
			S lock.Secret `json:"s,omitzero"`
		}{}, `{}`},
		{"decimals are bare numbers", struct {
			D decimal.Decimal  `json:"d"`
			P *decimal.Decimal `json:"p"`
			O decimal.Decimal  `json:"o,omitzero"`
		}{D: decimal.RequireFromString("1234567890123456789.10")}, `{"d":1234567890123456789.1,"p":null}`},
		{"times are seconds or milliseconds", struct {
			S Sec   `json:"s"`
			M Milli `json:"m"`
		}{Sec{at}, Milli{at}}, `{"s":1704135845,"m":1704135845678}`},
		{"an unset time is 0", struct {
			S Sec   `json:"s"`
			M Milli `json:"m"`
		}{}, `{"s":0,"m":0}`},
		{"an unset time is left out by omitzero", struct {
			S Sec   `json:"s,omitzero"`
			M Milli `json:"m,omitzero"`
		}{}, `{}`},
		{"a list is an array", struct {
			A List[int] `json:"a"`
			B List[int] `json:"b"`
			C List[int] `json:"c,omitzero"`
		}{A: List[int]{2, 1}}, `{"a":[2,1],"b":[]}`},
		{"raw JSON passes through", struct {
			R Raw `json:"r"`
			N Raw `json:"n"`
			O Raw `json:"o,omitzero"`
		}{R: Raw(`{"a":1}`)}, `{"r":{"a":1},"n":null}`},
		{"a json.Number is a number", stdjson.Number("1e400"), `1e400`},
		{"a code is its number", []Code{{}, {n: -3, set: true}}, `[null,-3]`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b, err := Marshal(c.v)
			require.NoError(t, err)
			assert.Equal(t, c.want, string(b))
		})
	}
}

func ptr[T any](v T) *T { return &v }

func TestMarshalRefuses(t *testing.T) {
	cases := []struct {
		name string
		v    any
		want string
	}{
		{"a time without a unit", struct {
			In struct {
				At time.Time `json:"at"`
			} `json:"in"`
		}{}, "wire: a request has no place for time.Time: use wire.Sec or wire.Milli at /in/at"},
		{"text that is not UTF-8", struct {
			S string `json:"s"`
		}{"4711\xff"}, "wire: text that JSON cannot hold, such as invalid UTF-8, at /s"},
		{"a secret that is not UTF-8", struct {
			S lock.Secret `json:"s"`
		}{lock.NewSecret("4711\xff")}, "wire: text that JSON cannot hold, such as invalid UTF-8, at /s"},
		{"bare text that is not UTF-8", "4711\xff", "wire: text that JSON cannot hold, such as invalid UTF-8,"},
		{"a json.Number that is none", []stdjson.Number{"4711x"}, "wire: text that JSON cannot hold, such as invalid UTF-8, at /0"},
		{"a json.Number of text", []stdjson.Number{`"4711"`}, "wire: not a number at /0"},
		{"a channel", map[string]any{"4711": make(chan int)}, "wire: cannot be encoded at /*"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Marshal(c.v)
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
			assert.NotContains(t, err.Error(), "4711")
			_, err = Dump(c.v)
			if c.name != "a time without a unit" {
				assert.Error(t, err)
			}
		})
	}
}

func TestDumpIsReadable(t *testing.T) {
	b, err := Dump(struct {
		At, Unset time.Time
		Secret    lock.Secret
		Code      Code
	}{At: time.Date(2024, 1, 2, 3, 4, 5, 0, time.FixedZone("CST", 8*3600)), Secret: lock.NewSecret("123456")})
	require.NoError(t, err)
	assert.Equal(t, `{
  "At": "2024-01-01T19:04:05Z",
  "Unset": null,
  "Secret": "123456",
  "Code": null
}
`, string(b))
}
