package tidy

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
	"unicode/utf8"
)

// The bounds of what one type, one package and one line hold. Beyond them a type is several things.
const (
	fieldsMax  = 25
	methodsMax = 60
	packageMax = 6000 // lines, without tests
	columnsMax = 120  // a tab counts as one
)

// Sizes finds types, packages and lines beyond the bounds. An escape stands above the type, or above the package
// clause:
//
//	//tidy:size it mirrors a format that has as many fields
func (m *Module) Sizes() (out []Finding) {
	for _, p := range m.Packages {
		found := m.sizes(p)
		for _, f := range p.Files {
			out = append(out, applyEscapes(inFile(found, f), escapesOf("size", m.Fset, f.Syntax))...)
			out = append(out, m.wideLines(f)...)
		}
	}
	return sortFindings(out)
}

// sizes finds what is too large in a package.
func (m *Module) sizes(p *Package) (out []Finding) {
	report := func(at token.Pos, format string, args ...any) {
		pos := m.Fset.Position(at)
		out = append(out, Finding{token.Position{Filename: pos.Filename, Line: pos.Line}, "size",
			fmt.Sprintf(format, args...)})
	}
	lines, first := 0, token.NoPos
	for _, f := range p.Files {
		if f.Test {
			continue
		}
		lines += strings.Count(string(f.Source), "\n")
		if f.Syntax.Doc != nil {
			first = f.Syntax.Package
		}
	}
	if lines > packageMax {
		report(first, "the package has %d lines without its tests, more than %d: it is several packages", lines, packageMax)
	}
	for _, t := range sizesOf(p) {
		if t.Fields > fieldsMax {
			report(t.at, "%s has %d fields, more than %d: it is several things", t.Name, t.Fields, fieldsMax)
		}
		if t.Methods > methodsMax {
			report(t.at, "%s has %d methods, more than %d: it is several things", t.Name, t.Methods, methodsMax)
		}
	}
	return out
}

// inFile keeps the findings of one file.
func inFile(all []Finding, f *File) (out []Finding) {
	for _, one := range all {
		if one.Pos.Filename == f.Path {
			out = append(out, one)
		}
	}
	return out
}

// wideLines finds the lines that are too long, tests included. Generated files are free, and so are lines that a text
// fills: breaking one would only hide the text.
func (m *Module) wideLines(f *File) (out []Finding) {
	if ast.IsGenerated(f.Syntax) {
		return nil
	}
	texts := m.textLines(f)
	for i, line := range strings.Split(string(f.Source), "\n") {
		if n := utf8.RuneCountInString(line); n > columnsMax && !texts[i+1] {
			out = append(out, Finding{token.Position{Filename: f.Path, Line: i + 1}, "width",
				fmt.Sprintf("the line has %d columns, more than %d", n, columnsMax)})
		}
	}
	return out
}

// textLines returns the lines of raw strings, and those of which texts are half a line or more.
func (m *Module) textLines(f *File) map[int]bool {
	lines, width := make(map[int]bool), make(map[int]int)
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		text, ok := n.(*ast.BasicLit)
		if !ok || text.Kind != token.STRING {
			return true
		}
		first := m.Fset.Position(text.Pos()).Line
		rows := strings.Count(text.Value, "\n")
		width[first] += utf8.RuneCountInString(text.Value)
		for line := first; line <= first+rows; line++ {
			lines[line] = lines[line] || rows > 0 || width[line] > columnsMax/2
		}
		return true
	})
	return lines
}
