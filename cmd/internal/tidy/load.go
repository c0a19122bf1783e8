package tidy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Module is the module's packages, parsed; and the export data of all others, to type-check against.
type Module struct {
	Root     string
	Path     string // "gregor"
	Fset     *token.FileSet
	Packages []*Package // sorted by import path
	byPath   map[string]*Package
	gc       types.Importer
}

// Package is one package of the module.
type Package struct {
	ImportPath string
	Dir        string
	Files      []*File // of the package, then its tests
	typed      *types.Package
	errs       []error
	info       *types.Info // of all files, once units has checked them
	infoErrs   []error
}

// File is one parsed file.
type File struct {
	Path   string // relative to the module's root
	Test   bool
	XTest  bool // of package x_test
	Syntax *ast.File
	Source []byte
}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath, Dir, Export            string
	Standard                           bool
	GoFiles, TestGoFiles, XTestGoFiles []string
	Module                             *struct{ Path string }
}

// alwaysListed are packages of the standard library that planted violations use, beside all that the module uses.
var alwaysListed = []string{"context", "crypto/rand", "fmt", "hash/maphash", "iter", "maps", "math", "math/rand",
	"math/rand/v2", "net", "net/netip", "os",
	"reflect", "runtime", "slices", "sort", "strconv", "strings", "sync", "sync/atomic", "testing", "time", "unsafe"}

// Load lists and parses the module around dir.
func Load(dir string) (*Module, error) {
	root, path, err := findModule(dir)
	if err != nil {
		return nil, err
	}
	m := &Module{Root: root, Path: path, Fset: token.NewFileSet(), byPath: make(map[string]*Package)}
	packages, err := m.list()
	if err != nil {
		return nil, err
	}
	exports := make(map[string]string)
	for _, l := range packages {
		if l.Module == nil || l.Module.Path != path {
			exports[l.ImportPath] = l.Export
			continue
		}
		p, err := m.parse(l)
		if err != nil {
			return nil, err
		}
		m.Packages = append(m.Packages, p)
		m.byPath[p.ImportPath] = p
	}
	slices.SortFunc(m.Packages, func(a, b *Package) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	m.gc = importer.ForCompiler(m.Fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("no export data for %s", path)
		}
		return os.Open(exports[path])
	})
	return m, nil
}

// findModule walks up to the next go.mod.
func findModule(dir string) (root, path string, err error) {
	dir, err = filepath.Abs(dir)
	for err == nil {
		text, readErr := os.ReadFile(filepath.Join(dir, "go.mod"))
		if readErr == nil {
			name, _, _ := strings.Cut(strings.TrimPrefix(string(text), "module "), "\n")
			return dir, strings.TrimSpace(name), nil
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		err = errors.New("no go.mod in any directory above")
	}
	return "", "", err
}

// list asks the go command about the module's packages and all they need, tests included.
func (m *Module) list() ([]listed, error) {
	args := append([]string{"list", "-e", "-deps", "-export",
		"-json=ImportPath,Dir,Export,Standard,GoFiles,TestGoFiles,XTestGoFiles,Module", "./..."}, alwaysListed...)
	args = append(args, m.testImports()...)
	cmd := exec.Command("go", args...)
	cmd.Dir = m.Root
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.String())
	}
	var all []listed
	for d := json.NewDecoder(&out); ; {
		var l listed
		err := d.Decode(&l)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, l)
	}
}

// testImports are what the module's test files import from elsewhere: -deps does not follow tests, and -test
// would build every test binary's main.
func (m *Module) testImports() []string {
	seen := make(map[string]bool)
	var out []string
	for path := range m.goFiles() {
		if !strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			continue // the type check reports it
		}
		for _, i := range f.Imports {
			name := strings.Trim(i.Path.Value, `"`)
			if !seen[name] && !m.inside(name) {
				seen[name] = true
				out = append(out, name)
			}
		}
	}
	return out
}

func (m *Module) inside(importPath string) bool {
	return importPath == m.Path || strings.HasPrefix(importPath, m.Path+"/")
}

// goFiles yields the path of every Go file below the root, in nested modules too, but not in testdata.
func (m *Module) goFiles() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		stop := errors.New("enough")
		err := filepath.WalkDir(m.Root, func(path string, d os.DirEntry, err error) error {
			switch name := filepath.Base(path); {
			case err != nil:
				return err
			case d.IsDir() && path != m.Root && (name == "testdata" || name == "node_modules" || name[0] == '.' ||
				name[0] == '_'):
				return filepath.SkipDir
			case !d.IsDir() && strings.HasSuffix(name, ".go") && !yield(path):
				return stop
			}
			return nil
		})
		if err != nil && err != stop {
			panic(err) // the tree changed under the walk; a test's only answer is to fail
		}
	}
}

func (m *Module) parse(l listed) (*Package, error) {
	p := &Package{ImportPath: l.ImportPath, Dir: l.Dir}
	for i, names := range [][]string{l.GoFiles, l.TestGoFiles, l.XTestGoFiles} {
		for _, name := range names {
			f, err := m.parseFile(filepath.Join(l.Dir, name))
			if err != nil {
				return nil, err
			}
			f.Test, f.XTest = i > 0, i == 2
			p.Files = append(p.Files, f)
		}
	}
	return p, nil
}

func (m *Module) parseFile(path string) (*File, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	relative, err := filepath.Rel(m.Root, path)
	if err != nil {
		return nil, err
	}
	syntax, err := parser.ParseFile(m.Fset, relative, source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	return &File{Path: relative, Syntax: syntax, Source: source}, nil
}

// Import implements types.Importer: the module's own packages are checked from source, so that a lint needs no
// build of code that is being written.
func (m *Module) Import(path string) (*types.Package, error) {
	p, ok := m.byPath[path]
	if !ok {
		return m.gc.Import(path)
	}
	if p.typed == nil {
		var info types.Info
		p.typed, p.errs = m.check(p.ImportPath, p.select_(func(f *File) bool { return !f.Test }), &info, m)
	}
	return p.typed, nil
}

func (p *Package) select_(want func(*File) bool) []*ast.File {
	var out []*ast.File
	for _, f := range p.Files {
		if want(f) {
			out = append(out, f.Syntax)
		}
	}
	return out
}

// check type-checks files as one package and returns every error, not only the first.
func (m *Module) check(path string, files []*ast.File, info *types.Info, imports types.Importer) (*types.Package,
	[]error) {
	var errs []error
	conf := types.Config{Importer: imports, Error: func(err error) { errs = append(errs, err) }}
	p, _ := conf.Check(path, m.Fset, files, info) // the errors are in errs
	return p, errs
}

// withTests imports one package as its tests see it, and every other one as it is.
type withTests struct {
	m     *Module
	path  string
	typed *types.Package
}

func (w withTests) Import(path string) (*types.Package, error) {
	if path == w.path {
		return w.typed, nil
	}
	return w.m.Import(path)
}

// units type-checks a package, once: with its own tests, and then the tests of package x_test.
func (m *Module) units(p *Package) (info *types.Info, errs []error) {
	if p.info == nil {
		p.info, p.infoErrs = m.checkUnits(p)
	}
	return p.info, p.infoErrs
}

func (m *Module) checkUnits(p *Package) (info *types.Info, errs []error) {
	info = &types.Info{
		Types: make(map[ast.Expr]types.TypeAndValue), Defs: make(map[*ast.Ident]types.Object),
		Uses: make(map[*ast.Ident]types.Object), Selections: make(map[*ast.SelectorExpr]*types.Selection),
	}
	own, errs := m.check(p.ImportPath, p.select_(func(f *File) bool { return !f.XTest }), info, m)
	outside := p.select_(func(f *File) bool { return f.XTest })
	if len(outside) > 0 {
		_, more := m.check(p.ImportPath+"_test", outside, info, withTests{m, p.ImportPath, own})
		errs = append(errs, more...)
	}
	return info, errs
}
