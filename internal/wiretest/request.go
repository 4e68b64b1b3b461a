package wiretest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// requestText writes a request for people: method and path, one line for every query parameter
// and header, the body, indented if it is JSON and one line for every field if it is a form.
func (c *config) requestText(req *http.Request) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", req.Method, req.URL.EscapedPath())
	query, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	c.writeFields(&b, "?", query)
	for _, name := range c.headers {
		for _, value := range req.Header.Values(name) {
			fmt.Fprintf(&b, "%s: %s\n", name, c.shown(name, value))
		}
	}
	if req.Body == nil {
		return b.Bytes(), nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil || len(body) == 0 {
		return b.Bytes(), err
	}
	b.WriteString("\n")
	if media, _, err := mime.ParseMediaType(req.Header.Get("Content-Type")); err == nil && media == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		c.writeFields(&b, "", form)
		return b.Bytes(), nil
	}
	if body, err = c.maskMembers(body); err != nil {
		return nil, err
	}
	if json.Indent(&b, body, "", "  ") != nil {
		b.Write(body)
	}
	b.WriteString("\n")
	return b.Bytes(), nil
}

// writeFields writes query parameters or form fields sorted by name, decoded.
func (c *config) writeFields(b *bytes.Buffer, mark string, fields url.Values) {
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range fields[name] {
			fmt.Fprintf(b, "%s%s=%s\n", mark, name, c.shown(name, value))
		}
	}
}

// shown is a value as the file has it: masked, and in one line.
func (c *config) shown(name, value string) string {
	if slices.Contains(c.masked, name) {
		return "*"
	}
	if strings.ContainsFunc(value, unicode.IsControl) {
		return strconv.Quote(value)
	}
	return value
}

// maskMembers masks members of a JSON object, which keeps its order.
func (c *config) maskMembers(body []byte) ([]byte, error) {
	if len(c.masked) == 0 || wire.Raw(body).Kind() != '{' {
		return body, nil
	}
	members, err := wire.Members(nil, body)
	if err != nil {
		return nil, err
	}
	var parts []string
	for _, m := range members {
		name, err := wire.Marshal(m.Name)
		if err != nil {
			return nil, err
		}
		value := string(m.Value)
		if slices.Contains(c.masked, m.Name) {
			value = `"*"`
		}
		parts = append(parts, string(name)+":"+value)
	}
	return []byte("{" + strings.Join(parts, ",") + "}"), nil
}
