package rest

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/google/go-querystring/query"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Params are the parameters of an attempt, sorted by name: the URL has them so, and so do the
// signatures that are made over them. A name may occur more than once.
type Params []Param

// Param is one parameter, as it is before it is escaped.
type Param struct{ Name, Value string }

// NewParams returns values as Params.
func NewParams(values url.Values) Params {
	p := make(Params, 0, len(values)+4) // with room for what Sign adds
	for name, texts := range values {
		for _, text := range texts {
			p = append(p, Param{name, text})
		}
	}
	slices.SortStableFunc(p, Param.compare)
	return p
}

func (a Param) compare(b Param) int { return strings.Compare(a.Name, b.Name) }

// Set gives name this value and no other.
func (p *Params) Set(name, value string) {
	at, _ := slices.BinarySearchFunc(*p, Param{Name: name}, Param.compare)
	end := at
	for end < len(*p) && (*p)[end].Name == name {
		end++
	}
	*p = slices.Replace(*p, at, end, Param{name, value})
}

// Encode returns the parameters as a form has them: escaped, a space as "+".
func (p Params) Encode() string {
	size := 0
	for _, param := range p {
		size += len(param.Name) + len(param.Value) + len("=&")
	}
	var b strings.Builder
	b.Grow(size) // enough where nothing is escaped
	for i, param := range p {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(param.Name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(param.Value))
	}
	return b.String()
}

// encodeQuery returns v as parameters.
func (p *plans) encodeQuery(v any) (Params, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case url.Values:
		return NewParams(v), nil
	}
	if params, ok := p.params(v); ok {
		return params, nil
	}
	values, err := query.Values(v)
	if err != nil {
		return nil, fmt.Errorf("the query cannot be encoded: %w", err)
	}
	addSecrets(values, reflect.ValueOf(v))
	return NewParams(values), nil
}

var secretType = reflect.TypeFor[lock.Secret]()

// addSecrets adds the secrets of a query struct and of those embedded in it, which go-querystring
// would leave out without a word.
func addSecrets(values url.Values, v reflect.Value) {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		field := v.Field(i)
		if field.Kind() != reflect.Struct && field.Kind() != reflect.Pointer {
			continue
		}
		sf := v.Type().Field(i)
		name, options, _ := strings.Cut(sf.Tag.Get("url"), ",")
		if name == "-" {
			continue
		}
		if field.Type() != secretType {
			if sf.Anonymous && name == "" {
				addSecrets(values, field)
			}
			continue
		}
		if !sf.IsExported() {
			continue
		}
		if name == "" {
			name = sf.Name
		}
		s := field.Interface().(lock.Secret)
		if s.IsZero() && slices.Contains(strings.Split(options, ","), "omitempty") {
			continue
		}
		values.Add(name, s.Reveal())
	}
}

// address is the URL of an attempt. A space is %20: every server reads that, and some signatures
// are made over it.
func address(base string, a *Attempt) string {
	if len(a.Query) == 0 {
		return base + a.Path
	}
	return base + a.Path + "?" + strings.ReplaceAll(a.Query.Encode(), "+", "%20")
}
