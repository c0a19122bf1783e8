package tidy

import (
	"go/ast"
	"go/types"
	"slices"
)

// bannedNames are names of allowed packages that are banned, with what to use and why.
var bannedNames = map[string]map[string]ban{
	"time": {
		"Now": clock, "Since": clock, "Until": clock, "Local": zone, "LoadLocation": zone,
		"Sleep": timer, "After": timer, "AfterFunc": timer, "NewTimer": timer, "NewTicker": timer, "Tick": timer,
		"Unix": local, "UnixMilli": local, "UnixMicro": local,
	},
	"maps": {
		"Keys": walk, "Values": walk, "All": walk, "DeleteFunc": walk, "EqualFunc": walk,
	},
	"iter": {
		"Pull":  {"go", "a plain range over the iterator", "it runs on a goroutine of its own"},
		"Pull2": {"go", "a plain range over the iterator", "it runs on a goroutine of its own"}},
}

// bannedMethods are methods that are banned, by package, type and name.
var bannedMethods = map[string]ban{
	"time.Time.Local":          zone,
	"reflect.Value.MapKeys":    walk,
	"reflect.Value.MapRange":   walk,
	"reflect.Value.Seq":        walk,
	"reflect.Value.Seq2":       walk,
	"reflect.Value.Pointer":    address,
	"reflect.Value.UnsafeAddr": address,
}

type ban struct{ rule, use, because string }

var (
	clock = ban{"clock", "the env.Now that Step was given", "a run must replay on another day, at another speed"}
	timer = ban{"clock", "Deadline and the Tick that follows it",
		"Core never waits, and a run must replay at another speed"}
	zone    = ban{"clock", "UTC", "the time zone is the machine's"}
	local   = ban{"clock", ".UTC() at once on its result", "the time zone is the machine's"}
	walk    = ban{"unordered", "slices.Sorted(maps.Keys(m))", sameOrder}
	address = ban{"pointer", "an id the value has by itself", "addresses differ from run to run"}
)

// selector checks x.Name.
func (l *linter) selector(n *ast.SelectorExpr) {
	if s, ok := l.info.Selections[n]; ok {
		l.method(n, s)
		return
	}
	object := l.info.Uses[n.Sel]
	if object == nil || object.Pkg() == nil {
		return
	}
	path, name := object.Pkg().Path(), object.Name()
	if b, ok := bannedNames[path][name]; ok && !l.harmless[n] && !l.lenient(b.rule) {
		l.report(n, b.rule, path+"."+name+" is", b.use, b.because)
	}
}

// lenient reports whether a rule does not bind this file: the order in which a test goes through its cases
// decides nothing.
func (l *linter) lenient(rule string) bool { return l.testing && rule == "unordered" }

// call marks names that are harmless where they stand: maps.Keys(m) as the first argument of slices.Sorted, and
// time.UnixMilli(t) under .UTC().
func (l *linter) call(n *ast.CallExpr) {
	if name := l.qualified(n.Fun); name == "slices.Sorted" || name == "slices.SortedFunc" ||
		name == "slices.SortedStableFunc" {
		l.excuse(n.Args[0], "maps.Keys", "maps.Values")
	}
	if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "UTC" {
		l.excuse(f.X, "time.Unix", "time.UnixMilli", "time.UnixMicro")
	}
}

func (l *linter) excuse(e ast.Expr, names ...string) {
	if c, ok := e.(*ast.CallExpr); ok && slices.Contains(names, l.qualified(c.Fun)) {
		l.harmless[c.Fun.(*ast.SelectorExpr)] = true
	}
}

// qualified is the name of a package's function, as "path.Name", or "".
func (l *linter) qualified(e ast.Expr) string {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || l.info.Selections[s] != nil {
		return ""
	}
	object := l.info.Uses[s.Sel]
	if object == nil || object.Pkg() == nil {
		return ""
	}
	return object.Pkg().Path() + "." + object.Name()
}

func (l *linter) method(n *ast.SelectorExpr, s *types.Selection) {
	f, ok := s.Obj().(*types.Func)
	if !ok || f.Pkg() == nil {
		return
	}
	recv := s.Recv()
	if p, ok := recv.(*types.Pointer); ok {
		recv = p.Elem()
	}
	named, ok := recv.(*types.Named)
	if !ok {
		return
	}
	key := f.Pkg().Path() + "." + named.Obj().Name() + "." + f.Name()
	if b, ok := bannedMethods[key]; ok && !l.lenient(b.rule) {
		l.report(n, b.rule, key+" is", b.use, b.because)
	}
}
