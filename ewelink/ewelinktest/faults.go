package ewelinktest

import (
	"encoding/json"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// Fault spoils the reply to a request; see Server.Fail. Its methods Times(n), Always and Executed
// return the fault for n requests, for all, and with the request carried out before its reply is
// spoilt.
type Fault = sim.Fault

// Code refuses the request with a code of the cloud.
func Code(code int, message string) Fault {
	body, _ := json.Marshal(object{"error": code, "msg": message, "data": object{}}) // an int and a string always marshal
	return sim.Reply(200, jsonType, string(body))
}

// Reply answers with these bytes instead of carrying the request out. An empty content type
// sends none.
func Reply(status int, contentType, body string) Fault { return sim.Reply(status, contentType, body) }

// Status answers with a status and a short text.
func Status(status int) Fault { return sim.Status(status) }

// BadGateway answers 502 with a web page, as a proxy in front of the vendor does.
func BadGateway() Fault { return sim.BadGateway() }

// Unavailable answers 503 and says when to come back, in whole seconds.
func Unavailable(retryAfter time.Duration) Fault { return sim.Unavailable(retryAfter) }

// TooManyRequests answers 429 and says when to come back, in whole seconds.
func TooManyRequests(retryAfter time.Duration) Fault { return sim.TooManyRequests(retryAfter) }

// Redirect answers with a redirect to a URL.
func Redirect(status int, to string) Fault { return sim.Redirect(status, to) }

// Garbage carries the request out and answers 200 with bytes that are no JSON.
func Garbage() Fault { return sim.Garbage() }

// Empty carries the request out and answers 200 with nothing.
func Empty() Fault { return sim.Empty() }

// WrongContentType carries the request out and sends the right reply as text/html.
func WrongContentType() Fault { return sim.WrongContentType() }

// Truncated carries the request out and breaks the connection in the middle of the right reply.
func Truncated() Fault { return sim.Truncated() }

// DropBefore breaks the connection without carrying the request out.
func DropBefore() Fault { return sim.DropBefore() }

// DropAfter carries the request out and breaks the connection without a reply.
func DropAfter() Fault { return sim.DropAfter() }

// Silence neither carries the request out nor answers, until the client gives up or the
// simulator is closed.
func Silence() Fault { return sim.Silence() }

// Latency lets d pass on the simulator's clock and then does as it is told.
func Latency(d time.Duration) Fault { return sim.Latency(d) }

// Slow carries the request out and sends the right reply byte by byte, one a second of the
// simulator's clock.
func Slow() Fault { return sim.Slow() }

// GzipBomb carries the request out and answers 200 with a small compressed body that grows to size
// bytes.
func GzipBomb(size int64) Fault { return sim.GzipBomb(size) }
