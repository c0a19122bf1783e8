package tidy

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// planted returns a module of one package p, of files that a test has written.
func planted(t *testing.T, sources ...string) *Module {
	m := module(t)
	p := &Package{ImportPath: m.Path + "/p"}
	for _, source := range sources {
		p.Files = append(p.Files, plantedFile(t, source))
	}
	return &Module{Root: filepath.Join(m.Root, "cmd/internal/tidy/testdata"), Path: m.Path, Fset: m.Fset,
		Packages: []*Package{p}, gc: m.gc}
}

func texts(findings []Finding) (all []string) {
	for _, f := range findings {
		all = append(all, fmt.Sprintf("%d: %s", f.Pos.Line, f.Text))
	}
	return all
}

func TestPlantedSizes(t *testing.T) {
	fields := func(n int) string { return "struct {\n" + strings.Repeat("\t_ int\n", n) + "}\n" }
	methods := ""
	for i := range methodsMax + 1 {
		methods += fmt.Sprintf("func (fits) m%d() {}\n", i)
	}
	m := planted(t, "package p\n\ntype fits "+fields(fieldsMax)+methods+"\n//tidy:size it mirrors a format\ntype excused "+
		fields(fieldsMax+1)+
		"\ntype large "+fields(fieldsMax+1)+"\n//tidy:size there is no reason to\ntype small int\n")
	require.Equal(t, []string{
		"3: fits has 61 methods, more than 60: it is several things",
		"122: large has 26 fields, more than 25: it is several things",
		"151: this escape excuses nothing on line 152; remove it",
	}, texts(m.Sizes()))

	long := planted(t, "// Package p is long.\npackage p\n"+strings.Repeat("\n", packageMax))
	require.Contains(t, texts(long.Sizes())[0], "2: the package has 6002 lines without its tests, more than 6000")
}

func TestPlantedWidth(t *testing.T) {
	code, text := "var x = "+strings.Repeat("1 + ", 30)+"1", `var y = "`+strings.Repeat("words ", 30)+`"`
	m := planted(t, "package p\n\n"+code+"\n"+text+"\n")
	require.Equal(t, []string{"3: the line has 129 columns, more than 120"}, texts(m.Sizes()))
}

func TestPlantedUnused(t *testing.T) {
	m := planted(t, `package p

type shape interface{ area() int }

type square int

func (s square) area() int   { return int(s) }
func (s square) String() string { return "" }
func (s square) corners() int { return s.corners() }

var _ shape = square(1)

const (
	one = iota
	two
)

//tidy:unused a tool looks for it by name
func kept() {}

func recursive() { recursive() }
`)
	require.Equal(t, []string{"9: func corners is not used; delete it", "21: func recursive is not used; delete it"},
		texts(m.Unused()))
}
