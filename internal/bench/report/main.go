// Command report makes the tables of docs/performance.md out of what benchmarks print.
//
//	report raw                        to standard output
//	report raw benchstat page.md      between the markers of a page
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

const (
	begin = "<!-- figures: written by internal/bench/run -->"
	end   = "<!-- end of figures -->"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 && len(args) != 3 {
		return fmt.Errorf("give the raw figures, or these, benchstat's, and the page")
	}
	raw, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	figures := parse(raw)
	var out bytes.Buffer
	writeMachine(&out, figures)
	writeGoals(&out, figures)
	writePeers(&out, figures)
	writeGrowth(&out, figures)
	if len(args) == 1 {
		_, err := out.WriteTo(os.Stdout)
		return err
	}
	stat, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	fmt.Fprintf(&out, "\n<details><summary>benchstat, floor and ours</summary>\n\n```\n%s```\n\n</details>\n", stat)
	return replace(args[2], out.String())
}

// replace puts text between the markers of a page.
func replace(file, text string) error {
	page, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(page), begin)
	if !ok {
		return fmt.Errorf("%s has no line %q", file, begin)
	}
	_, tail, ok := strings.Cut(rest, end)
	if !ok {
		return fmt.Errorf("%s has no line %q", file, end)
	}
	return os.WriteFile(file, []byte(head+begin+"\n\n"+text+"\n"+end+tail), 0o644)
}

func writeMachine(out *bytes.Buffer, f figures) {
	load := "not known"
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = strings.Join(strings.Fields(string(text))[:3], ", ")
	}
	kernel := runtime.GOOS
	if text, err := exec.Command("uname", "-sr").Output(); err == nil {
		kernel = strings.TrimSpace(string(text))
	}
	fmt.Fprintf(out, "%s, %d processors (%s), %s, %s. Load at the end: %s. Passes: %d.\n\n",
		time.Now().UTC().Format("2 January 2006"), runtime.NumCPU(), f.cpu, kernel, runtime.Version(), load, f.passes())
}
