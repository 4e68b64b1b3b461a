package arch

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// testsDoNotSleep: a file of tests that sleeps runs them in a bubble, where time costs nothing.
func testsDoNotSleep(t *tree, found findings) {
	for f := range t.files {
		if !f.test || f.importName("testing/synctest") != "" {
			continue
		}
		name := f.importName("time")
		for n := range ast.Preorder(f.File) {
			if e, ok := n.(ast.Expr); ok && selects(e, name, func(m string) bool { return m == "Sleep" }) {
				found(t.at(e.Pos()), "a test must not sleep: use testing/synctest, an injected clock or a channel")
			}
		}
	}
}

// certificatesAreVerified: InsecureSkipVerify is set to false or not at all. A test may set it, to
// see that it is not taken over.
func certificatesAreVerified(t *tree, found findings) {
	for f := range t.sources {
		for n := range ast.Preorder(f.File) {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if isName(n.Key, "InsecureSkipVerify") && !isName(n.Value, "false") {
					found(t.at(n.Pos()), "certificates must be verified")
				}
			case *ast.AssignStmt:
				for i, l := range n.Lhs {
					sel, ok := l.(*ast.SelectorExpr)
					if ok && sel.Sel.Name == "InsecureSkipVerify" && (len(n.Rhs) != len(n.Lhs) || !isName(n.Rhs[i], "false")) {
						found(t.at(l.Pos()), "certificates must be verified")
					}
				}
			}
		}
	}
}

func isName(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// nothingRunsBeforeMain: no init functions.
func nothingRunsBeforeMain(t *tree, found findings) {
	for f := range t.files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				found(t.at(fn.Pos()), "a package does nothing when it is imported: take init out")
			}
		}
	}
}

// onlyExamplesPrint: the library answers its caller, and logs to the caller's logger.
func onlyExamplesPrint(t *tree, found findings) {
	for _, p := range t.packages {
		if under(p.dir, "examples") {
			continue
		}
		uses := t.uses(p)
		for _, f := range p.files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && f.test && strings.HasPrefix(fn.Name.Name, "Example") {
					continue
				}
				for n := range ast.Preorder(d) {
					if e, ok := n.(ast.Expr); ok && prints(f, e, uses) {
						found(t.at(e.Pos()), "only examples print")
					}
				}
			}
		}
	}
}

// prints reports whether e is something that prints.
func prints(f *file, e ast.Expr, uses uses) bool {
	if id, ok := e.(*ast.Ident); ok {
		_, builtin := uses[id].(*types.Builtin)
		return builtin && (id.Name == "print" || id.Name == "println")
	}
	return selects(e, f.importName("fmt"), func(m string) bool { return strings.HasPrefix(m, "Print") }) ||
		selects(e, f.importName("os"), func(m string) bool { return m == "Stdout" || m == "Stderr" }) ||
		selects(e, f.importName("log"), func(m string) bool {
			return strings.HasPrefix(m, "Print") || strings.HasPrefix(m, "Fatal") || strings.HasPrefix(m, "Panic")
		})
}

// signaturesAreComparedInConstantTime: in the vendors' packages, what is named like a signature is
// not compared with ==, bytes.Equal and their like, whose time says how much of it was right.
// Comparing with a constant, as in sign == "", tells nothing that is not in the source.
func signaturesAreComparedInConstantTime(t *tree, found findings) {
	const remedy = "compare signatures with crypto/subtle or hmac.Equal, on decoded bytes"
	for _, p := range t.packages {
		if top, _, _ := strings.Cut(p.dir, "/"); !slices.Contains(vendors, top) {
			continue
		}
		constants := p.constants()
		secret := func(x, y ast.Expr) bool {
			return signature(x) && !constant(x, constants) && !constant(y, constants)
		}
		for _, f := range p.files {
			if f.test {
				continue
			}
			for n := range ast.Preorder(f.File) {
				switch n := n.(type) {
				case *ast.BinaryExpr:
					if (n.Op == token.EQL || n.Op == token.NEQ) && (secret(n.X, n.Y) || secret(n.Y, n.X)) {
						found(t.at(n.Pos()), remedy)
					}
				case *ast.CallExpr:
					if leaky(f, n.Fun) && slices.ContainsFunc(n.Args, signature) {
						found(t.at(n.Pos()), remedy)
					}
				}
			}
		}
	}
}

// leaky reports whether a function compares in a time that tells.
func leaky(f *file, fn ast.Expr) bool {
	for path, members := range map[string][]string{
		"bytes":   {"Compare", "Equal", "EqualFold"},
		"reflect": {"DeepEqual"},
		"slices":  {"Compare", "Equal"},
		"strings": {"Compare", "EqualFold"},
	} {
		if selects(fn, f.importName(path), func(m string) bool { return slices.Contains(members, m) }) {
			return true
		}
	}
	return false
}

// constant reports whether e is a literal, nil, or one of the package's constants.
func constant(e ast.Expr, constants map[string]bool) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return e.Name == "nil" || constants[e.Name]
	}
	return false
}

// constants are the names of the constants declared at the top of the package's files.
func (p *pkg) constants() map[string]bool {
	names := map[string]bool{}
	for _, f := range p.files {
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
				for _, s := range g.Specs {
					for _, n := range s.(*ast.ValueSpec).Names {
						names[n.Name] = true
					}
				}
			}
		}
	}
	return names
}

// signature reports whether an expression is named like a signature: by its last word, the member
// it asks for, or the function that makes it.
func signature(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return slices.Contains([]string{"sign", "signature", "sig", "hmac", "digest", "sum"}, lastWord(e.Name))
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return err == nil && signature(ast.NewIdent(text))
	case *ast.SelectorExpr:
		return signature(e.Sel)
	case *ast.IndexExpr:
		return signature(e.X) || signature(e.Index)
	case *ast.SliceExpr:
		return signature(e.X)
	case *ast.StarExpr:
		return signature(e.X)
	case *ast.ParenExpr:
		return signature(e.X)
	case *ast.CallExpr:
		return !isName(e.Fun, "len") && (signature(e.Fun) || slices.ContainsFunc(e.Args, signature))
	}
	return false
}

// lastWord is "sign" for "bodySign", "X-Ca-Sign" and "body_sign", in lower case, "sum" for "Sum256".
func lastWord(name string) string {
	name = strings.TrimRight(name, "0123456789")
	start := strings.LastIndexFunc(name, func(r rune) bool { return unicode.IsUpper(r) || r == '_' || r == '-' })
	if start > 0 && name == strings.ToUpper(name) { // an abbreviation
		start = strings.LastIndexAny(name, "_-")
	}
	return strings.ToLower(strings.TrimLeft(name[max(start, 0):], "_-"))
}

// packageVariablesDoNotChange: no function assigns to a variable of a package, neither of its own
// nor of another, or to a part of one. A test may set another package's variable as a program would.
func packageVariablesDoNotChange(t *tree, found findings) {
	for _, p := range t.packages {
		uses := t.uses(p)
		for _, f := range p.files {
			checkAssignments(t, f, uses, found)
		}
	}
}

func checkAssignments(t *tree, f *file, uses uses, found findings) {
	check := func(targets ...ast.Expr) {
		for _, e := range targets {
			if e == nil {
				continue
			}
			if id, foreign := ofPackage(e, uses); id != nil && !(foreign && f.test) {
				found(t.at(e.Pos()), "%s belongs to a package and must not change: keep it in a value that is passed on", id.Name)
			}
		}
	}
	for n := range ast.Preorder(f.File) {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				check(n.Lhs...)
			}
		case *ast.IncDecStmt:
			check(n.X)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				check(n.Key, n.Value)
			}
		case *ast.CallExpr:
			if (isName(n.Fun, "delete") || isName(n.Fun, "clear")) && len(n.Args) > 0 {
				check(n.Args[0])
			}
		}
	}
}

// ofPackage returns the package's variable that e is, or is a part of, and whether it is another
// package's; nil if e is something else.
func ofPackage(e ast.Expr, uses uses) (variable *ast.Ident, foreign bool) {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			if id, ok := x.X.(*ast.Ident); ok {
				if _, other := uses[id].(*types.PkgName); other {
					return x.Sel, true
				}
			}
			e = x.X
		case *ast.Ident:
			if v, ok := uses[x].(*types.Var); ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
				return x, false
			}
			return nil, false
		default:
			return nil, false
		}
	}
}

// uses says what the names in a package stand for, as far as the package's own sources tell.
type uses map[*ast.Ident]types.Object

func (t *tree) uses(p *pkg) uses {
	byName := map[string][]*ast.File{} // a folder's tests may be a package of their own
	for _, f := range p.files {
		byName[f.Name.Name] = append(byName[f.Name.Name], f.File)
	}
	u := uses{}
	for name, files := range byName {
		// What the package imports is not looked at; the errors about that do not matter.
		config := types.Config{Importer: blank{}, Error: func(error) {}}
		_, _ = config.Check(name, t.fset, files, &types.Info{Uses: u})
	}
	return u
}

// blank imports packages with nothing in them.
type blank struct{}

func (blank) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, baseName(path))
	p.MarkComplete()
	return p, nil
}
