package sim

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Request is a request as it came in. Query, Header and Body hold tokens and door codes; a
// Request therefore prints as its method, path and size only.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
	Time   time.Time // on the simulator's clock
}

// Is reports whether the request was for an endpoint. An endpoint is the end of a path,
// "/add_password", in which * stands for any one element, "/devices/*/users"; a method may
// stand before it, "DELETE /users/*". So "*" alone is every request.
func (r Request) Is(endpoint string) bool {
	if method, rest, ok := strings.Cut(endpoint, " "); ok {
		if method != r.Method {
			return false
		}
		endpoint = rest
	}
	want, got := elements(endpoint), elements(r.Path)
	if len(want) > len(got) {
		return false
	}
	got = got[len(got)-len(want):]
	for i := range want {
		if want[i] != "*" && want[i] != got[i] {
			return false
		}
	}
	return true
}

func elements(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// String names the request and shows nothing secret.
func (r Request) String() string {
	return fmt.Sprintf("%s %s (%d bytes)", r.Method, r.Path, len(r.Body))
}

// Format prints String under every verb.
func (r Request) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// LogValue logs String.
func (r Request) LogValue() slog.Value { return slog.StringValue(r.String()) }
