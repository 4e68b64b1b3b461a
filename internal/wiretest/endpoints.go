package wiretest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Complete holds a table against the vendor package in dir, whose methods' comments end in a line
// "POST /openapi/v1/add_room, §5.6.": every such endpoint has a row, every row such a line, and
// every file in testdata that belongs to a row has that row.
func Complete[C any](t *testing.T, dir string, rows []Row[C], opts ...Option) {
	t.Helper()
	c := configure(opts)
	c.dir = dir
	var endpoints []string
	for _, row := range rows {
		endpoints = append(endpoints, row.Endpoint)
	}
	for _, problem := range c.compare(endpoints, names(rows)) {
		t.Error(problem)
	}
}

func (c *config) compare(endpoints, rows []string) (found problems) {
	lines, err := endpointLines(c.dir)
	if err != nil {
		found.Errorf("the package cannot be read: %v", err)
		return found
	}
	documented, tabled := map[string]bool{}, map[string]bool{}
	for _, l := range lines {
		if n := c.normal(l.endpoint); documented[n] {
			found.Errorf("%s: %s stands in two comments", l.at, l.endpoint)
		} else {
			documented[n] = true
		}
	}
	for _, e := range endpoints {
		if n := c.normal(e); !tabled[n] {
			tabled[n] = true
			if !documented[n] {
				found.Errorf("the row of %s has no method with this line in its comment", e)
			}
		}
	}
	for _, e := range c.without {
		if n := c.normal(e); tabled[n] || !documented[n] {
			found.Errorf("Without(%q) is not needed", e)
		} else {
			tabled[n] = true
		}
	}
	for _, l := range lines {
		if !tabled[c.normal(l.endpoint)] {
			found.Errorf("%s: %s has no row", l.at, l.endpoint)
		}
	}
	c.leftovers(&found, rows)
	return found
}

// leftovers finds files of rows that are gone.
func (c *config) leftovers(found *problems, rows []string) {
	files, err := os.ReadDir(filepath.Join(c.dir, "testdata"))
	if err != nil {
		found.Errorf("%v", err)
		return
	}
	for _, f := range files {
		for _, suffix := range []string{".reply.json", ".request.txt", ".want.json"} {
			if name, ok := strings.CutSuffix(f.Name(), suffix); ok && !slices.Contains(rows, name) {
				found.Errorf("testdata/%s belongs to no row", f.Name())
			}
		}
	}
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// normal spells an endpoint in one way: without the prefix and the names of placeholders.
func (c *config) normal(endpoint string) string {
	method, path, _ := strings.Cut(endpoint, " ")
	path = strings.TrimPrefix(path, c.prefix)
	return method + " " + placeholder.ReplaceAllString(strings.TrimSuffix(path, "/"), "{}")
}

// line is an endpoint in the comment of a function or method.
type line struct{ at, endpoint string }

var endpointLine = regexp.MustCompile(`(?m)^((?:GET|POST|PUT|PATCH|DELETE) /\S+), .*\.$`)

// endpointLines reads them from the Go files in dir, tests excepted.
func endpointLines(dir string) ([]line, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var lines []line
	fset := token.NewFileSet()
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(fset, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			for _, m := range endpointLine.FindAllStringSubmatch(f.Doc.Text(), -1) {
				lines = append(lines, line{fset.Position(f.Pos()).String(), m[1]})
			}
		}
	}
	return lines, nil
}
