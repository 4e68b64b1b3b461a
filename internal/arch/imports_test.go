package arch

import (
	"slices"
	"strings"
)

// vendors are the folders of the vendors' clients. Each may have a simulator in <vendor>/<vendor>test.
var vendors = []string{"dingding", "yeeuu", "tuya", "aliyunlock", "ewelink"}

// importsPointOneWay: examples → vendors → internal → lock.
func importsPointOneWay(t *tree, found findings) {
	for _, p := range t.packages {
		allowed := layer(p.dir)
		if allowed == nil {
			found(t.at(p.files[0].Package), "the tree has no place for %s: packages live under lock, internal, examples, or are a vendor or its simulator", p.dir)
			continue
		}
		for _, f := range p.files {
			for i := range f.imports {
				if i.local != "" && i.local != p.dir && !allowed(f, i.local) {
					found(t.at(i.at), "%s must not import %s: imports point from examples to vendors to internal to lock", f.dir+"/"+f.name, i.local)
				}
			}
		}
	}
}

// layer returns what the files of a folder may import of ours; nil if the folder is not ours.
func layer(dir string) func(f *file, local string) bool {
	top, _, _ := strings.Cut(dir, "/")
	switch {
	case dir == "lock":
		return func(f *file, local string) bool { return f.test && under(local, "lock") }
	case top == "lock":
		// The store's own tests run on the servers that all tests have.
		return func(f *file, local string) bool {
			return local == "lock" || f.test && (under(local, "lock") || local == "internal/redistest")
		}
	case dir == "internal/redistest": // it hands out stores
		return func(_ *file, local string) bool { return local == "lock" || local == "lock/redisstore" }
	case dir == "internal/worlds": // it puts every vendor's client and simulator into one conformance suite
		return func(_ *file, local string) bool {
			vendor, _, _ := strings.Cut(local, "/")
			return slices.Contains(vendors, vendor) || local == "internal/sim" || local == "lock" || local == "lock/locktest"
		}
	case top == "internal":
		return func(f *file, local string) bool {
			return local == "lock" || under(local, "internal") || f.test && under(local, "lock")
		}
	case slices.Contains(vendors, dir):
		return func(f *file, local string) bool {
			if f.test {
				return under(local, "lock") || under(local, "internal") || local == simulator(dir)
			}
			return local == "lock" || under(local, "internal") && local != "internal/sim"
		}
	case slices.Contains(vendors, top) && dir == simulator(top):
		return func(f *file, local string) bool {
			if local == top { // it hands out a client, and shares nothing else with it
				return f.test || f.name == "client.go"
			}
			return local == "lock" || under(local, "internal") && local != "internal/rest" || f.test && under(local, "lock")
		}
	case top == "examples":
		return func(_ *file, local string) bool { return !under(local, "internal") } // users cannot either
	}
	return nil
}

func simulator(vendor string) string { return vendor + "/" + vendor + "test" }

func under(dir, top string) bool { return dir == top || strings.HasPrefix(dir, top+"/") }

// places are the packages that not everybody may import. What stands in no row may not be imported
// at all: a new dependency gets a row here and its reason in docs/decisions.md.
var places = []struct {
	path  string // and everything below it
	dirs  []string
	tests bool // and test files anywhere
}{
	{path: "github.com/go-resty/resty", dirs: []string{"internal/rest"}},
	{path: "github.com/google/go-querystring", dirs: []string{"internal/rest"}, tests: true},
	{path: "github.com/gorilla/websocket", dirs: []string{"internal/ws"}},
	{path: "github.com/go-json-experiment/json", dirs: []string{"internal/wire"}},
	{path: "encoding/json/v2", dirs: []string{"internal/wire"}},
	{path: "encoding/json/jsontext", dirs: []string{"internal/wire"}},
	{path: "go.etcd.io/bbolt", dirs: []string{"lock/boltstore"}},
	{path: "github.com/redis/go-redis", dirs: []string{"lock/redisstore", "internal/redistest"}},
	{path: "github.com/schollz/progressbar", dirs: []string{"examples/bulk"}}, // draws what it does in a terminal
	{path: "golang.org/x/term", dirs: []string{"examples/bulk"}},              // tells a terminal from a pipe
	{path: "github.com/jarcoal/httpmock", dirs: []string{"internal/wiretest"}, tests: true},
	{path: "github.com/stretchr/testify", dirs: []string{"internal/wiretest"}, tests: true},
	{path: "github.com/alicebob/miniredis", dirs: []string{"internal/redistest"}, tests: true}, // one server for the tests of several packages
	{path: "go.uber.org/goleak", tests: true},
	{path: "pgregory.net/rapid", tests: true},
	{path: module + "/internal/wiretest", tests: true},
	{path: module + "/internal/redistest", tests: true},
	{path: module + "/internal/worlds", tests: true}, // knows all vendors, so that nothing that is shipped may know it
}

// everywhere are dependencies that any package may import.
var everywhere = []string{"github.com/shopspring/decimal", "golang.org/x/sync"}

func dependenciesHaveTheirPlace(t *tree, found findings) {
	for f := range t.files {
		for i := range f.imports {
			placed := slices.ContainsFunc(everywhere, func(path string) bool { return under(i.path, path) })
			for _, p := range places {
				if !under(i.path, p.path) {
					continue
				}
				placed = true
				if !slices.Contains(p.dirs, f.dir) && !(p.tests && f.test) {
					where := strings.Join(p.dirs, ", ")
					if p.tests {
						where = strings.TrimPrefix(where+", test files", ", ")
					}
					found(t.at(i.at), "%s is imported by %s only", p.path, where)
				}
			}
			host, _, _ := strings.Cut(i.path, "/")
			if !placed && i.local == "" && strings.Contains(host, ".") {
				found(t.at(i.at), "%s is a new dependency: give it its place in internal/arch and its reason in docs/decisions.md", i.path)
			}
		}
	}
}
