// Package examples holds the programs in its folders, and the tests that keep the README and the
// documents in step with the code:
//
//	go test ./examples -update
//
// writes anew what is generated in them.
package examples

import (
	"errors"
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
	"github.com/smartlock-sdk/smartlock/ewelink"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya"
	"github.com/smartlock-sdk/smartlock/yeeuu"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the generated parts of the documents anew")

// vendors are those the documents speak of, in their order, with what each needs to do all it can.
func vendors() []lock.Provider {
	return []lock.Provider{
		dingding.New("id", "secret"), yeeuu.New("id", "secret"), tuya.New("id", "secret", tuya.WithUser("uid")), aliyunlock.New("key", "secret"),
		ewelink.New("id", "secret", ewelink.WithDoors(ewelink.Door{Device: "1000000001"})),
	}
}

var codes = map[lock.Vendor]func() []lock.CodeInfo{
	dingding.Vendor: dingding.ErrorCodes, yeeuu.Vendor: yeeuu.ErrorCodes, tuya.Vendor: tuya.ErrorCodes,
	aliyunlock.Vendor: aliyunlock.ErrorCodes, ewelink.Vendor: ewelink.ErrorCodes,
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

// The README's snippets and markers agree with the code. Its quickstart output and its table are
// TestQuickstartOutput's.
func TestReadme(t *testing.T) {
	doc := read(t, readme)
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

// What the pages quote is the code as it stands: a part between the markers "code FILE NAME" is
// FILE's between "// begin NAME" and "// end NAME".
func TestQuotedCode(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	quoted := 0
	for _, page := range pages {
		doc := read(t, page)
		for _, m := range regexp.MustCompile(`<!-- (code (\S+) (\w+)):begin -->`).FindAllStringSubmatch(doc, -1) {
			doc = section(t, doc, m[1], "```go\n"+snippet(t, read(t, "../"+m[2]), m[3])+"```\n")
			quoted++
		}
		same(t, page, doc)
	}
	if quoted < 10 {
		t.Errorf("found %d quotations, want those of the pages on testing and on vendors", quoted)
	}
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
	lines := strings.Split(strings.Trim(strings.TrimRight(code, "\t\n"), "\n"), "\n")
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
	files = append(files, readme, chinese, "../CONTRIBUTING.md", "../SECURITY.md", "../CHANGELOG.md")
	code := regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	for _, file := range files {
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(read(t, file), ""), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", file, m[1])
			}
		}
	}
}

// The quickstart runs as it is and ends by itself. The README shows what it prints, but for the
// times, in two places: the days, and the table.
func TestQuickstartOutput(t *testing.T) {
	out := output(t, "./quickstart")
	if strings.Contains(out, "FAILED") {
		t.Errorf("a step failed:\n%s", out)
	}
	days, table, ok := strings.Cut(out, " What each vendor can do:\n\n")
	if !ok {
		t.Fatalf("the quickstart prints no table:\n%s", out)
	}
	checkTable(t, table)
	doc := read(t, readme)
	shown := section(t, doc, "quickstart", "```\n"+days+"\n```\n")
	shown = section(t, shown, "capabilities", table)
	if *update {
		same(t, readme, shown)
		return
	}
	if timeless(doc) != timeless(shown) {
		t.Errorf("the README shows another output: run go test ./examples -update\n%s", firstDifference(timeless(doc), timeless(shown)))
	}
}

// checkTable holds every cell of the quickstart's table against Supports.
func checkTable(t *testing.T, table string) {
	t.Helper()
	rows := strings.Split(strings.TrimSpace(table), "\n")
	want := []string{"operation"}
	for _, p := range vendors() {
		want = append(want, string(p.Vendor()))
	}
	if got := cells(rows[0]); !slices.Equal(got, want) {
		t.Fatalf("the table has the columns %q, want %q", got, want)
	}
	if got := len(rows) - 2; got != len(lock.Ops()) {
		t.Fatalf("the table has %d operations, want %d", got, len(lock.Ops()))
	}
	for i, op := range lock.Ops() {
		row := cells(rows[i+2])
		if row[0] != "`"+string(op)+"`" {
			t.Errorf("row %d is about %s, want %s", i, row[0], op)
			continue
		}
		for j, p := range vendors() {
			if got := row[j+1] == "●"; got != p.Supports(op) {
				t.Errorf("%s at %s: the table says %t", op, p.Vendor(), got)
			}
		}
	}
}

// cells are what stands between the bars of a row.
func cells(row string) []string {
	var all []string
	for _, c := range strings.Split(strings.Trim(row, "|"), "|") {
		all = append(all, strings.TrimSpace(c))
	}
	return all
}

// output builds a program and runs it without the credentials of the environment.
func output(t *testing.T, dir string, args ...string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), filepath.Base(dir))
	if out, err := exec.Command("go", "build", "-o", bin, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), bin, args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "_")
		return slices.ContainsFunc(vendors(), func(p lock.Provider) bool { return strings.EqualFold(name, string(p.Vendor())) })
	})
	out, err := cmd.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			t.Logf("%s", failed.Stderr)
		}
		t.Fatalf("%s: %v\n%s", dir, err, out)
	}
	return string(out)
}

// timeless masks what differs between two runs.
func timeless(s string) string {
	s = regexp.MustCompile(` *\b\d+(\.\d+)?(µs|ms|s)\b`).ReplaceAllString(s, " TIME")
	return regexp.MustCompile(`20\d\d-\d\d-\d\d`).ReplaceAllString(s, "DATE")
}
