package tidy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"github.com/stretchr/testify/require"
)

func parsed(t *testing.T, source string) *ast.File {
	f, err := parser.ParseFile(token.NewFileSet(), "planted.go", source, parser.ParseComments)
	require.NoError(t, err)
	return f
}

func TestProseIsCounted(t *testing.T) {
	p := proseOf(parsed(t, `// Package p tells whoever hears it what nobody says: whether it rains.
package p

//tidy:unordered told in a directive, which is no prose
var x = "told in a text, which is no comment" // It says whether it rains.
`))
	require.Equal(t, 12+5, p.Words)
	byName := map[string]int{}
	for i, name := range Turns() {
		byName[name] = p.Turns[i]
	}
	require.Equal(t, map[string]int{"says what": 1, "tell/told": 1, "nobody": 1, "whoever": 1, "hears": 1, "takes up": 0,
		"anew": 0}, byName)
}

func TestOldTurnsAreFoundInTextsToo(t *testing.T) {
	m := module(t)
	f := plantedFile(t, "package p\n\nvar x = \"nobody leads\"\n")
	found := m.OldTurns(&Package{Files: []*File{f}})
	require.Len(t, found, 1)
	require.Equal(t, 3, found[0].Pos.Line)
	require.Contains(t, found[0].Text, `"nobody"; write: the actor`)
}

func TestSizesAreCounted(t *testing.T) {
	f := &File{Syntax: parsed(t, `package p

type a struct {
	x, y int
	b
	spare struct{ z, w int }
}

type b struct{}

func (*a) one() {}
func (a) two()  {}
func (b) one()  {}
`)}
	all := sizesOf(&Package{Files: []*File{f}})
	for i := range all {
		all[i].at = token.NoPos
	}
	require.Equal(t, []TypeSize{{Name: "a", Fields: 5, Methods: 2}, {Name: "b", Methods: 1}}, all)
}

func TestNestingAndAssertionsAreCounted(t *testing.T) {
	body := func(source string) *ast.BlockStmt {
		return parsed(t, "package p\n\nfunc f() {\n"+source+"\n}\n").Decls[0].(*ast.FuncDecl).Body
	}
	require.Equal(t, 0, nesting(body("x := 1"), 0))
	require.Equal(t, 2, nesting(body("for { if x { y() } else { z() } }"), 0))
	require.Equal(t, 4, nesting(body("for { switch { case a: if b { func() { c() }() } } }"), 0))
	require.Equal(t, 2, asserts(body(`if x { panic("p") }; must.AtLeast("end", a, b); mustard(1)`)))
}

// TestOrder draws graphs whose best order is known.
func TestOrder(t *testing.T) {
	g := newGraph(5) // 4 -> 3 -> 2 -> 1 -> 0, and one arrow that runs back
	for i := range 4 {
		g.arrow(i+1, i)
	}
	g.arrow(0, 2)
	require.Equal(t, 5, g.size())
	require.Equal(t, 1, g.back(g.order()))
	require.Equal(t, []int{1, 2, 0, 3}, move([]int{0, 1, 2, 3}, 0, 2))
	require.Equal(t, []int{2, 0, 1, 3}, move([]int{0, 1, 2, 3}, 2, 0))
	both := newGraph(3) // each with each: of every pair one arrow runs back, in any order
	for i := range 3 {
		for j := range 3 {
			if i != j {
				both.arrow(i, j)
			}
		}
	}
	require.Equal(t, 3, both.back(both.order()))
}

// The bounds of the old turns of phrase, per 10,000 words of comment. The aim is 1.
const turnsMax = 3

func TestOldTurnsAreRare(t *testing.T) {
	var all Prose
	for _, m := range module(t).Measure() {
		all.add(m.Prose)
	}
	for i, name := range Turns() {
		if rate := all.Rate(i); rate > turnsMax {
			t.Errorf("%q comes %.1f times in 10,000 words of comment, more than %d; next: go run ./cmd/internal/tidy/measures -words",
				name, rate, turnsMax)
		}
	}
}
