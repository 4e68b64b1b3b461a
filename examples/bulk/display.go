package main

import (
	"fmt"
	"io"

	"github.com/schollz/progressbar/v3"

	"github.com/smartlock-sdk/smartlock/lock"
)

// display shows how far a run is: a bar in a terminal, a line for every tenth elsewhere.
type display struct {
	out   io.Writer
	name  string
	bar   *progressbar.ProgressBar // nil = lines
	tenth int                      // that was written last
}

func newDisplay(out io.Writer, terminal bool, name string, total int) *display {
	d := &display{out: out, name: name}
	if terminal {
		d.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(name), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionSetWidth(40))
	}
	return d
}

func (d *display) progress(p lock.Progress) {
	ended := p.Done + p.Skipped + p.Failed + p.Unknown
	if d.bar != nil {
		d.bar.Describe(fmt.Sprintf("%s (%d failed)", d.name, p.Failed))
		_ = d.bar.Set(ended) // a bar that cannot be drawn stops no work
		return
	}
	if tenth := 10 * ended / max(1, p.Total); tenth > d.tenth {
		d.tenth = tenth
		fmt.Fprintf(d.out, "%-10s  %3d%%  %d of %d, %d skipped, %d failed\n", d.name, 10*tenth, ended, p.Total, p.Skipped, p.Failed)
	}
}

func (d *display) end() {
	if d.bar != nil {
		_ = d.bar.Exit()
		fmt.Fprintln(d.out)
	}
}
