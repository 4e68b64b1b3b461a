package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// figures are what benchmarks have printed: by package and name, then by unit.
type figures struct {
	cpu string
	of  map[string]map[string][]float64
}

var processors = regexp.MustCompile(`-\d+$`) // behind a benchmark's name

func parse(raw []byte) figures {
	f := figures{of: map[string]map[string][]float64{}}
	dir := ""
	for line := range strings.Lines(string(raw)) {
		if pkg, ok := strings.CutPrefix(line, "pkg: github.com/smartlock-sdk/smartlock/"); ok {
			dir = strings.TrimSpace(pkg)
		}
		if cpu, ok := strings.CutPrefix(line, "cpu: "); ok {
			f.cpu = strings.TrimSpace(cpu)
		}
		words := strings.Fields(line)
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name := dir + " " + strings.TrimPrefix(processors.ReplaceAllString(words[0], ""), "Benchmark")
		if f.of[name] == nil {
			f.of[name] = map[string][]float64{}
		}
		for i := 2; i+1 < len(words); i += 2 {
			if v, err := strconv.ParseFloat(words[i], 64); err == nil {
				f.of[name][words[i+1]] = append(f.of[name][words[i+1]], v)
			}
		}
	}
	return f
}

// median of what a benchmark has reported in a unit; false if it has not.
func (f figures) median(name, unit string) (float64, bool) {
	all := slices.Sorted(slices.Values(f.of[name][unit]))
	if len(all) == 0 {
		return 0, false
	}
	if n := len(all); n%2 == 0 {
		return (all[n/2-1] + all[n/2]) / 2, true
	}
	return all[len(all)/2], true
}

// spread is the least and the most of it.
func (f figures) spread(name, unit string) string {
	all := f.of[name][unit]
	if len(all) < 2 {
		return ""
	}
	return fmt.Sprintf("%s–%s", short(slices.Min(all)), short(slices.Max(all)))
}

func (f figures) passes() int {
	most := 0
	for _, units := range f.of {
		for _, all := range units {
			most = max(most, len(all))
		}
	}
	return most
}

// short prints three digits, or whole numbers.
func short(v float64) string {
	switch {
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	}
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".")
}
