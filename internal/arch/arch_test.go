package arch

import (
	"fmt"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rule is what holds for the whole tree.
type rule struct {
	name  string
	check func(t *tree, found findings)
}

var rules = []rule{
	{"imports point one way", importsPointOneWay},
	{"every dependency has its place", dependenciesHaveTheirPlace},
	{"every package has a comment", packagesHaveComments},
	{"every exported name has a comment that begins with it", namesHaveComments},
	{"every package looks for leaked goroutines", packagesLookForLeaks},
	{"nothing sleeps in a test but in a bubble", testsDoNotSleep},
	{"signatures are compared in constant time", signaturesAreComparedInConstantTime},
	{"certificates are always verified", certificatesAreVerified},
	{"package variables do not change", packageVariablesDoNotChange},
	{"nothing runs before main", nothingRunsBeforeMain},
	{"only examples print", onlyExamplesPrint},
	{"nothing is left to do", nothingIsLeftToDo},
	{"no path of anybody's machine", noMachinePaths},
}

// findings takes what breaks a rule. at is "file:line".
type findings func(at, format string, args ...any)

// at is a position as findings takes it, and as editors understand it.
func (t *tree) at(pos token.Pos) string {
	p := t.fset.Position(pos)
	return lineAt(p.Filename, p.Line)
}

func lineAt(path string, line int) string { return fmt.Sprintf("%s:%d", path, line) }

func TestTree(t *testing.T) {
	src, err := load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(src.packages) < 5 {
		t.Fatalf("only %d packages were found", len(src.packages))
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			r.check(src, func(at, format string, args ...any) {
				t.Errorf("%s: %s", at, fmt.Sprintf(format, args...))
			})
		})
	}
}

// TestRules tries every rule on sources that break it. The lines that it must find, and no others,
// hold the word BAD.
func TestRules(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range cases {
		t.Run(c.rule+"/"+c.name, func(t *testing.T) {
			i := slices.IndexFunc(rules, func(r rule) bool { return r.name == c.rule })
			if i < 0 {
				t.Fatalf("there is no rule %q", c.rule)
			}
			src, err := load(fstest.MapFS{c.path: {Data: []byte(c.src)}})
			if err != nil {
				t.Fatal(err)
			}
			var got, want []string
			rules[i].check(src, func(at, _ string, _ ...any) { got = append(got, at) })
			for n, line := range strings.Split(c.src, "\n") {
				if strings.Contains(line, "BAD") {
					want = append(want, lineAt(c.path, n+1))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("found %v, want %v", got, want)
			}
			if len(want) > 0 {
				tried[c.rule] = true
			}
		})
	}
	for _, r := range rules {
		if !tried[r.name] {
			t.Errorf("the rule %q has found nothing: give it a case that breaks it", r.name)
		}
	}
}
