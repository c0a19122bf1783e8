package tidy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// Measures are the numbers of one package, tests left out unless a field says otherwise.
type Measures struct {
	Package   string // its path inside the module
	Lines     int
	Functions int
	Long      int // functions of more than [longLines] lines
	Deep      int // functions that nest deeper than [deepNesting] blocks
	Asserts   int // calls of core/must and of panic
	Types     []TypeSize
	Arrows    Arrows
	Prose     Prose // tests included
}

// TypeSize is how much one type of a package holds.
type TypeSize struct {
	Name            string
	Fields, Methods int // an embedded field counts as one; methods are those declared on it
	at              token.Pos
}

// The bounds that Measures counts functions by.
const (
	longLines   = 40
	deepNesting = 3
)

// Measure returns the numbers of every package of the module, sorted by path.
func (m *Module) Measure() []Measures {
	var out []Measures
	for _, p := range m.Packages {
		out = append(out, m.measure(p))
	}
	return out
}

func (m *Module) measure(p *Package) Measures {
	out := Measures{Package: strings.TrimPrefix(p.ImportPath, m.Path+"/")}
	for _, f := range p.Files {
		out.Prose.add(proseOf(f.Syntax))
		if f.Test {
			continue
		}
		out.Lines += strings.Count(string(f.Source), "\n")
		for _, d := range f.Syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				out.function(m.linesOf(fn), fn)
			}
		}
	}
	out.Types = sizesOf(p)
	out.Arrows = m.fileArrows(p)
	return out
}

func (m *Module) linesOf(n ast.Node) int {
	return m.Fset.Position(n.End()).Line - m.Fset.Position(n.Pos()).Line + 1
}

func (m *Measures) function(lines int, fn *ast.FuncDecl) {
	m.Functions++
	if lines > longLines {
		m.Long++
	}
	if nesting(fn.Body, 0) > deepNesting {
		m.Deep++
	}
	m.Asserts += asserts(fn.Body)
}

// nesting returns how many blocks of control lie within one another at the deepest place below n.
func nesting(n ast.Node, depth int) int {
	deepest := depth
	ast.Inspect(n, func(inner ast.Node) bool {
		if inner == n {
			return true
		}
		switch inner := inner.(type) {
		case *ast.IfStmt:
			deepest = max(deepest, nesting(inner.Body, depth+1))
			if inner.Else != nil {
				deepest = max(deepest, nesting(inner.Else, depth))
			}
			return false
		case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.FuncLit:
			deepest = max(deepest, nesting(inner, depth+1))
			return false
		}
		return true
	})
	return deepest
}

// asserts counts the places below n that state an invariant: calls of core/must, and of panic.
func asserts(n ast.Node) (count int) {
	ast.Inspect(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch f := call.Fun.(type) {
		case *ast.Ident:
			if f.Name == "panic" {
				count++
			}
		case *ast.SelectorExpr:
			if pkg, ok := f.X.(*ast.Ident); ok && pkg.Name == "must" {
				count++
			}
		}
		return true
	})
	return count
}

// sizesOf counts the fields and methods of a package's types, the largest first.
func sizesOf(p *Package) []TypeSize {
	sizes := make(map[string]*TypeSize)
	size := func(name string) *TypeSize {
		if sizes[name] == nil {
			sizes[name] = &TypeSize{Name: name}
		}
		return sizes[name]
	}
	for _, f := range p.Files {
		if f.Test {
			continue
		}
		for _, d := range f.Syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv != nil {
					size(receiverName(d)).Methods++
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if t, ok := spec.(*ast.TypeSpec); ok {
						size(t.Name.Name).Fields, size(t.Name.Name).at = fieldsOf(t), t.Pos()
					}
				}
			}
		}
	}
	var out []TypeSize
	for _, s := range sizes { //tidy rules do not bind this package; sorted below
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b TypeSize) int {
		if a.Methods != b.Methods {
			return b.Methods - a.Methods
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}

func receiverName(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	for {
		switch inner := t.(type) {
		case *ast.StarExpr:
			t = inner.X
		case *ast.IndexExpr:
			t = inner.X
		case *ast.IndexListExpr:
			t = inner.X
		case *ast.Ident:
			return inner.Name
		default:
			return "?"
		}
	}
}

// fieldsOf counts a struct's fields; those of unnamed structs inside it are its own.
func fieldsOf(t *ast.TypeSpec) (count int) {
	s, ok := t.Type.(*ast.StructType)
	if !ok {
		return 0
	}
	return countFields(s)
}

func countFields(s *ast.StructType) (count int) {
	for _, f := range s.Fields.List {
		n := max(1, len(f.Names))
		if inner, ok := f.Type.(*ast.StructType); ok {
			n = countFields(inner)
		}
		count += n
	}
	return count
}

// Arrows are the uses between the files of one package: an arrow runs from a file to another one whose names it uses.
// The main direction is the order of files in which the fewest arrows run back, found greedily.
type Arrows struct{ All, Back int }

// fileArrows counts the arrows between the files of a package, tests left out.
func (m *Module) fileArrows(p *Package) Arrows {
	info := &types.Info{Defs: make(map[*ast.Ident]types.Object), Uses: make(map[*ast.Ident]types.Object)}
	files := p.select_(func(f *File) bool { return !f.Test })
	if len(files) < 2 {
		return Arrows{}
	}
	m.check(p.ImportPath, files, info, m)
	home := make(map[types.Object]int) // the file that declares an object of the package
	for i, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && info.Defs[id] != nil {
				home[info.Defs[id]] = i
			}
			return true
		})
	}
	uses := newGraph(len(files))
	for i, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			if to, own := home[origin(info.Uses[id])]; own && to != i {
				uses.arrow(i, to)
			}
			return true
		})
	}
	return Arrows{All: uses.size(), Back: uses.back(uses.order())}
}

// origin returns the declared object of one that a generic type or function was instantiated to.
func origin(o types.Object) types.Object {
	switch o := o.(type) {
	case *types.Func:
		return o.Origin()
	case *types.Var:
		return o.Origin()
	}
	return o
}

// Largest returns the type with the most methods and the one with the most fields.
func (m Measures) Largest() (methods, fields TypeSize) {
	for _, t := range m.Types {
		if t.Methods > methods.Methods {
			methods = t
		}
		if t.Fields > fields.Fields {
			fields = t
		}
	}
	return methods, fields
}

// Add adds the numbers of another package.
func (m *Measures) Add(o Measures) {
	m.Lines += o.Lines
	m.Functions += o.Functions
	m.Long += o.Long
	m.Deep += o.Deep
	m.Asserts += o.Asserts
	m.Arrows.All += o.Arrows.All
	m.Arrows.Back += o.Arrows.Back
	m.Types = append(m.Types, o.Types...)
	m.Prose.add(o.Prose)
}
