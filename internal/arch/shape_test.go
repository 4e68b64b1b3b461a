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

// namesHaveComments: a comment that begins with the name; in a group, a line of its own, a comment
// at the end of the line, or one for the whole group.
func namesHaveComments(t *tree, found findings) {
	for f := range t.sources {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && receiverExported(d) && !begins(d.Doc.Text(), d.Name.Name) {
					found(t.at(d.Name.Pos()), "the comment of %s does not begin with its name", d.Name.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					checkSpec(t, d, s, found)
				}
			}
		}
	}
}

func checkSpec(t *tree, d *ast.GenDecl, s ast.Spec, found findings) {
	var names []*ast.Ident
	var own, behind *ast.CommentGroup
	switch s := s.(type) {
	case *ast.TypeSpec:
		names, own, behind = []*ast.Ident{s.Name}, s.Doc, s.Comment
	case *ast.ValueSpec:
		names, own, behind = s.Names, s.Doc, s.Comment
	default: // an import
		return
	}
	grouped := d.Lparen != token.NoPos
	if !grouped {
		own = d.Doc
	}
	i := slices.IndexFunc(names, (*ast.Ident).IsExported)
	if i < 0 {
		return
	}
	switch {
	case own != nil && slices.ContainsFunc(names, func(n *ast.Ident) bool { return begins(own.Text(), n.Name) }):
	case own == nil && grouped && (behind != nil || d.Doc != nil):
	default:
		found(t.at(names[i].Pos()), "the comment of %s does not begin with its name", names[i].Name)
	}
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
