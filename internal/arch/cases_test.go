package arch

// cases are small sources for each rule: the lines that break it hold the word BAD. A rule may look
// at where a file stands, so the path matters.
var cases = []struct {
	rule, name string
	path, src  string
}{
	{
		"imports point one way", "lock imports nothing of ours", "lock/lock.go",
		`package lock
		import "errors"
		import "github.com/smartlock-sdk/smartlock/internal/wire" // BAD
		import "github.com/smartlock-sdk/smartlock/lock/locktest" // BAD`,
	},
	{
		"imports point one way", "lock's tests may use what stands below it", "lock/lock_test.go",
		`package lock_test
		import "github.com/smartlock-sdk/smartlock/lock"
		import "github.com/smartlock-sdk/smartlock/lock/locktest"
		import "github.com/smartlock-sdk/smartlock/dingding" // BAD`,
	},
	{
		"imports point one way", "what stands below lock imports lock alone", "lock/locktest/run.go",
		`package locktest
		import "github.com/smartlock-sdk/smartlock/lock"
		import "github.com/smartlock-sdk/smartlock/internal/sim" // BAD`,
	},
	{
		"imports point one way", "internal does not know the vendors", "internal/rest/rest_test.go",
		`package rest
		import "github.com/smartlock-sdk/smartlock/lock"
		import "github.com/smartlock-sdk/smartlock/internal/wire"
		import "github.com/smartlock-sdk/smartlock/tuya" // BAD`,
	},
	{
		"imports point one way", "a vendor knows neither another vendor nor simulators", "tuya/provider.go",
		`package tuya
		import "github.com/smartlock-sdk/smartlock/lock"
		import "github.com/smartlock-sdk/smartlock/internal/rest"
		import "github.com/smartlock-sdk/smartlock/yeeuu" // BAD
		import "github.com/smartlock-sdk/smartlock/internal/sim" // BAD
		import "github.com/smartlock-sdk/smartlock/tuya/tuyatest" // BAD`,
	},
	{
		"imports point one way", "a vendor's tests use its simulator and no other", "tuya/provider_test.go",
		`package tuya_test
		import "github.com/smartlock-sdk/smartlock/tuya"
		import "github.com/smartlock-sdk/smartlock/tuya/tuyatest"
		import "github.com/smartlock-sdk/smartlock/lock/locktest"
		import "github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest" // BAD`,
	},
	{
		"imports point one way", "a simulator hands out a client in client.go", "tuya/tuyatest/client.go",
		`package tuyatest
		import "github.com/smartlock-sdk/smartlock/internal/sim"
		import "github.com/smartlock-sdk/smartlock/tuya"
		import "github.com/smartlock-sdk/smartlock/internal/rest" // BAD`,
	},
	{
		"imports point one way", "and shares nothing else with it", "tuya/tuyatest/homes.go",
		`package tuyatest
		import "github.com/smartlock-sdk/smartlock/tuya" // BAD`,
	},
	{
		"imports point one way", "the worlds of the conformance suite know every vendor", "internal/worlds/tuya.go",
		`package worlds
		import "github.com/smartlock-sdk/smartlock/lock/locktest"
		import "github.com/smartlock-sdk/smartlock/internal/sim"
		import "github.com/smartlock-sdk/smartlock/tuya"
		import "github.com/smartlock-sdk/smartlock/tuya/tuyatest"
		import "github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
		import "github.com/smartlock-sdk/smartlock/internal/rest" // BAD
		import "github.com/smartlock-sdk/smartlock/lock/redisstore" // BAD`,
	},
	{
		"imports point one way", "examples use what users can use", "examples/fleet/main.go",
		`package main
		import "github.com/smartlock-sdk/smartlock/tuya"
		import "github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
		import "github.com/smartlock-sdk/smartlock/internal/sim" // BAD`,
	},
	{
		"imports point one way", "a folder nobody knows", "helpers/strings.go",
		`package helpers // BAD`,
	},
	{
		"every dependency has its place", "in a vendor", "tuya/client.go",
		`package tuya
		import "net/http"
		import "github.com/shopspring/decimal"
		import "github.com/smartlock-sdk/smartlock/internal/rest"
		import "github.com/go-resty/resty/v2" // BAD
		import "github.com/go-json-experiment/json/jsontext" // BAD
		import "encoding/json/v2" // BAD
		import "github.com/gorilla/websocket" // BAD
		import "github.com/jarcoal/httpmock" // BAD
		import "github.com/stretchr/testify/require" // BAD
		import "github.com/smartlock-sdk/smartlock/internal/wiretest" // BAD
		import "github.com/smartlock-sdk/smartlock/internal/worlds" // BAD
		import "example.com/new/thing" // BAD`,
	},
	{
		"every dependency has its place", "in a test", "tuya/client_test.go",
		`package tuya
		import "go.uber.org/goleak"
		import "github.com/jarcoal/httpmock"
		import "github.com/stretchr/testify/require"
		import "github.com/smartlock-sdk/smartlock/internal/wiretest"
		import "github.com/smartlock-sdk/smartlock/internal/worlds"
		import "github.com/go-resty/resty/v2" // BAD`,
	},
	{
		"every dependency has its place", "at home", "internal/rest/client.go",
		`package rest
		import "github.com/go-resty/resty/v2"
		import "github.com/google/go-querystring/query"`,
	},
	{
		"every package has a comment", "none", "tuya/client.go",
		`package tuya // BAD`,
	},
	{
		"every package has a comment", "of another package", "tuya/client.go",
		`// Package tuyatest is something else.
		package tuya // BAD`,
	},
	{
		"every package has a comment", "as it should be", "tuya/doc.go",
		`// Package tuya talks to Tuya.
		package tuya`,
	},
	{
		"every package has a comment", "tests alone need none", "tuya/doc_test.go",
		`package tuya_test`,
	},
	{
		"every exported name has a comment that begins with it", "functions and methods", "tuya/client.go",
		`package tuya
		func New() {} // BAD
		// Makes one.
		func Make() {} // BAD
		// Closed is another word.
		func Close() {} // BAD
		// Open opens.
		func Open() {}
		func local() {}
		func (c *Client) Get() {} // BAD
		func (c List[T]) Len() {} // BAD
		func (c *client) Get() {}`,
	},
	{
		"every exported name has a comment that begins with it", "types and values", "tuya/client.go",
		`package tuya
		type Client struct{} // BAD
		// List lists.
		type List[T any] []T
		const (
			A = 1 // a comment at the end of the line will do
			B = "BAD"
		)
		// The numbers.
		const (
			C = 3
			// Four.
			D = 4 // BAD
		)
		const (
			// E and F are next.
			E = 5
			F = 6
			G = "BAD"

			H = "BAD"
		)
		var Shared = 1 // BAD
		var local = 1`,
	},
	{
		"every exported name has a comment that begins with it", "tests are free", "tuya/client_test.go",
		`package tuya
		func TestClient() {}`,
	},
	{
		"every package looks for leaked goroutines", "no TestMain", "tuya/client_test.go",
		`package tuya // BAD
		import "go.uber.org/goleak"
		func TestClient() { goleak.VerifyNone(nil) }`,
	},
	{
		"every package looks for leaked goroutines", "a TestMain of another kind", "tuya/client_test.go",
		`package tuya // BAD
		func TestMain(m *testing.M) { m.Run() }`,
	},
	{
		"every package looks for leaked goroutines", "as it should be", "tuya/client_test.go",
		`package tuya
		import "go.uber.org/goleak"
		func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }`,
	},
	{
		"nothing sleeps in a test but in a bubble", "real time", "tuya/client_test.go",
		`package tuya
		import "time"
		func TestClient() {
			time.Sleep(time.Second) // BAD
			nap := time.Sleep // BAD
			clock.Sleep(time.Second)
		}`,
	},
	{
		"nothing sleeps in a test but in a bubble", "under another name", "tuya/client_test.go",
		`package tuya
		import std "time"
		func TestClient() { std.Sleep(1) } // BAD`,
	},
	{
		"nothing sleeps in a test but in a bubble", "in a bubble", "tuya/client_test.go",
		`package tuya
		import "testing/synctest"
		import "time"
		func TestClient() { synctest.Test(t, func() { time.Sleep(time.Hour) }) }`,
	},
	{
		"signatures are compared in constant time", "in a vendor", "tuya/webhook.go",
		`package tuya
		import "bytes"
		import "crypto/hmac"
		import "strings"
		const invalidSignature = "the vendor's words"
		func verify() bool {
			switch {
			case sign == want: // BAD
			case want != r.Header.Get("X-Ca-Signature"): // BAD
			case strings.ToLower(bodySign) != want: // BAD
			case md5.Sum(body) == given: // BAD
			case bytes.Equal(sum[:], given): // BAD
			case strings.EqualFold(m["sign"], want): // BAD
			case hmac.Equal(sum, given):
			case subtle.ConstantTimeCompare(sum[:], given[:]) != 1:
			case sign == "", signature == nil, len(sign) != length:
			case message == invalidSignature, rule == signWithoutEmpty, assignment == design, m.Name == "sign":
			}
		}`,
	},
	{
		"certificates are always verified", "set", "tuya/client.go",
		`package tuya
		func dial() {
			a := tls.Config{InsecureSkipVerify: true} // BAD
			a.InsecureSkipVerify = skip // BAD
			b := tls.Config{InsecureSkipVerify: false}
			b.InsecureSkipVerify = false
		}`,
	},
	{
		"certificates are always verified", "a test sees what becomes of it", "tuya/client_test.go",
		`package tuya
		var skips = tls.Config{InsecureSkipVerify: true}`,
	},
	{
		"package variables do not change", "our own", "tuya/client.go",
		`package tuya
		var count int
		var names = map[string]int{}
		var current struct{ at *int }
		func change(names2 []int) {
			count = 1 // BAD
			count++ // BAD
			names["a"] = 1 // BAD
			delete(names, "a") // BAD
			*current.at = 2 // BAD
			for count = range 3 { // BAD
			}
			names2[0] = count
		}
		func shadow() {
			count := 1
			count = 2
			var names []int
			names[0] = count
		}`,
	},
	{
		"package variables do not change", "somebody else's", "tuya/client.go",
		`package tuya
		import "net/http"
		func change() {
			http.DefaultTransport = nil // BAD
			http.DefaultClient.Timeout = 1 // BAD
			client := http.DefaultClient
			client = nil
		}`,
	},
	{
		"package variables do not change", "a test may stand in for the program", "tuya/client_test.go",
		`package tuya
		import "net/http"
		var count int
		func change() {
			http.DefaultTransport = nil
			count++ // BAD
		}`,
	},
	{
		"nothing runs before main", "an init function", "tuya/client.go",
		`package tuya
		func init() {} // BAD
		func (c *Client) init() {}`,
	},
	{
		"only examples print", "the library", "tuya/client.go",
		`package tuya
		import "fmt"
		import "log"
		import "os"
		func print2() {
			fmt.Println("a") // BAD
			fmt.Fprintln(os.Stderr, "b") // BAD
			log.Printf("c") // BAD
			println("d") // BAD
			print := fmt.Sprint
			_ = print("e")
		}`,
	},
	{
		"only examples print", "a logger called log", "tuya/client.go",
		`package tuya
		func info(log *slog.Logger) { log.Info("a") }`,
	},
	{
		"only examples print", "an Example function", "tuya/example_test.go",
		`package tuya_test
		import "fmt"
		func Example() { fmt.Println("a") }
		func TestIt() { fmt.Println("a") } // BAD`,
	},
	{
		"only examples print", "an example", "examples/fleet/main.go",
		`package main
		import "fmt"
		func main() { fmt.Println("a") }`,
	},
	{
		"nothing is left to do", "in a comment", "tuya/client.go",
		`package tuya
		// TODO: everything BAD
		/* Fine,
		FIXME later BAD */
		const todo = "TODO"`,
	},
	{
		"nothing is left to do", "in a document", "docs/tuya.md",
		"# Tuya\n\nXXX write this BAD\n",
	},
	{
		"no path of anybody's machine", "in a document", "docs/tuya.md",
		"See `/home/li/smartlock` BAD\nand C:\\Users\\li BAD,\nbut GET /v1.0/home/rooms and https://example.com/home/ are addresses.\n",
	},
	{
		"no path of anybody's machine", "in a comment", "tuya/client.go",
		`package tuya
		// Try it with /tmp/key.pem. BAD
		// GET /v1.0/homes, §2.
		`,
	},
}
