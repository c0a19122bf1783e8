package tidy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

// entries are what is called from outside the code: by the runtime, or by programs of other modules that follow
// scenarios/testing.md.
var entries = []string{"main", "init", "_"}

// called are methods that packages of the standard library look for by name.
var called = []string{"MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "String", "Error", "Unwrap", "Is",
	"As", "Format", "GoString", "LogValue"}

// public are the packages that other modules may use: their exported names need no use here.
var public = []string{"scenarios", "checkers", "sim"}

// Unused finds declarations that nothing in the module mentions, tests included: package-level names and methods. A
// method is in use if any interface has one of its name. What files for other systems and build tags mention counts as
// used, and so does a constant of a group, which lists the values of a kind.
func (m *Module) Unused() (out []Finding) {
	u := &usage{module: m, mentioned: make(map[token.Pos]bool), names: make(map[string]bool)}
	built := make(map[string]bool)
	for _, p := range m.Packages {
		u.addPackage(p)
		for _, f := range p.Files {
			built[f.Path] = true
		}
	}
	u.addOtherFiles(built)
	for _, name := range called {
		u.names[name] = true
	}
	for _, p := range m.Packages {
		for _, f := range p.Files {
			if !f.Test {
				out = append(out, applyEscapes(u.unusedIn(p, f), escapesOf("unused", m.Fset, f.Syntax))...)
			}
		}
	}
	return sortFindings(out)
}

// usage is what the module's code mentions.
type usage struct {
	module    *Module
	mentioned map[token.Pos]bool // the declarations, by the place of their name
	names     map[string]bool    // of interfaces' methods, and what files outside this build mention
}

// addPackage notes what a package mentions.
func (u *usage) addPackage(p *Package) {
	info, _ := u.module.units(p)
	for _, f := range p.Files {
		for _, d := range f.Syntax.Decls {
			own := declared(d)
			ast.Inspect(d, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && info.Uses[id] != nil {
					if at := origin(info.Uses[id]).Pos(); !slices.Contains(own, at) {
						u.mentioned[at] = true
					}
				}
				return true
			})
		}
	}
	for _, t := range info.Types {
		if i, ok := t.Type.Underlying().(*types.Interface); ok {
			for method := range i.Methods() {
				u.names[method.Name()] = true
			}
		}
	}
}

// declared returns where the names of a function's declaration stand, so that recursion is no use.
func declared(d ast.Decl) (all []token.Pos) {
	if fn, ok := d.(*ast.FuncDecl); ok {
		all = append(all, fn.Name.Pos())
	}
	return all
}

// addOtherFiles notes the names in files that this build leaves out.
func (u *usage) addOtherFiles(built map[string]bool) {
	for path := range u.module.goFiles() {
		relative, err := filepath.Rel(u.module.Root, path)
		if err != nil || built[relative] {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			continue // the form check reports it
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				u.names[id.Name] = true
			}
			return true
		})
	}
}

func (u *usage) unusedIn(p *Package, f *File) (out []Finding) {
	open := slices.Contains(public, strings.TrimPrefix(p.ImportPath, u.module.Path+"/"))
	report := func(id *ast.Ident, what string) {
		if u.mentioned[id.Pos()] || u.names[id.Name] || slices.Contains(entries, id.Name) || open && id.IsExported() {
			return
		}
		at := u.module.Fset.Position(id.Pos())
		out = append(out, Finding{token.Position{Filename: at.Filename, Line: at.Line}, "unused",
			fmt.Sprintf("%s %s is not used; delete it", what, id.Name)})
	}
	for _, d := range f.Syntax.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			report(d.Name, "func")
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					report(spec.Name, "type")
				case *ast.ValueSpec:
					if len(d.Specs) > 1 {
						continue
					}
					for _, id := range spec.Names {
						report(id, d.Tok.String())
					}
				}
			}
		}
	}
	return out
}
