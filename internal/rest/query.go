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

// encodeQuery returns a copy of v as parameters.
func encodeQuery(v any) (url.Values, error) {
	switch v := v.(type) {
	case nil:
		return url.Values{}, nil
	case url.Values:
		values := make(url.Values, len(v))
		for name, texts := range v {
			values[name] = slices.Clone(texts)
		}
		return values, nil
	}
	values, err := query.Values(v)
	if err != nil {
		return nil, fmt.Errorf("the query cannot be encoded: %w", err)
	}
	addSecrets(values, reflect.ValueOf(v))
	return values, nil
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
