package examples

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

const chinese = "../README.zh-CN.md"

// The Chinese README has the headings, code, tables and links of the English one. What is generated
// there is copied with -update.
func TestChineseReadme(t *testing.T) {
	doc, english := read(t, chinese), read(t, readme)
	for _, m := range regexp.MustCompile(`<!-- ([\w-]+):begin -->\n`).FindAllStringSubmatch(english, -1) {
		_, rest, _ := strings.Cut(english, m[0])
		part, _, ok := strings.Cut(rest, "<!-- "+m[1]+":end -->")
		if !ok {
			t.Fatalf("the README's part %s has no end", m[1])
		}
		doc = section(t, doc, m[1], part)
	}
	same(t, chinese, doc)
	for _, has := range []struct {
		what string
		re   *regexp.Regexp
	}{
		{"headings", regexp.MustCompile(`(?m)^#+ `)},
		{"code", regexp.MustCompile("(?ms)^```.*?^```$")},
		{"rows of tables", regexp.MustCompile(`(?m)^\| (` + "`[^`]*`" + `|\[[^\]]*\])`)},
		{"bold beginnings", regexp.MustCompile(`(?m)^(- )?\*\*`)},
		{"links", regexp.MustCompile(`\]\([^)#]+\)`)},
	} {
		got, want := has.re.FindAllString(outside(has.what, doc), -1), has.re.FindAllString(outside(has.what, english), -1)
		if has.what == "links" { // each leads to the other
			got, want = sorted(got, "](README.md)"), sorted(want, "](README.zh-CN.md)")
		}
		if !slices.Equal(got, want) {
			t.Errorf("the Chinese README has other %s: %d, the English one %d\n%s", has.what, len(got), len(want),
				firstDifference(strings.Join(got, "\n"), strings.Join(want, "\n")))
		}
	}
}

// outside is a document without its code, unless that is what is looked for.
func outside(what, doc string) string {
	if what == "code" {
		return doc
	}
	return regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(doc, "")
}

// sorted is a set of links without one.
func sorted(links []string, but string) []string {
	links = slices.DeleteFunc(slices.Clone(links), func(l string) bool { return l == but })
	slices.Sort(links)
	return links
}
