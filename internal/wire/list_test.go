package wire

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestList(t *testing.T) {
	cases := []struct {
		name, text string
		want       List[int]
	}{
		{"array", `[3,1,2]`, List[int]{3, 1, 2}},
		{"array of text numbers", `["3","1"]`, List[int]{3, 1}},
		{"empty array", `[]`, List[int]{}},
		{"null is empty", `null`, nil},
		{"empty text is empty", `""`, nil},
		{"empty object is empty", `{}`, nil},
		{"object by number", `{"10":1,"9":2,"100":3}`, List[int]{2, 1, 3}},
		{"object by text", `{"b":1,"a":2}`, List[int]{2, 1}},
		{"numbers before text", `{"a":1,"10":2,"":3,"9x":4}`, List[int]{2, 3, 4, 1}},
		{"numbers beyond 64 bits", `{"100000000000000000001":1,"100000000000000000000":2}`, List[int]{2, 1}},
		{"leading zeros do not count", `{"010":1,"9":2}`, List[int]{2, 1}},
		{"equal numbers go by their text", `{"1":1,"01":2}`, List[int]{2, 1}},
		{"object of text numbers", `{"2":"2","1":"1"}`, List[int]{1, 2}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := decoded[List[int]](c.text)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
	for _, text := range []string{`0`, `"4711"`, `" "`, `true`, `{"a":[]}`, `{"a":1,"a":2}`, `{"4711":"4711x"}`, `[{}]`, `[1`, `{"a":1`, `{"a"`} {
		t.Run("refuses "+text, func(t *testing.T) {
			got, err := decoded[List[int]](text)
			require.Error(t, err, "got %v", got)
			assert.NotContains(t, err.Error(), "4711")
		})
	}
	t.Run("lists nest", func(t *testing.T) {
		got, err := decoded[List[List[int]]](`{"2":[1],"1":{"b":3,"a":2}}`)
		require.NoError(t, err)
		assert.Equal(t, List[List[int]]{{2, 3}, {1}}, got)
	})
	t.Run("by its own", func(t *testing.T) {
		var l List[room]
		require.NoError(t, Unmarshal([]byte(`{"r2":{"room_id":"r2"},"r1":{"room_id":"r1"}}`), &l))
		assert.Equal(t, List[room]{{ID: "r1"}, {ID: "r2"}}, l)
	})
}

// FuzzList: a list has as many items as the JSON, and what it becomes reads back as itself.
func FuzzList(f *testing.F) {
	for _, s := range []string{`[]`, `{}`, `null`, `""`, `[1,"2"]`, `{"10":1,"9":2}`, `{"b":1,"a":"2","":3}`, `{"a":1,"a":2}`, `[[]]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var l List[Raw]
		if Unmarshal(data, &l) != nil {
			return
		}
		b, err := Marshal(l)
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		var back List[Raw]
		if err := Unmarshal(b, &back); err != nil || len(back) != len(l) {
			t.Fatalf("%q: %s, %v", data, b, err)
		}
	})
}

func FuzzKeyOrder(f *testing.F) {
	f.Add("10", "9", "a")
	f.Add("01", "1", "001")
	f.Add("", "0", "00")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		keys := []string{a, b, c}
		slices.SortFunc(keys, compareKeys)
		if compareKeys(keys[0], keys[1]) > 0 || compareKeys(keys[1], keys[2]) > 0 || compareKeys(keys[0], keys[2]) > 0 {
			t.Fatalf("no order: %q", keys)
		}
		if (compareKeys(a, b) == 0) != (a == b) {
			t.Fatalf("%q and %q are taken for the same", a, b)
		}
	})
}
