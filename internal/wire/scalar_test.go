package wire

import (
	stdjson "encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

type state int // an enumeration, with a String as the vendors' have

func (state) String() string { return "state" }

// decoded is the value a JSON text becomes in a member of Go type T, through a struct, as replies
// are. The other member forces the second pass when tolerant.
func decoded[T any](text string) (T, error) {
	var v struct {
		X T `json:"x"`
	}
	err := Unmarshal([]byte(`{"x":`+text+`}`), &v)
	return v.X, err
}

func wants[T any](name, text string, want T) func(*testing.T) {
	return func(t *testing.T) {
		t.Run(name+" "+text, func(t *testing.T) {
			got, err := decoded[T](text)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

func refuses[T any](name, text string) func(*testing.T) {
	return func(t *testing.T) {
		t.Run(name+" refuses "+text, func(t *testing.T) {
			got, err := decoded[T](text)
			require.Error(t, err, "got %v", got)
			assert.NotContains(t, err.Error(), "4711", "the error quotes the input")
		})
	}
}

func TestScalars(t *testing.T) {
	for _, check := range []func(*testing.T){
		wants("string", `"a\u0041"`, "aA"),
		wants("string", `null`, ""),
		wants("string", `12`, "12"),
		wants("string", `1.50`, "1.50"),
		wants("string", `12345678901234567890123`, "12345678901234567890123"),
		wants("string", `-1e5`, "-1e5"),
		wants("string", `true`, "true"),
		wants("string", `false`, "false"),
		refuses[string]("string", `{"4711":1}`),
		refuses[string]("string", `["4711"]`),
		wants("named string", `12`, lock.DeviceID("12")),
		wants("pointer to string", `12`, ptr("12")),
		wants("pointer to string", `null`, (*string)(nil)),
		wants("pointer to string", `""`, ptr("")),

		wants("int", `5`, 5),
		wants("int", `null`, 0),
		wants("int", `"5"`, 5),
		wants("int", `"-5"`, -5),
		wants("int", `""`, 0),
		wants("int", `"0012"`, 12),
		wants("int", `"-000"`, 0),
		wants("int", `5.0`, 5),
		wants("int", `"5.000"`, 5),
		wants("int", `1.5e1`, 15),
		wants("int", `150E-1`, 15),
		wants("int", `"1e3"`, 1000),
		refuses[int]("int", `0e4711`),
		wants("named int", `"2"`, state(2)),
		wants("pointer to int", `"5"`, ptr(5)),
		wants("pointer to int", `""`, (*int)(nil)),
		wants("pointer to int", `null`, (*int)(nil)),
		wants("pointer to int", `0`, ptr(0)),
		wants("pointer to named int", `""`, (*state)(nil)),
		wants("pointer to named int", `"3"`, ptr(state(3))),
		refuses[int]("int", `5.5`),
		refuses[int]("int", `"4711.5"`),
		refuses[int]("int", `1.0000000000000000000000000001`),
		refuses[int]("int", `1e-400`),
		refuses[int]("int", `"4711a"`),
		refuses[int]("int", `" 4711"`),
		refuses[int]("int", `"+4711"`),
		refuses[int]("int", `"0x4711"`),
		refuses[int]("int", `"4_711"`),
		refuses[int]("int", `"4711."`),
		refuses[int]("int", `".4711"`),
		refuses[int]("int", `"4711e"`),
		refuses[int]("int", `"-"`),
		refuses[int]("int", `"NaN"`),
		refuses[int]("int", `true`),
		refuses[int]("int", `{"4711":1}`),
		refuses[int]("int", `[4711]`),
		refuses[*int]("pointer to int", `"4711x"`),
		refuses[*int]("pointer to int", `[4711]`),
		wants("int8", `"127"`, int8(127)),
		refuses[int8]("int8", `128`),
		refuses[int8]("int8", `"-129"`),
		wants("int64", `"-9223372036854775808"`, int64(-9223372036854775808)),
		refuses[int64]("int64", `9223372036854775808`),
		refuses[int64]("int64", `1e19`),
		refuses[int64]("int64", `1e999999999999999999999`),
		refuses[int64]("int64", strings.Repeat("9", 500)),
		wants("uint8", `"255"`, uint8(255)),
		refuses[uint8]("uint8", `256`),
		refuses[uint8]("uint8", `"4711x"`),
		refuses[uint8]("uint8", `-1`),
		refuses[uint8]("uint8", `"-1"`),

		wants("float64", `1.5`, 1.5),
		wants("float64", `"1.5"`, 1.5),
		wants("float64", `""`, 0.0),
		wants("float64", `"-1e-3"`, -0.001),
		wants("pointer to float64", `""`, (*float64)(nil)),
		wants("float32", `"0.5"`, float32(0.5)),
		refuses[float64]("float64", `"inf"`),
		refuses[float64]("float64", `"0x1p4711"`),
		refuses[float64]("float64", `"1e399"`),
		refuses[float64]("float64", `1e4711`),
		refuses[float32]("float32", `"1e300"`),
		refuses[float64]("float64", `true`),

		wants("bool", `true`, true),
		wants("bool", `"true"`, true),
		wants("bool", `"false"`, false),
		wants("bool", `1`, true),
		wants("bool", `0`, false),
		wants("bool", `"1"`, true),
		wants("bool", `"0"`, false),
		wants("bool", `null`, false),
		wants("pointer to bool", `"1"`, ptr(true)),
		refuses[bool]("bool", `2`),
		refuses[bool]("bool", `1.0`),
		refuses[bool]("bool", `""`),
		refuses[bool]("bool", `"4711"`),
		refuses[bool]("bool", `"TRUE"`),
		refuses[bool]("bool", `{}`),

		refuses[time.Duration]("a duration, having no unit,", `4711`),
		refuses[time.Duration]("a duration, having no unit,", `"4711"`),
		refuses[*time.Duration]("a pointer to a duration", `"4711"`),

		wants("list of strings", `[1,"2",true]`, []string{"1", "2", "true"}),
		wants("map to int", `{"4711":"1"}`, map[string]int{"4711": 1}),
		wants("map from int", `{"4711":"1"}`, map[int]string{4711: "1"}),
		wants("map from int, second pass", `{"4711":1}`, map[int]string{4711: "1"}),
		refuses[map[int]string]("map from int", `{"4711x":"1"}`),
		wants("any", `[1,"a",null,true,{}]`, any([]any{stdjson.Number("1"), "a", nil, true, map[string]any{}})),
		wants("json.Number", `1.50`, stdjson.Number("1.50")),
		wants("raw", `{"a":[1, 2]}`, Raw(`{"a":[1, 2]}`)),
		refuses[[]string]("list of strings", `"4711"`),
		refuses[[]string]("list of strings", `[["4711"]]`),
		refuses[room]("struct", `"4711"`),
		refuses[room]("struct", `[4711]`),
	} {
		check(t)
	}
}

func TestSecretsAreRead(t *testing.T) {
	for text, want := range map[string]string{
		`"123456"`: "123456", `123456`: "123456", `0012`: "", `""`: "", `null`: "", `"\u0031\"2"`: `1"2`, `12.50`: "12.50", `"******"`: "******",
	} {
		got, err := decoded[lock.Secret](text)
		if text == `0012` {
			assert.Error(t, err, "not JSON")
			continue
		}
		require.NoError(t, err, text)
		assert.Equal(t, want, got.Reveal(), text)
		assert.Equal(t, want == "", got.IsZero(), text)
	}
	for _, text := range []string{`true`, `{"4711":1}`, `["4711"]`} {
		_, err := decoded[lock.Secret](text)
		require.Error(t, err, text)
		assert.NotContains(t, err.Error(), "4711")
	}
}

func TestDecimalsAreExact(t *testing.T) {
	for text, want := range map[string]string{
		`12.50`: "12.5", `"12.50"`: "12.5", `"0012.50"`: "12.5", `""`: "0", `null`: "0", `-0.001`: "-0.001", `"1e3"`: "1000",
		`123456789012345678901234567890.123456789`: "123456789012345678901234567890.123456789",
	} {
		got, err := decoded[decimal.Decimal](text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got.String(), text)
	}
	for _, text := range []string{`"4711kWh"`, `"4,711"`, `"−1"`, `"."`, `true`, `[4711]`, `{"4711":1}`, `1e4711`, `"1e2147483647"`, `-1e-2147483648`, strings.Repeat("4711", 200)} {
		_, err := decoded[decimal.Decimal](text)
		require.Error(t, err, text)
		assert.NotContains(t, err.Error(), "4711")
	}
	for text, want := range map[string]*decimal.Decimal{`""`: nil, `null`: nil, `"1.5"`: ptr(decimal.RequireFromString("1.5")), `0`: ptr(decimal.Decimal{})} {
		got, err := decoded[*decimal.Decimal](text)
		require.NoError(t, err, text)
		if want == nil {
			assert.Nil(t, got, text)
			continue
		}
		require.NotNil(t, got, text)
		assert.True(t, want.Equal(*got), text)
	}
	_, err := decoded[*decimal.Decimal](`"4711x"`)
	require.Error(t, err)
}

func TestTolerancePassesThroughPointersAndMaps(t *testing.T) {
	type inner struct {
		ID lock.DeviceID   `json:"id"`
		At time.Time       `json:"at"`
		By map[string]bool `json:"by"`
	}
	var v struct {
		In   *inner        `json:"in"`
		List List[*inner]  `json:"list"`
		Keys map[int]inner `json:"keys"`
	}
	require.NoError(t, Unmarshal([]byte(`{"in":{"id":1,"at":"60"},"list":{"2":{"id":2},"1":{"id":"1","by":{"x":"1"}}},"keys":{"7":{"id":7}}}`), &v))
	assert.Equal(t, lock.DeviceID("1"), v.In.ID)
	assert.Equal(t, time.Unix(60, 0).UTC(), v.In.At)
	assert.Equal(t, List[*inner]{{ID: "1", By: map[string]bool{"x": true}}, {ID: "2"}}, v.List)
	assert.Equal(t, map[int]inner{7: {ID: "7"}}, v.Keys)
}

// FuzzWholeNumber holds our reading of numbers in text against math/big.
func FuzzWholeNumber(f *testing.F) {
	for _, s := range []string{"", "0", "-0", "12", "0012", "5.0", "5.5", "1.5e1", "150e-1", "1e400", "1e401", "-9223372036854775808", "+1", "1_0", "0x1", ".", "1.", "-.5", "1e+2", "1e--2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parseInt(s, 64)
		n, ok := splitNumber(s)
		if !ok {
			if (err == nil) != (s == "") {
				t.Fatalf("%q: %d, %v, but it is no number", s, got, err)
			}
			return
		}
		want, valid := new(big.Rat).SetString(s)
		if !valid {
			t.Fatalf("%q: split as %+v, but big.Rat refuses it", s, n)
		}
		exact := want.IsInt() && want.Num().IsInt64()
		if (err == nil) != exact || exact && want.Num().Int64() != got {
			t.Fatalf("%q: got %d, %v; want %v", s, got, err, want)
		}
	})
}
