package wire

import (
	"fmt"
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

func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":{"c":[1,"]}"]},"d":"\"","e":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		members, err := Members(nil, data)
		if err != nil {
			return
		}
		for _, m := range members {
			if !m.Value.IsValid() {
				t.Errorf("%q: member %q is %q, which is no JSON", data, m.Name, m.Value)
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
