package arch

import (
	"regexp"
	"strings"
)

var (
	leftToDo = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)
	// A path at the root of a file system under which people work, not one of a vendor's address.
	machinePath = regexp.MustCompile(`(^|[\s"'` + "`" + `(=:])(/(work|root|home|Users|tmp|mnt)/|[A-Z]:\\)`)
)

// nothingIsLeftToDo: what is not done is an issue, not a comment.
func nothingIsLeftToDo(t *tree, found findings) {
	proseMatches(t, leftToDo, "do it, or open an issue", found)
}

// noMachinePaths: comments and documents hold for everybody's machine.
func noMachinePaths(t *tree, found findings) {
	proseMatches(t, machinePath, "this path is on somebody's machine", found)
}

// proseMatches reports each line of a comment or a document in which re matches.
func proseMatches(t *tree, re *regexp.Regexp, why string, found findings) {
	for f := range t.files {
		for _, group := range f.Comments {
			for _, c := range group.List {
				for i, line := range strings.Split(c.Text, "\n") {
					if m := re.FindString(line); m != "" {
						start := t.fset.Position(c.Pos())
						found(lineAt(start.Filename, start.Line+i), "%q: %s", strings.TrimSpace(m), why)
					}
				}
			}
		}
	}
	for _, text := range t.texts {
		for i, line := range text.lines {
			if m := re.FindString(line); m != "" {
				found(lineAt(text.path, i+1), "%q: %s", strings.TrimSpace(m), why)
			}
		}
	}
}
