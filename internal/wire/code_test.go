package wire

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCode(t *testing.T) {
	set := map[string]int64{
		`0`: 0, `"0"`: 0, `-0`: 0, `1`: 1, `"15006"`: 15006, `-1`: -1, `"-1"`: -1, `"\u0031"`: 1,
		`9223372036854775807`: 9223372036854775807, `"-9223372036854775808"`: -9223372036854775808,
	}
	for text, want := range set {
		c, err := decoded[Code](text)
		require.NoError(t, err, text)
		n, ok := c.Value()
		assert.True(t, ok && n == want, "%s gave %v", text, c)
	}
	for _, text := range []string{
		`null`, `""`, `" "`, `"a"`, `"1a"`, `1.0`, `"1.0"`, `1e2`, `"1e2"`, `true`, `false`, `{}`, `[]`, `[0]`, `{"n":0}`,
		`"-"`, `"+1"`, `"01"`, `"1_0"`, `"0x1"`, `"0b1"`, `9223372036854775808`, `"99999999999999999999"`,
	} {
		c, err := decoded[Code](text)
		require.NoError(t, err, text)
		_, ok := c.Value()
		assert.False(t, ok, "%s gave %v", text, c)
		assert.Equal(t, "none", c.String())
	}
	c, err := decoded[Code](`15006`)
	require.NoError(t, err)
	assert.Equal(t, "15006", c.String())
	assert.Equal(t, Code{n: 15006, set: true}, c, "codes compare with ==")
}

// FuzzCode: a code is set exactly when the text is a 64-bit integer, bare or quoted.
func FuzzCode(f *testing.F) {
	for _, s := range []string{`0`, `"0"`, `-0`, `""`, `null`, `1.5`, `"01"`, `[]`, `true`, `9223372036854775808`, ` 1 `, `"-"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v struct {
			Code Code
			Text string
		}
		var raw Raw
		if Unmarshal(data, &raw) != nil {
			return
		}
		body := append(append([]byte(`{"Code":`), data...), '}')
		if err := Unmarshal(body, &v); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		n, ok := v.Code.Value()
		text := string(raw)
		if raw.Kind() == '"' {
			text = string(unquote(raw))
		}
		want, isInt := new(big.Int).SetString(text, 10)
		if ok && (!isInt || want.Int64() != n || !want.IsInt64()) {
			t.Fatalf("%q: code %d", data, n)
		}
		if !ok && isInt && want.IsInt64() && (want.String() == text || text == "-0") {
			t.Fatalf("%q: not set", data)
		}
		b, err := Marshal(v.Code)
		if err != nil || ok && string(b) != want.String() || !ok && string(b) != "null" {
			t.Fatalf("%q: marshalled as %s, %v", data, b, err)
		}
	})
}
