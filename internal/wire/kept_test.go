package wire

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

type keptItem struct {
	Kept `json:"-"`
	ID   int      `json:"id"`
	Tags []string `json:"tags"`
}

func TestListItemsKeepTheirBytes(t *testing.T) {
	const a, b = `{"id":1,"tags":["x", "y]}"],"more":{"z":[1]}}`, `{ "id" : "2" }`
	for _, tc := range []struct{ name, data string }{
		{"array", `{"items":[` + a + " ,\n\t" + b + ` ]}`},
		{"array without white space", `{"items":[` + a + `,` + b + `]}`},
		{"object by id", `{"items":{"1":` + a + `, "2" : ` + b + `}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var v struct {
				Items List[keptItem] `json:"items"`
			}
			if err := Unmarshal([]byte(tc.data), &v); err != nil {
				t.Fatal(err)
			}
			if len(v.Items) != 2 {
				t.Fatalf("got %d items, want 2", len(v.Items))
			}
			for i, want := range []string{a, b} {
				if got := string(v.Items[i].Raw()); got != want {
					t.Errorf("item %d kept %q, want %q", i, got, want)
				}
				if v.Items[i].ID != i+1 {
					t.Errorf("item %d has id %d", i, v.Items[i].ID)
				}
			}
		})
	}
}

func TestKeptHidesItsBytes(t *testing.T) {
	k := keptItem{ID: 1}
	k.KeepRaw([]byte(`{"password":"482915"}`))
	for _, v := range []any{k, &k, []keptItem{k}, map[string]*keptItem{"a": &k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "482915") || strings.Contains(text, "343832393135") {
				t.Errorf("%s of %T shows the bytes: %s", verb, v, text)
			}
		}
	}
}

func TestMembers(t *testing.T) {
	const data = " { \"a\" : 1 , \"b\":\"x\\\"},\\u4e2d\" ,\"c\":{\"d\":[1,{}] , \"e\":null},\n\"\\u0066\":[ ] ,\"g\":true,\"h\":-1.5e3}\n"
	got, err := Members(nil, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ name, value string }{
		{"a", "1"}, {"b", `"x\"},\u4e2d"`}, {"c", `{"d":[1,{}] , "e":null}`}, {"f", "[ ]"}, {"g", "true"}, {"h", "-1.5e3"},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d members, want %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].Name != w.name || string(got[i].Value) != w.value {
			t.Errorf("member %d is %s %s, want %s %s", i, got[i].Name, got[i].Value, w.name, w.value)
		}
	}
	if none, err := Members(nil, []byte(" {} ")); err != nil || len(none) != 0 {
		t.Errorf("empty object: got %v and %v", none, err)
	}
	for _, bad := range []string{``, ` `, `[]`, `"a"`, `1`, `null`, `{"a":1`, `{"a":1}{}`, `{"a":1,"a":2}`, `{"a":{"b":1,"b":2}}`, `{a:1}`, "{\"a\":\"\xff\"}"} {
		if m, err := Members(nil, []byte(bad)); err == nil {
			t.Errorf("%q: got %v, want an error", bad, m)
		}
	}
}

func TestPairsSayWhatIsPlain(t *testing.T) {
	for _, c := range []struct {
		name, value string
		plain       bool
	}{
		{"text", `"front door, 3.50"`, true},
		{"text beyond ASCII", `"大门"`, true},
		{"empty text", `""`, true},
		{"text with an escape", `"a\/b"`, false},
		{"text with an escaped quotation mark", `"a\"b"`, false},
		{"null", `null`, true},
		{"booleans", `[true,false]`, true},
		{"zero", `0`, true},
		{"the longest exact number", `999999999999999`, true},
		{"a longer number", `1000000000000000`, false},
		{"negative number", `-1`, false},
		{"minus zero", `[-0]`, false},
		{"fraction", `{"a":1.50}`, false},
		{"exponent", `{"a":1e2}`, false},
		{"negative exponent", `[1E-7]`, false},
		{"empty object", `{}`, true},
		{"empty array", `[]`, true},
		{"object", `{"source_name":"Li Na {[,:","eventid":1,"of":[1,{"a":null}]}`, true},
		{"escape in a name", `{"\u0061":1}`, false},
		{"escape deep inside", `[[{"a":["\u4e2d"]}],1]`, false},
		{"white space", `{"a": 1}`, false},
		{"white space before the end", "[1\n]", false},
		{"plain after what is not", `[1.5,2]`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, data := range []string{`{"a":` + c.value + `,"b":1}`, `{"b":1,"a":` + c.value + `}`, "{ \"a\" :\t" + c.value + "\r\n}"} {
				pairs, err := Pairs(nil, []byte(data))
				if err != nil {
					t.Fatal(err)
				}
				i := slices.IndexFunc(pairs, func(p Pair) bool { return string(p.Name) == "a" })
				if got := pairs[i]; string(got.Value) != c.value || got.Plain != c.plain {
					t.Errorf("%s: got %s, plain %t, want %s, plain %t", data, got.Value, got.Plain, c.value, c.plain)
				}
			}
		})
	}
}

func TestPairsAreAppended(t *testing.T) {
	first := Pair{Name: []byte("first")}
	got, err := Pairs([]Pair{first}, []byte(`{"\u0061":1}`))
	if err != nil || len(got) != 2 || string(got[0].Name) != "first" || string(got[1].Name) != "a" {
		t.Errorf("got %v and %v, want first and a", got, err)
	}
	if got, err = Pairs([]Pair{first}, []byte(`{"a":1,"\u0061":1}`)); err == nil || len(got) != 1 {
		t.Errorf("a name that stands twice: got %v and %v, want first and an error", got, err)
	}
	members, err := Members([]Member{{Name: "first"}}, []byte(`{"a":1,"":2,"`+strings.Repeat("n", 300)+`":3}`))
	if err != nil || len(members) != 4 || members[0].Name != "first" || members[1].Name != "a" || members[2].Name != "" || len(members[3].Name) != 300 {
		t.Errorf("got %q and %v, want first, a, an empty name and a long one", members, err)
	}
}

// FuzzMembers: what Members cuts is JSON, Pairs cuts the same, and what is called plain has one way
// only of being written.
func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":{"c":[1,"]}"]},"d":"\"","e":null}`))
	f.Add([]byte(`{"a":{"b":"中","c":123456789012345,"d":[true,false,0]},"e":{"f":1.50},"g":[-0,1e2],"h": "\u4e2d"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		members, err := Members(nil, data)
		pairs, errPairs := Pairs(nil, data)
		if (err == nil) != (errPairs == nil) || len(members) != len(pairs) {
			t.Fatalf("%q: %d members and %v, but %d pairs and %v", data, len(members), err, len(pairs), errPairs)
		}
		for i, m := range members {
			p := pairs[i]
			if !m.Value.IsValid() {
				t.Errorf("%q: member %q is %q, which is no JSON", data, m.Name, m.Value)
			}
			if string(p.Name) != m.Name || string(p.Value) != string(m.Value) {
				t.Errorf("%q: member %q is %q, but pair %q is %q", data, m.Name, m.Value, p.Name, p.Value)
			}
			if !p.Plain {
				continue
			}
			for _, rewrite := range []func([]byte, Raw) ([]byte, error){AppendCompact, AppendMinimal} {
				if got, err := rewrite(nil, p.Value); err != nil || string(got) != string(p.Value) {
					t.Errorf("%q: %q is called plain, but can be written as %q, %v", data, p.Value, got, err)
				}
			}
			if p.Value.Kind() == '"' {
				if got, err := Text(p.Value); err != nil || got != string(p.Value[1:len(p.Value)-1]) {
					t.Errorf("%q: %q is called plain, but its text is %q, %v", data, p.Value, got, err)
				}
			}
		}
	})
}

func TestReformatting(t *testing.T) {
	const in = `{ "b" : "\u5bc6\u7801 \/ <&>", "a" : [ 1.50, 1e2, null , true ] }`
	compact, err := AppendCompact([]byte("x="), Raw(in))
	if want := `x={"b":"\u5bc6\u7801 \/ <&>","a":[1.50,1e2,null,true]}`; err != nil || string(compact) != want {
		t.Errorf("compact: got %s and %v, want %s", compact, err, want)
	}
	minimal, err := AppendMinimal(nil, Raw(in))
	if want := `{"b":"密码 / <&>","a":[1.5,100,null,true]}`; err != nil || string(minimal) != want {
		t.Errorf("minimal: got %s and %v, want %s", minimal, err, want)
	}
}
