package arch

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// packagesHaveComments: a comment that a newcomer can stop at, in one of the sources.
func packagesHaveComments(t *tree, found findings) {
	for _, p := range t.packages {
		var sources []*file
		for _, f := range p.files {
			if !f.test {
				sources = append(sources, f)
			}
		}
		if len(sources) == 0 {
			continue
		}
		name := sources[0].Name.Name
		if !slices.ContainsFunc(sources, func(f *file) bool {
			return f.Doc != nil && (name == "main" || begins(f.Doc.Text(), "Package "+name))
		}) {
			found(t.at(sources[0].Package), "package %s has no comment; write one that begins with %q, in doc.go", name, "Package "+name)
		}
	}
}

// packagesLookForLeaks: a TestMain with goleak in every package that has tests.
func packagesLookForLeaks(t *tree, found findings) {
	for _, p := range t.packages {
		if p.hasTests() && !slices.ContainsFunc(p.files, verifiesLeaks) {
			first := p.files[slices.IndexFunc(p.files, func(f *file) bool { return f.test })]
			found(t.at(first.Package), "the tests of %s lack func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }", p.dir)
		}
	}
}

func verifiesLeaks(f *file) bool {
	goleak := f.importName("go.uber.org/goleak")
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Name.Name != "TestMain" || fn.Body == nil {
			continue
		}
		for n := range ast.Preorder(fn.Body) {
			if e, ok := n.(ast.Expr); ok && selects(e, goleak, func(m string) bool { return m == "VerifyTestMain" }) {
				return true
			}
		}
	}
	return false
}

// namesHaveComments: a comment that begins with the name. In a group a comment at the end of the
// line will do, or one before that speaks for several: for the whole group, or for the lines that
// follow it and whose names it has.
func namesHaveComments(t *tree, found findings) {
	for f := range t.sources {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && receiverExported(d) && !begins(d.Doc.Text(), d.Name.Name) {
					found(t.at(d.Name.Pos()), "%s has no comment that begins with its name", d.Name.Name)
				}
			case *ast.GenDecl:
				checkGroup(t, d, found)
			}
		}
	}
}

func checkGroup(t *tree, d *ast.GenDecl, found findings) {
	grouped := d.Lparen != token.NoPos
	spoken, last := "", 0 // the latest comment in an unbroken run of lines, and where they end
	for _, s := range d.Specs {
		names, own, behind := named(s)
		if !grouped {
			own = d.Doc
		}
		if own != nil {
			spoken = own.Text()
		} else if t.fset.Position(s.Pos()).Line != last+1 {
			spoken = ""
		}
		last = t.fset.Position(s.End()).Line
		for _, n := range names {
			if !n.IsExported() {
				continue
			}
			var ok bool
			switch {
			case own != nil && n == names[0]:
				ok = begins(spoken, n.Name)
			case mentions(spoken, n.Name):
				ok = true
			default:
				ok = grouped && own == nil && (behind != nil || d.Doc != nil)
			}
			if !ok {
				found(t.at(n.Pos()), "%s has no comment that begins with its name", n.Name)
			}
		}
	}
}

// named returns what a declaration names, the comment above it and the one at its end.
func named(s ast.Spec) (names []*ast.Ident, own, behind *ast.CommentGroup) {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return []*ast.Ident{s.Name}, s.Doc, s.Comment
	case *ast.ValueSpec:
		return s.Names, s.Doc, s.Comment
	}
	return nil, nil, nil // an import
}

// receiverExported reports whether d is a function, or a method of an exported type.
func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	e := d.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr: // one type parameter
			e = x.X
		case *ast.IndexListExpr: // several
			e = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// begins reports whether text begins with the words of name.
func begins(text, name string) bool {
	rest, ok := strings.CutPrefix(text, name)
	next, _ := utf8.DecodeRuneInString(rest)
	return ok && !unicode.IsLetter(next) && !unicode.IsDigit(next) && next != '_'
}

// mentions reports whether text has the word name.
func mentions(text, name string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_'
	}), func(word string) bool { return word == name })
}
