package sim

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type fields map[string]any

func rules() Rules[fields] {
	return Rules[fields]{
		Known:   []string{"lang"},
		Missing: func(name string) error { return fmt.Errorf("%s is missing", name) },
		Unknown: func(name string) error { return fmt.Errorf("%s is unknown", name) },
		Wrong:   func(name, words string) error { return fmt.Errorf("%s is not %s", name, words) },
	}
}

func table() []Param {
	text, positive := Text("a text"), func(n int64) bool { return n > 0 }
	size := Rows(Param{Kind: Whole("a size", positive), Required: true}, "width", "height")
	return append(Rows(Param{Kind: text}, "note", "remark"),
		Param{Name: "name", Kind: text, Required: true},
		Param{Name: "word", Kind: text, Required: true, Blank: true},
		Param{Name: "count", Kind: Whole("a number", nil)},
		Param{Name: "size", Kind: Whole("a size", positive)},
		Param{Name: "stamp", Kind: Quotable("a stamp", positive)},
		Param{Name: "on", Kind: Truth("a truth")},
		Param{Name: "tags", Kind: Texts("texts")},
		Param{Name: "any", Kind: JSON("anything", func(raw json.RawMessage) (any, bool) { return Decode[any](raw) })},
		Param{Name: "box", Kind: Object("a box"), Inner: size},
		Param{Name: "boxes", Kind: Objects("boxes"), Inner: size},
	)
}

func with(member string) string { return `{"name":"n","word":"",` + member + `}` }

func TestObject(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       fields // name and word besides
	}{
		{"what is required is enough", with(`"lang":"zh"`), fields{}},
		{"what is not required may be empty", with(`"note":""`), fields{"note": ""}},
		{"a number is whole", with(`"count":-9223372036854775808`), fields{"count": int64(-1 << 63)}},
		{"a number fits", with(`"size":1`), fields{"size": int64(1)}},
		{"a quotable number is bare", with(`"stamp":7`), fields{"stamp": int64(7)}},
		{"a quotable number is quoted", with(`"stamp":"7"`), fields{"stamp": int64(7)}},
		{"false is given", with(`"on":false`), fields{"on": false}},
		{"no texts are given", with(`"tags":[]`), fields{"tags": []string{}}},
		{"texts keep their order", with(`"tags":["b","a"]`), fields{"tags": []string{"b", "a"}}},
		{"the simulator reads it its own way", with(`"any":{"a":[1]}`), fields{"any": map[string]any{"a": []any{1.0}}}},
		{"an object has parameters inside", with(`"box":{"width":1,"height":2,"lang":"zh"}`), fields{"box": fields{"width": int64(1), "height": int64(2)}}},
		{"a list has as many", with(`"boxes":[{"width":1,"height":2},{"height":4,"width":3}]`),
			fields{"boxes": []fields{{"width": int64(1), "height": int64(2)}, {"width": int64(3), "height": int64(4)}}}},
		{"a list may be empty", with(`"boxes":[]`), fields{"boxes": []fields{}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var in Values
			require.NoError(t, json.Unmarshal([]byte(tt.body), &in))
			got, err := rules().Object(table(), in)
			require.NoError(t, err)
			tt.want["name"], tt.want["word"] = "n", ""
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestObjectRefuses(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"what is missing", `{"word":""}`, "name is missing"},
		{"what is empty", `{"name":"","word":""}`, "name is missing"},
		{"what may be empty and is missing", `{"name":"n"}`, "word is missing"},
		{"what is unknown, the first by name", with(`"zeal":1,"colour":2`), "colour is unknown"},
		{"a number for a text", with(`"note":1`), "note is not a text"},
		{"null", with(`"note":null`), "note is not a text"},
		{"a fraction", with(`"count":1.5`), "count is not a number"},
		{"a number too large", with(`"count":9223372036854775808`), "count is not a number"},
		{"a number in quotes", with(`"count":"1"`), "count is not a number"},
		{"a number that does not fit", with(`"size":0`), "size is not a size"},
		{"a quoted number that does not fit", with(`"stamp":"0"`), "stamp is not a stamp"},
		{"a quotable number that is none", with(`"stamp":"soon"`), "stamp is not a stamp"},
		{"a text for a truth", with(`"on":"true"`), "on is not a truth"},
		{"a text for texts", with(`"tags":"a"`), "tags is not texts"},
		{"a list for an object", with(`"box":[]`), "box is not a box"},
		{"an object for a list", with(`"boxes":{}`), "boxes is not boxes"},
		{"what is missing inside", with(`"box":{"width":1}`), "height is missing"},
		{"what is unknown inside", with(`"boxes":[{"width":1,"height":2},{"width":1,"height":2,"depth":3}]`), "depth is unknown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var in Values
			require.NoError(t, json.Unmarshal([]byte(tt.body), &in))
			got, err := rules().Object(table(), in)
			assert.EqualError(t, err, tt.want)
			assert.Nil(t, got)
		})
	}
}

func TestRulesDiffer(t *testing.T) {
	object := func(r Rules[fields], body string) (fields, error) {
		var in Values
		require.NoError(t, json.Unmarshal([]byte(body), &in))
		return r.Object(table(), in)
	}
	t.Run("null is like nothing", func(t *testing.T) {
		r := rules()
		r.NullIsAbsent = true
		got, err := object(r, with(`"note":null,"box":null`))
		require.NoError(t, err)
		assert.Equal(t, fields{"name": "n", "word": ""}, got)
		_, err = object(r, `{"name":null,"word":""}`)
		assert.EqualError(t, err, "name is missing")
	})
	t.Run("others are let through, and not passed on", func(t *testing.T) {
		r := rules()
		r.Others = true
		got, err := object(r, with(`"colour":1,"box":{"width":1,"height":2,"depth":3}`))
		require.NoError(t, err)
		assert.Equal(t, fields{"name": "n", "word": "", "box": fields{"width": int64(1), "height": int64(2)}}, got)
	})
}

func TestQuery(t *testing.T) {
	once := rules()
	once.Twice = func(name string) error { return fmt.Errorf("%s is given twice", name) }
	for _, tt := range []struct {
		name  string
		rules Rules[fields]
		query string
		want  any // fields besides name and word, or the text of the refusal
	}{
		{"values have their types", rules(), "note=5&count=5&stamp=5&on=false", fields{"note": "5", "count": int64(5), "stamp": int64(5), "on": false}},
		{"the first of a repeated name counts", rules(), "count=5&count=6", fields{"count": int64(5)}},
		{"a repeated name is refused", once, "count=5&count=6", "count is given twice"},
		{"what is empty is no number", rules(), "count=", "count is not a number"},
		{"what does not fit is refused", rules(), "size=0", "size is not a size"},
		{"what is no truth is refused", rules(), "on=1", "on is not a truth"},
		{"what is missing is refused", rules(), "name=", "name is missing"},
		{"what is unknown is refused", rules(), "colour=1", "colour is unknown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in, err := url.ParseQuery(tt.query)
			require.NoError(t, err)
			for name, value := range map[string]string{"name": "n", "word": ""} {
				if !in.Has(name) {
					in.Set(name, value)
				}
			}
			got, err := tt.rules.Query(table(), in)
			if want, ok := tt.want.(fields); ok {
				require.NoError(t, err)
				want["name"], want["word"] = "n", ""
				assert.Equal(t, want, got)
				return
			}
			assert.EqualError(t, err, tt.want.(string))
		})
	}
	t.Run("a list has no place in it", func(t *testing.T) {
		assert.PanicsWithValue(t, "sim: tags cannot stand in a query", func() {
			_, _ = rules().Query(table(), url.Values{"name": {"n"}, "word": {""}, "tags": {"a"}})
		})
	})
}

func TestZeroOr(t *testing.T) {
	assert.Equal(t, "a", ZeroOr[string]("a"))
	assert.Empty(t, ZeroOr[string](1))
	assert.Nil(t, ZeroOr[[]string](nil))
}

func TestLists(t *testing.T) {
	even := func(n int) bool { return n%2 == 0 }
	assert.Equal(t, []int{4, 2}, Keep([]int{4, 3, 2}, even))
	assert.Equal(t, []int{}, Keep(nil, even), "not nil")
	wire := func(n int) string { return fmt.Sprint(n) }
	assert.Equal(t, []string{"4", "3"}, Each([]int{4, 3}, wire))
	assert.Equal(t, []string{}, Each(nil, wire), "not nil")
}
