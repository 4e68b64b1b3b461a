// Package examples holds the programs in its folders, and the tests that keep the README and the
// documents in step with the code:
//
//	go test ./examples -update
//
// writes anew what is generated in them.
package examples

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/yeeuu"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the generated parts of the documents anew")

// vendors are those the documents speak of, in their order.
func vendors() []lock.Provider {
	return []lock.Provider{dingding.New("id", "secret"), yeeuu.New("id", "secret"), aliyunlock.New("key", "secret")}
}

var codes = map[lock.Vendor]func() []lock.CodeInfo{
	dingding.Vendor: dingding.ErrorCodes, yeeuu.Vendor: yeeuu.ErrorCodes, aliyunlock.Vendor: aliyunlock.ErrorCodes,
}

// section replaces what stands between the markers of a generated part.
func section(t *testing.T, doc, name, content string) string {
	t.Helper()
	begin, end := "<!-- "+name+":begin -->", "<!-- "+name+":end -->"
	i, j := strings.Index(doc, begin), strings.Index(doc, end)
	if i < 0 || j < i {
		t.Fatalf("the document has no part between %s and %s", begin, end)
	}
	return doc[:i+len(begin)] + "\n" + content + doc[j:]
}

// same compares a document with what it should be, or writes it with -update.
func same(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date: run go test ./examples -update\n%s", file, firstDifference(string(got), want))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d:\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(g), len(w))
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const readme = "../README.md"

// The README's table, snippets and markers agree with the code. Its quickstart output is a real
// one, of which only the form is held (TestQuickstartOutput).
func TestReadme(t *testing.T) {
	doc := section(t, read(t, readme), "capabilities", capabilityTable())
	source := read(t, "readme_test.go")
	for _, name := range snippetNames(t, source) {
		doc = section(t, doc, "snippet-"+name, "```go\n"+snippet(t, source, name)+"```\n")
	}
	for _, m := range regexp.MustCompile(`<!-- snippet-(\w+):begin -->`).FindAllStringSubmatch(doc, -1) {
		if !strings.Contains(source, "// begin "+m[1]+"\n") {
			t.Errorf("the README shows a snippet %q that no example has", m[1])
		}
	}
	same(t, readme, doc)
}

// capabilityTable is the vendor × operation table.
func capabilityTable() string {
	var b strings.Builder
	b.WriteString("| operation |")
	for _, p := range vendors() {
		fmt.Fprintf(&b, " %s |", p.Vendor())
	}
	b.WriteString("\n|---|" + strings.Repeat(":-:|", len(vendors())) + "\n")
	for _, op := range lock.Ops() {
		fmt.Fprintf(&b, "| `%s` |", op)
		for _, p := range vendors() {
			mark := " "
			if p.Supports(op) {
				mark = "●"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func snippetNames(t *testing.T, source string) []string {
	t.Helper()
	var names []string
	for _, m := range regexp.MustCompile(`// begin (\w+)\n`).FindAllStringSubmatch(source, -1) {
		names = append(names, m[1])
	}
	if len(names) < 10 {
		t.Fatalf("found %d snippets, want at least ten", len(names))
	}
	return names
}

// snippet is the code between the two marks, without its indentation.
func snippet(t *testing.T, source, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(source, "// begin "+name+"\n")
	code, _, ended := strings.Cut(rest, "// end "+name+"\n")
	if !ok || !ended {
		t.Fatalf("snippet %s has no end", name)
	}
	lines := strings.Split(strings.TrimRight(code, "\t\n"), "\n")
	indent := len(lines[0]) - len(strings.TrimLeft(lines[0], "\t"))
	for i, l := range lines {
		if len(l) >= indent {
			lines[i] = l[indent:]
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// docs/errors.md is made from the tables of kinds and of codes.
func TestErrorsDocument(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Errors\n\nEvery failure of a vendor is a `*lock.Error`. Decide by its kind with `errors.Is`; the vendor's own code and words\n" +
		"stand beside it. This page is made from the code (`go test ./examples -update`).\n\n## Kinds\n\n" +
		"| kind | in words | again later? | what to do |\n|---|---|:-:|---|\n")
	names := kindNames(t)
	for _, k := range lock.Kinds() {
		again := ""
		if k.Retryable() {
			again = "yes"
		}
		fmt.Fprintf(&b, "| `lock.%s` | %s | %s | %s |\n", names[k], k, again, k.Remedy())
	}
	for _, p := range vendors() {
		rows := codes[p.Vendor()]()
		if len(rows) == 0 {
			t.Errorf("%s has no table of codes", p.Vendor())
		}
		fmt.Fprintf(&b, "\n## %s\n\n| code | in | kind | the vendor's words | note |\n|---|---|---|---|---|\n", p.Vendor())
		for _, r := range rows {
			fmt.Fprintf(&b, "| %s | %s | `lock.%s` | %s | %s |\n", r.Code, r.Where, names[r.Kind], r.Words, r.Note)
		}
	}
	same(t, "../docs/errors.md", b.String())
}

// kindNames finds the Go names of the kinds.
func kindNames(t *testing.T) map[lock.Kind]string {
	t.Helper()
	names := map[lock.Kind]string{}
	for _, m := range regexp.MustCompile(`(?m)^\t(Err\w+) +Kind = "(.*)"$`).FindAllStringSubmatch(read(t, "../lock/errors.go"), -1) {
		names[lock.Kind(m[2])] = m[1]
	}
	for _, k := range lock.Kinds() {
		if names[k] == "" {
			t.Errorf("kind %q has no name in lock/errors.go", k)
		}
	}
	return names
}

// Every link of the documents leads to a file that is there.
func TestLinks(t *testing.T) {
	files, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, readme, "../CONTRIBUTING.md", "../SECURITY.md", "../CHANGELOG.md")
	code := regexp.MustCompile("(?s)```.*?```")
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	for _, file := range files {
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(read(t, file), ""), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", file, m[1])
			}
		}
	}
}

// The programs run as they are, end by themselves, and the README shows what the quickstart
// prints, but for the times.
func TestQuickstartOutput(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "quickstart")
	if out, err := exec.Command("go", "build", "-o", bin, "./quickstart").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(context.Background(), bin)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "DINGDING_") })
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if bytes.Contains(out, []byte("FAILED")) || bytes.Contains(out, []byte(" -- ")) {
		t.Errorf("a step failed or was left out:\n%s", out)
	}
	doc := read(t, readme)
	shown := section(t, doc, "quickstart", "```\n"+string(out)+"```\n")
	if *update {
		same(t, readme, shown)
		return
	}
	if timeless(doc) != timeless(shown) {
		t.Errorf("the README shows another output: run go test ./examples -update\n%s", firstDifference(timeless(doc), timeless(shown)))
	}
}

// timeless masks what differs between two runs.
func timeless(s string) string {
	s = regexp.MustCompile(` *\d+(\.\d+)?(µs|ms|s)\b`).ReplaceAllString(s, " TIME")
	return regexp.MustCompile(`20\d\d-\d\d-\d\d`).ReplaceAllString(s, "DATE")
}
