package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is the path under which our packages import each other.
const module = "github.com/smartlock-sdk/smartlock"

// tree is the source of the module.
type tree struct {
	fset     *token.FileSet
	packages []*pkg
	texts    []text
}

// pkg is the Go files of one folder, the tests too.
type pkg struct {
	dir   string // from the root, with slashes: "internal/rest"
	files []*file
}

// file is one Go source.
type file struct {
	dir  string
	name string // "client.go"
	test bool
	*ast.File
}

// text is a document or a script, line by line.
type text struct {
	path  string
	lines []string
}

// load reads the tree under root. Nested modules, hidden folders and testdata are not part of it.
func load(root fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	byDir := map[string]*pkg{}
	err := fs.WalkDir(root, ".", func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if at != "." && (skipped(d.Name()) || nested(root, at)) {
				return fs.SkipDir
			}
			return nil
		}
		ext := path.Ext(at)
		if ext != ".go" && ext != ".md" && at != ".ci/run" {
			return nil
		}
		src, err := fs.ReadFile(root, at)
		if err != nil {
			return err
		}
		if ext != ".go" {
			t.texts = append(t.texts, text{at, strings.Split(string(src), "\n")})
			return nil
		}
		parsed, err := parser.ParseFile(t.fset, at, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := path.Dir(at)
		p := byDir[dir]
		if p == nil {
			p = &pkg{dir: dir}
			byDir[dir] = p
			t.packages = append(t.packages, p)
		}
		name := path.Base(at)
		p.files = append(p.files, &file{dir, name, strings.HasSuffix(name, "_test.go"), parsed})
		return nil
	})
	return t, err
}

func skipped(dir string) bool {
	return dir == "testdata" || dir == "vendor" || strings.HasPrefix(dir, ".") && dir != ".ci"
}

func nested(root fs.FS, dir string) bool {
	_, err := fs.Stat(root, path.Join(dir, "go.mod"))
	return err == nil
}

// sources calls yield with every file that is no test.
func (t *tree) sources(yield func(*file) bool) {
	t.files(func(f *file) bool { return f.test || yield(f) })
}

// files calls yield with every Go file.
func (t *tree) files(yield func(*file) bool) {
	for _, p := range t.packages {
		for _, f := range p.files {
			if !yield(f) {
				return
			}
		}
	}
}

// hasTests reports whether the package has a test file.
func (p *pkg) hasTests() bool {
	return slices.ContainsFunc(p.files, func(f *file) bool { return f.test })
}

// imported is one import of a file.
type imported struct {
	path  string
	local string // the folder in this module, "" if it is somebody else's
	at    token.Pos
}

func (f *file) imports(yield func(imported) bool) {
	for _, spec := range f.Imports {
		p, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
		local, ours := strings.CutPrefix(p, module+"/")
		if !ours {
			local = ""
		}
		if !yield(imported{p, local, spec.Pos()}) {
			return
		}
	}
}

// importName is the name under which the file uses a package, "" if it does not import it.
func (f *file) importName(importPath string) string {
	for _, spec := range f.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); p != importPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return baseName(importPath)
	}
	return ""
}

// baseName guesses the name of a package: "resty" for ".../resty/v2".
func baseName(importPath string) string {
	dir, base := path.Split(importPath)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" && dir != "" {
		return path.Base(dir)
	}
	return base
}

// selects reports whether e is name.member, such as time.Sleep.
func selects(e ast.Expr, name string, member func(string) bool) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || name == "" {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == name && member(sel.Sel.Name)
}
