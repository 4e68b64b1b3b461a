package lock_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/smartlock-sdk/smartlock/lock"
)

// constants are the constants of a type in the package's source, in the order of the files.
func constants(t *testing.T, typeName string) []string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.CONST {
				continue
			}
			for _, s := range decl.Specs {
				spec := s.(*ast.ValueSpec)
				if of, ok := spec.Type.(*ast.Ident); !ok || of.Name != typeName {
					continue
				}
				for _, v := range spec.Values {
					value, err := strconv.Unquote(v.(*ast.BasicLit).Value)
					if err != nil {
						t.Fatal(err)
					}
					values = append(values, value)
				}
			}
		}
	}
	if len(values) == 0 {
		t.Fatalf("no constant of type %s was found", typeName)
	}
	return values
}

func TestTheListsAreComplete(t *testing.T) {
	texts := func(list any) []string {
		v := reflect.ValueOf(list)
		words := make([]string, v.Len())
		for i := range words {
			words[i] = v.Index(i).String()
		}
		return words
	}
	for typeName, list := range map[string][]string{
		"Kind": texts(lock.Kinds()), "EventKind": texts(lock.EventKinds()), "Op": append(texts(lock.Ops()), string(lock.CheckProvider)),
	} {
		declared := constants(t, typeName)
		if !slices.Equal(list, declared) {
			t.Errorf("%s: got %q\nwant %q, every constant in the order of their declaration", typeName, list, declared)
		}
		sorted := slices.Sorted(slices.Values(declared))
		if len(slices.Compact(sorted)) != len(declared) {
			t.Errorf("%s: two constants are the same", typeName)
		}
	}
}

// The callers own what the lists return.
func TestTheListsAreFresh(t *testing.T) {
	lock.Ops()[0], lock.Kinds()[0], lock.EventKinds()[0] = "x", "x", "x"
	if lock.Ops()[0] == "x" || lock.Kinds()[0] == "x" || lock.EventKinds()[0] == "x" {
		t.Errorf("changing a list changed the next one")
	}
}

func TestConstantsOfOneTypeDiffer(t *testing.T) {
	for _, typeName := range []string{
		"DeviceKind", "EventSource", "UnlockMethod", "DenyReason", "KeyKind", "Role", "HomeKind", "MeterKind", "Unit", "PayMode", "ReceiptState",
		"PasswordKind", "PasswordState", "Certainty", "PendingKind", "Rule",
	} {
		values := slices.Sorted(slices.Values(constants(t, typeName)))
		for i := 1; i < len(values); i++ {
			if values[i] == values[i-1] {
				t.Errorf("%s: two constants are %q", typeName, values[i])
			}
		}
	}
}

func TestVariantsBeginWithTheirParent(t *testing.T) {
	ops := lock.Ops()
	for i, op := range ops {
		parent, ok := op.Parent()
		if !ok {
			if parent != "" {
				t.Errorf("%s: got parent %q of what is no variant, want none", op, parent)
			}
			continue
		}
		if !strings.HasPrefix(string(op), string(parent)+".") {
			t.Errorf("%s: got parent %q, want one that it begins with", op, parent)
		}
		if _, ok := parent.Parent(); ok {
			t.Errorf("%s: its parent %s is a variant as well, want one level", op, parent)
		}
		if !slices.Contains(ops[:i], parent) {
			t.Errorf("%s: its parent %s comes after it or not at all", op, parent)
		}
	}
	if _, ok := lock.TopUpMeterStatus.Parent(); ok {
		t.Errorf("%s: got a parent, want none: it asks and does not charge", lock.TopUpMeterStatus)
	}
}

func TestCapabilities(t *testing.T) {
	can := lock.Can(lock.CreateOfflinePassword, lock.ListHomes)
	if got, want := can.List(), []lock.Op{lock.ListHomes, lock.CreatePassword, lock.CreateOfflinePassword}; !slices.Equal(got, want) {
		t.Errorf("List: got %v, want %v: the parent too, in the order of Ops", got, want)
	}
	for op, want := range map[lock.Op]bool{
		lock.ListHomes: true, lock.CreatePassword: true, lock.CreateOfflinePassword: true, lock.CreateTimedPassword: false, lock.OpenLock: false, "": false,
	} {
		if got := can.Supports(op); got != want {
			t.Errorf("Supports(%s): got %t, want %t", op, got, want)
		}
	}
	var none lock.Capabilities
	if none.Supports(lock.ListHomes) || len(none.List()) != 0 {
		t.Errorf("the zero set: got something in it, want nothing")
	}
}

func TestUnsupportedAreasAnswerToEverything(t *testing.T) {
	const vendor lock.Vendor = "poor"
	areas := lock.Unsupported(vendor)
	known := lock.Ops()
	seen := make(map[lock.Op]bool)
	for area, v := range map[string]reflect.Value{
		"Homes": reflect.ValueOf(areas.Homes()), "Locks": reflect.ValueOf(areas.Locks()), "Keys": reflect.ValueOf(areas.Keys()),
		"Passwords": reflect.ValueOf(areas.Passwords()), "Meters": reflect.ValueOf(areas.Meters()), "Events": reflect.ValueOf(areas.Events()),
	} {
		for i := range v.NumMethod() {
			name := area + "." + v.Type().Method(i).Name
			t.Run(name, func(t *testing.T) {
				op := wantUnsupported(t, vendor, v.Method(i))
				if !slices.Contains(known, op) {
					t.Errorf("got operation %q, want one of Ops", op)
				}
				seen[op] = true
			})
		}
	}
	for _, op := range known {
		if _, variant := op.Parent(); !variant && !seen[op] {
			t.Errorf("%s: no method names it", op)
		}
	}
}

// wantUnsupported calls a method with nothing and returns the operation that its error names.
func wantUnsupported(t *testing.T, vendor lock.Vendor, method reflect.Value) lock.Op {
	t.Helper()
	var in []reflect.Value
	for i := range method.Type().NumIn() {
		if method.Type().IsVariadic() && i == method.Type().NumIn()-1 {
			break
		}
		in = append(in, reflect.Zero(method.Type().In(i)))
	}
	out := method.Call(in)
	last := out[len(out)-1]
	var errs []error
	if last.Kind() == reflect.Func { // a sequence
		yield := reflect.MakeFunc(last.Type().In(0), func(pair []reflect.Value) []reflect.Value {
			err, _ := pair[1].Interface().(error)
			errs = append(errs, err)
			return []reflect.Value{reflect.ValueOf(true)}
		})
		last.Call([]reflect.Value{yield})
	} else {
		err, _ := last.Interface().(error)
		errs = append(errs, err)
	}
	if len(errs) != 1 {
		t.Fatalf("got %d answers, want one", len(errs))
	}
	e, ok := errs[0].(*lock.Error)
	if !ok || e.Kind != lock.ErrUnsupported || e.Vendor != vendor {
		t.Fatalf("got %v, want an *Error of kind %q and vendor %q", errs[0], lock.ErrUnsupported, vendor)
	}
	return e.Op
}

func TestFailedSeq(t *testing.T) {
	n := 0
	for v, err := range lock.FailedSeq[lock.Home](lock.ErrNotFound) {
		if n++; v.ID != "" || err != lock.ErrNotFound {
			t.Errorf("got %v and %v, want nothing and the error", v, err)
		}
	}
	if n != 1 {
		t.Errorf("got %d pairs, want 1", n)
	}
}
