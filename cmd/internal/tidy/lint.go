package tidy

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// pure are the folders whose code must be deterministic.
var pure = []string{"core", "sim", "netsim", "disksim", "checkers", "scenarios"}

// escapable are the rules of the lint.
var escapable = []string{"go", "select", "channel", "unordered", "clock", "import", "float", "pointer", "outcome"}

// shaping are the rules of [Module.Sizes] and [Module.Unused] that have escapes.
var shaping = []string{"size", "unused"}

// Lint checks every pure package of the module.
func (m *Module) Lint() []Finding {
	var out []Finding
	for _, p := range m.Packages {
		folder, _, _ := strings.Cut(strings.TrimPrefix(p.ImportPath, m.Path+"/"), "/")
		if slices.Contains(pure, folder) {
			out = append(out, m.LintPackage(p, folder)...)
		}
	}
	return sortFindings(out)
}

// LintPackage checks one package, as part of a folder.
func (m *Module) LintPackage(p *Package, folder string) []Finding {
	info, errs := m.units(p)
	var out []Finding
	for _, err := range errs {
		out = append(out, typeError(err, p))
	}
	for _, f := range p.Files {
		l := &linter{fset: m.Fset, info: info, file: f, folder: folder, testing: f.Test ||
			strings.HasSuffix(p.ImportPath, "core/env/contract"), module: m.Path, harmless: make(map[*ast.SelectorExpr]bool),
			looked: make(map[*ast.FuncLit]bool)}
		l.imports()
		ast.Walk(visitor{l: l}, f.Syntax)
		out = append(out, applyEscapes(l.findings, l.escapes())...)
	}
	return sortFindings(out)
}

// escapes returns the escapes from the lint's own rules, and those from rules that there are none of.
func (l *linter) escapes() []*escape {
	return slices.DeleteFunc(escapes(l.fset, l.file.Syntax), func(e *escape) bool {
		return slices.Contains(shaping, e.rule)
	})
}

func typeError(err error, p *Package) Finding {
	f := Finding{Rule: "types", Text: err.Error(), Pos: token.Position{Filename: p.Dir}}
	if t, ok := err.(types.Error); ok {
		f.Pos, f.Text = t.Fset.Position(t.Pos), t.Msg
	}
	f.Text = "does not type-check: " + f.Text
	return f
}

// linter checks one file.
type linter struct {
	fset     *token.FileSet
	info     *types.Info
	file     *File
	folder   string
	module   string
	testing  bool // a test file, or a suite that tests are made of
	findings []Finding
	harmless map[*ast.SelectorExpr]bool // names that are fine where they stand: see call
	looked   map[*ast.FuncLit]bool      // called with outcomes that were looked at before: see looksItself
}

func (l *linter) report(n ast.Node, rule, what, use, because string) {
	pos := l.fset.Position(n.Pos())
	pos.Column, pos.Offset = 0, 0 // one finding of a kind a line is enough
	l.findings = append(l.findings, Finding{pos, rule,
		fmt.Sprintf("%s banned in %s; use %s, because %s", what, l.folder, use, because)})
}

// visitor walks a file and remembers the function it is in.
type visitor struct {
	l    *linter
	body *ast.BlockStmt // of the innermost function
}

func (v visitor) Visit(n ast.Node) ast.Visitor {
	inner := v
	switch n := n.(type) {
	case *ast.FuncDecl:
		inner.body = n.Body
		v.l.outcomeOf(n, n.Type, nil)
	case *ast.FuncLit:
		inner.body = n.Body
		if !v.l.looked[n] {
			v.l.outcomeOf(n, n.Type, n.Body)
		}
	case *ast.CallExpr:
		v.l.call(n)
		v.l.looksItself(n)
	case *ast.RangeStmt:
		v.l.rangeOver(n, v.body)
	case *ast.SelectorExpr:
		v.l.selector(n)
	}
	if n != nil {
		v.l.statement(n)
		v.l.expression(n)
	}
	return inner
}

const (
	useEvents    = "an operation whose outcome comes back as an event"
	oneStep      = "Core never waits and a step is one thread of work"
	sameOrder    = "the order of a map differs from run to run"
	useSortedMap = "slices.Sorted(maps.Keys(m)) and range over that"
)

// statement checks what syntax alone shows.
func (l *linter) statement(n ast.Node) {
	switch n := n.(type) {
	case *ast.GoStmt:
		l.report(n, "go", "a go statement is", useEvents, oneStep)
	case *ast.SelectStmt:
		l.report(n, "select", "select is", useEvents, oneStep+", and select picks at random")
	case *ast.SendStmt, *ast.ChanType:
		l.report(n, "channel", "a channel is", useEvents, oneStep)
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			l.report(n, "channel", "receiving from a channel is", useEvents, oneStep)
		}
	}
}

// expression checks constants and types.
func (l *linter) expression(n ast.Node) {
	e, ok := n.(ast.Expr)
	if !ok {
		return
	}
	if id, ok := e.(*ast.Ident); ok {
		if v, ok := l.info.ObjectOf(id).(*types.Var); ok && isFloat(v.Type()) {
			l.float(n)
		}
	}
	tv, ok := l.info.Types[e]
	if !ok {
		return
	}
	if isFloat(tv.Type) {
		l.float(n)
	}
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING && tv.Value != nil &&
		printsPointer(constant.StringVal(tv.Value)) {
		l.report(n, "pointer", "%p is", "an id the value has by itself", "addresses differ from run to run")
	}
}

func (l *linter) float(n ast.Node) {
	if l.testing {
		return // what a test computes decides nothing in a run
	}
	l.report(n, "float", "a floating-point number is", "integers in a small unit (millionths, percent)",
		"compilers may round it differently on another machine")
}

func isFloat(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsFloat|types.IsComplex) != 0
}

var pointerVerb = regexp.MustCompile(`%[-+# 0]*(\[\d+\])?\d*(\.\d+)?p`)

func printsPointer(format string) bool {
	return pointerVerb.MatchString(strings.ReplaceAll(format, "%%", ""))
}
