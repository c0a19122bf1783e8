package tidy

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"path/filepath"
	"strings"
)

// linesMax is how long a function may be, first line to last. Tests are free: a table is not a function.
const linesMax = 70

// Form checks what every package keeps to: a package comment, gofmt, and short functions. It looks at nested
// modules too.
func (m *Module) Form() ([]Finding, error) {
	var out []Finding
	comments := make(map[string]token.Position) // directory -> a file of a package without a comment
	for path := range m.goFiles() {
		f, err := m.parseFile(path)
		if err != nil {
			return nil, err
		}
		out = append(out, gofmt(f)...)
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		out = append(out, m.longFunctions(f)...)
		at, seen := comments[filepath.Dir(path)]
		switch {
		case f.Syntax.Doc != nil:
			comments[filepath.Dir(path)] = token.Position{}
		case !seen || at.IsValid():
			comments[filepath.Dir(path)] = token.Position{Filename: f.Path, Line: 1}
		}
	}
	for _, at := range comments {
		if at.IsValid() {
			out = append(out, Finding{at, "comment", "the package has no comment: say in doc.go what it is, what it promises and what it does not do"})
		}
	}
	return sortFindings(out), nil
}

func gofmt(f *File) []Finding {
	clean, err := format.Source(f.Source)
	if err == nil && bytes.Equal(clean, f.Source) {
		return nil
	}
	line := 1
	for i := range min(len(clean), len(f.Source)) {
		if clean[i] != f.Source[i] {
			break
		}
		if clean[i] == '\n' {
			line++
		}
	}
	return []Finding{{token.Position{Filename: f.Path, Line: line}, "gofmt", "gofmt would write this otherwise"}}
}

func (m *Module) longFunctions(f *File) []Finding {
	if ast.IsGenerated(f.Syntax) {
		return nil
	}
	var out []Finding
	for _, d := range f.Syntax.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		first, last := m.Fset.Position(fn.Pos()), m.Fset.Position(fn.End())
		if n := last.Line - first.Line + 1; n > linesMax {
			out = append(out, Finding{first, "length", fmt.Sprintf("%s has %d lines; the longest allowed is %d: put the branching here and the work into functions of their own", fn.Name.Name, n, linesMax)})
		}
	}
	return out
}
