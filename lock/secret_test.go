package lock_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"log"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

// canary is what nothing may print.
const canary = "canary-482913"

type (
	exported   struct{ S lock.Secret }
	unexported struct{ s lock.Secret }
	pointing   struct{ s *lock.Secret }
	holding    struct{ v any }
	deep       struct{ in struct{ list []unexported } }
	embedding  struct{ lock.Secret }
	hidden     struct{ unexported }
	failure    struct{ s lock.Secret }
)

func (f failure) Error() string { return fmt.Sprintf("refused: %v", f) }

// String would recurse through Error; a failure prints its fields.
func (f failure) Format(s fmt.State, verb rune) { fmt.Fprintf(s, fmt.FormatString(s, verb), f.s) }

// positions are the places where a secret may sit.
func positions(s lock.Secret) map[string]any {
	return map[string]any{
		"alone":                           s,
		"behind a pointer":                &s,
		"in an exported field":            exported{s},
		"in an unexported field":          unexported{s},
		"behind a pointer to a struct":    &unexported{s},
		"behind an unexported pointer":    pointing{&s},
		"in a map":                        map[string]lock.Secret{"code": s},
		"in a map of structs":             map[string]unexported{"code": {s}},
		"in a slice":                      []lock.Secret{s},
		"in a slice of structs":           []exported{{s}},
		"in an array":                     [1]unexported{{s}},
		"in an any":                       []any{s},
		"in an unexported any":            holding{s},
		"in an unexported any, a pointer": holding{&s},
		"deep inside":                     deep{in: struct{ list []unexported }{[]unexported{{s}}}},
		"embedded":                        embedding{s},
		"embedded in unexported":          hidden{unexported{s}},
		"in an error":                     failure{s},
		"in a wrapped error":              fmt.Errorf("creating: %w", failure{s}),
		"in a joined error":               errors.Join(failure{s}, errors.New("other")),
		"in a person":                     lock.Person{Name: "Li", Phone: s},
		"in a password":                   lock.Password{Name: "Li", Secret: s, Activation: s, Holder: lock.Person{Phone: s}},
		"in a description":                &lock.PasswordSpec{Name: "Li", Secret: s, By: lock.Person{Phone: s}},
		"in an update":                    lock.PasswordUpdate{Secret: s},
		"in a grant":                      lock.Grant{Holder: lock.Person{Phone: s}},
		"in an event":                     lock.Event{Actor: lock.Person{Phone: s}, Data: holding{s}},
		"in what a vendor sent":           lock.Lock{ID: "l1", Native: lock.NewNative([]byte(`{"code":"`+canary+`"}`), &struct{ Code string }{canary})},
		"in what a vendor sent, unexported": struct{ l lock.Lock }{
			lock.Lock{ID: "l1", Native: lock.NewNative([]byte(`{"code":"`+canary+`"}`), &struct{ Code string }{canary})},
		},
		"in an operation": struct {
			op *lock.Operation[lock.Password]
		}{lock.Done(lock.Password{Secret: s})},
	}
}

// fakeT takes what an assertion has to say.
type fakeT struct{ said strings.Builder }

func (f *fakeT) Errorf(format string, args ...any) { fmt.Fprintf(&f.said, format, args...) }
func (f *fakeT) FailNow()                          {}

// printers are the ways in which people print things. One that refuses returns its refusal.
func printers() map[string]func(v any) string {
	p := map[string]func(v any) string{
		"fmt.Sprint":   func(v any) string { return fmt.Sprint(v) },
		"fmt.Sprintln": func(v any) string { return fmt.Sprintln("value", v) },
		"fmt.Errorf":   func(v any) string { return fmt.Errorf("failed with %v", v).Error() },
		"panic": func(v any) (text string) {
			defer func() { text = fmt.Sprint(recover()) }()
			panic(v)
		},
		"log": func(v any) string {
			var out bytes.Buffer
			log.New(&out, "", 0).Print(v)
			return out.String()
		},
		"slog text": func(v any) string {
			var out bytes.Buffer
			slog.New(slog.NewTextHandler(&out, nil)).Info("value", "v", v, slog.Group("g", "v", v))
			return out.String()
		},
		"slog json": func(v any) string {
			var out bytes.Buffer
			slog.New(slog.NewJSONHandler(&out, nil)).Info("value", "v", v, slog.Group("g", "v", v))
			return out.String()
		},
		"json": func(v any) string {
			text, err := json.Marshal(v)
			return string(text) + fmt.Sprint(err)
		},
		"json indented": func(v any) string {
			text, err := json.MarshalIndent(map[string]any{"v": v}, "", " ")
			return string(text) + fmt.Sprint(err)
		},
		"xml": func(v any) string {
			text, err := xml.Marshal(v)
			return string(text) + fmt.Sprint(err)
		},
		"text/template": func(v any) string {
			var out bytes.Buffer
			err := template.Must(template.New("").Parse("{{.}} {{printf \"%q\" .}}")).Execute(&out, v)
			return out.String() + fmt.Sprint(err)
		},
		"html/template": func(v any) string {
			var out bytes.Buffer
			err := htmltemplate.Must(htmltemplate.New("").Parse("<p>{{.}}</p><script>var v = {{.}}</script>")).Execute(&out, v)
			return out.String() + fmt.Sprint(err)
		},
		"gob": func(v any) string {
			var out bytes.Buffer
			err := gob.NewEncoder(&out).Encode(v)
			return out.String() + fmt.Sprint(err)
		},
		"assert.Equal": func(v any) string {
			t := new(fakeT)
			assert.Equal(t, v, "something else")
			return t.said.String()
		},
		"assert.Equal, other": func(v any) string {
			t := new(fakeT)
			assert.Equal(t, positions(lock.NewSecret(canary)), map[string]any{"v": v})
			return t.said.String()
		},
		"require.Nil": func(v any) string {
			t := new(fakeT)
			require.Nil(t, v, "want %+v gone", v)
			return t.said.String()
		},
		"reflection": func(v any) string {
			var out strings.Builder
			fmt.Fprintf(&out, "a %T\n", v)
			walk(&out, reflect.ValueOf(v), 0)
			return out.String()
		},
	}
	for _, verb := range strings.Fields("%v %+v %#v %s %q %x %X %d %t %o %c %U %e %08.3f %-20s %T") {
		p[verb] = func(v any) string { return fmt.Sprintf(verb, v) }
	}
	return p
}

// walk writes every string and byte slice that reflection reaches, also in unexported fields.
func walk(out *strings.Builder, v reflect.Value, depth int) {
	if depth > 20 || !v.IsValid() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		out.WriteString(v.String() + "\n")
	case reflect.Pointer, reflect.Interface:
		walk(out, v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			walk(out, v.Field(i), depth+1)
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			out.Write(v.Bytes())
		}
		for i := range v.Len() {
			walk(out, v.Index(i), depth+1)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			walk(out, key, depth+1)
			walk(out, v.MapIndex(key), depth+1)
		}
	}
}

func TestNoPrinterShowsASecret(t *testing.T) {
	for position, v := range positions(lock.NewSecret(canary)) {
		for printer, show := range printers() {
			t.Run(position+"/"+printer, func(t *testing.T) {
				text := show(v)
				if text == "" {
					t.Errorf("%s printed nothing; it would show nothing whatever there was", printer)
				}
				for name, form := range map[string]string{
					"in clear": canary, "in hex": fmt.Sprintf("%x", canary), "in upper hex": fmt.Sprintf("%X", canary),
					"as numbers": strings.Trim(fmt.Sprint([]byte(canary)), "[]"),
				} {
					if strings.Contains(text, form) {
						t.Errorf("%s shows a secret %s, %s", printer, position, name)
					}
				}
			})
		}
	}
}

// The printers would show a plain string: so the test above can fail.
func TestThePrintersPrint(t *testing.T) {
	for printer, show := range printers() {
		switch printer {
		case "%T", "%t", "%d", "%o", "%c", "%U", "%e", "%08.3f", "%x", "%X":
			continue // not for strings, or not in clear
		}
		type plain struct{ S string }
		if text := show(plain{canary}); !strings.Contains(text, canary) {
			t.Errorf("%s: got %q, want it to show a plain field", printer, text)
		}
	}
}

func TestSecretMask(t *testing.T) {
	s := lock.NewSecret("482913")
	for verb, want := range map[string]string{
		"%v": "******", "%s": "******", "%d": "******", "%x": "******", "%q": `"******"`, "%#v": `lock.Secret("******")`, "%+v": "******",
	} {
		if got := fmt.Sprintf(verb, s); got != want {
			t.Errorf("%s: got %s, want %s", verb, got, want)
		}
	}
	var zero lock.Secret
	if got := fmt.Sprintf("[%v|%q|%#v]", zero, zero, zero); got != `[|""|lock.Secret("")]` {
		t.Errorf("the zero Secret: got %s, want it to look empty", got)
	}
	if got := s.LogValue().String(); got != "******" {
		t.Errorf("LogValue: got %s, want the mask", got)
	}
	if got, err := s.MarshalText(); string(got) != "******" || err != nil {
		t.Errorf("MarshalText: got %s and error %v, want the mask", got, err)
	}
	if _, err := s.GobEncode(); err == nil {
		t.Errorf("GobEncode: got no error, want a refusal")
	}
}

func TestSecretText(t *testing.T) {
	s := lock.NewSecret("482913")
	if got := s.Reveal(); got != "482913" {
		t.Errorf("Reveal: got another text than was wrapped")
	}
	if s.IsZero() || !lock.NewSecret("").IsZero() || !(lock.Secret{}).IsZero() {
		t.Errorf("IsZero: got it wrong, want true for an empty text only")
	}
	if (lock.Secret{}).Reveal() != "" {
		t.Errorf("Reveal of the zero Secret: got a text, want none")
	}
	for _, c := range []struct {
		name string
		a, b lock.Secret
		want bool
	}{
		{"the same text", s, lock.NewSecret("482913"), true},
		{"another text", s, lock.NewSecret("482914"), false},
		{"a longer text", s, lock.NewSecret("4829130"), false},
		{"nothing and a text", lock.Secret{}, s, false},
		{"nothing twice", lock.Secret{}, lock.NewSecret(""), true},
	} {
		if got := c.a.Equal(c.b); got != c.want {
			t.Errorf("%s: Equal: got %t, want %t", c.name, got, c.want)
		}
	}
}

func TestSecretFromJSON(t *testing.T) {
	for _, c := range []struct {
		name, json string
		want       string
		fails      bool
	}{
		{"a string", `{"S":"482913"}`, "482913", false},
		{"an empty string is no secret", `{"S":""}`, "", false},
		{"null is no secret", `{"S":null}`, "", false},
		{"left out is no secret", `{}`, "", false},
		{"the mask is refused", `{"S":"******"}`, "", true},
		{"a number is refused", `{"S":482913}`, "", true},
		{"an object is refused", `{"S":{"code":482913}}`, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var v exported
			err := json.Unmarshal([]byte(c.json), &v)
			if (err != nil) != c.fails {
				t.Fatalf("got error %v, want one: %t", err, c.fails)
			}
			if err != nil && strings.Contains(err.Error(), "482913") {
				t.Errorf("the error shows what was refused")
			}
			if v.S.Reveal() != c.want {
				t.Errorf("got another text than was written")
			}
		})
	}
	var s lock.Secret
	if err := s.UnmarshalText([]byte("482913")); err != nil || s.Reveal() != "482913" {
		t.Errorf("UnmarshalText: got error %v, want the text", err)
	}
	if err := s.UnmarshalText([]byte("******")); err == nil {
		t.Errorf("UnmarshalText of the mask: got no error, want a refusal")
	}
}
