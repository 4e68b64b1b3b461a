package yeeuutest

import (
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// params are the parameters of a request by name. All of them are texts.
type params map[string]string

// received reads the parameters: of a GET from the query, of a POST from a form in the body.
func received(r *http.Request) (params, error) {
	values := r.URL.Query()
	if r.Method != http.MethodGet {
		if len(values) > 0 {
			return nil, refuse("参数错误: the parameters of a POST stand in its body")
		}
		if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/x-www-form-urlencoded" {
			return nil, refuse("参数错误: the body must be a form")
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, refuse("参数错误: the body cannot be read")
		}
		if values, err = url.ParseQuery(string(body)); err != nil {
			return nil, refuse("参数错误: the body is no form")
		}
	}
	got := params{}
	for name, texts := range values {
		if len(texts) != 1 {
			return nil, refuse("参数错误: %s is given twice", name)
		}
		got[name] = texts[0]
	}
	return got, nil
}

// take removes a parameter.
func (p params) take(name string) string {
	text := p[name]
	delete(p, name)
	return text
}

// check wants every required parameter and, unless others are welcome, no unknown one.
func (p params) check(e endpoint, others bool) error {
	for _, name := range e.need {
		if p[name] == "" {
			return refuse("参数错误: %s is required", name)
		}
	}
	if others {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if !slices.Contains(e.need, name) && !slices.Contains(e.may, name) {
			return refuse("参数错误: %s is not a parameter", name)
		}
	}
	return nil
}

// whole is a parameter that is a number in a range.
func (p params) whole(name string, least, most int) (int, error) {
	n, err := strconv.Atoi(p[name])
	if err != nil || n < least || n > most {
		return 0, refuse("参数错误: %s must be a number from %d to %d", name, least, most)
	}
	return n, nil
}

// seconds is a time in seconds.
func (p params) seconds(name string) (time.Time, error) {
	n, err := strconv.ParseInt(p[name], 10, 64)
	if err != nil || n <= 0 || n >= 1e11 { // as milliseconds the year 1973: a client's mistake
		return time.Time{}, refuse("参数错误: %s must be a time in seconds", name)
	}
	return time.Unix(n, 0), nil
}

// window reads startTime and endTime.
func (p params) window() (window, error) {
	from, err := p.seconds("startTime")
	if err != nil {
		return window{}, err
	}
	until, err := p.seconds("endTime")
	if err == nil && !from.Before(until) {
		err = refuse("参数错误: endTime must lie after startTime")
	}
	return window{from, until}, err
}

// local reads a time as the second interface writes it.
func (p params) local(name string) (time.Time, error) {
	at, err := time.ParseInLocation("20060102150405", p[name], china)
	if err != nil {
		return time.Time{}, refuse("参数错误: %s must be written yyyyMMddHHmmss", name)
	}
	return at, nil
}

// digits reports whether text is made of digits only.
func digits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }
