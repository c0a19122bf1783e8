package tidy

import (
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// load lists and parses the module once for all tests.
var load = sync.OnceValues(func() (*Module, error) { return Load(".") })

func module(t *testing.T) *Module {
	m, err := load()
	require.NoError(t, err)
	return m
}

func requireNone(t *testing.T, findings []Finding) {
	t.Helper()
	for _, f := range findings {
		t.Error(f)
	}
}

func TestTheCoreIsDeterministic(t *testing.T) {
	requireNone(t, module(t).Lint())
}

func TestArrows(t *testing.T) {
	findings, err := module(t).Arrows()
	require.NoError(t, err)
	requireNone(t, findings)
}

func TestForm(t *testing.T) {
	findings, err := module(t).Form()
	require.NoError(t, err)
	requireNone(t, findings)
}

func TestSizes(t *testing.T) {
	requireNone(t, module(t).Sizes())
}

func TestNothingIsUnused(t *testing.T) {
	requireNone(t, module(t).Unused())
}

// want is the comment of a planted violation: // want "a part of the finding". It speaks for its own line, or
// with an offset for one that holds a comment already: // want+1 "..."
var want = regexp.MustCompile(`// want([+-]\d+)? (".*)`)

// TestPlantedViolations lints files that are full of violations, each of which names what must be found: a lint
// that finds too little fails, and one that finds too much.
func TestPlantedViolations(t *testing.T) {
	m := module(t)
	paths, err := filepath.Glob("testdata/planted/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			absolute, err := filepath.Abs(path)
			require.NoError(t, err)
			f, err := m.parseFile(absolute)
			require.NoError(t, err)
			f.Test = strings.HasSuffix(path, "_planted_test.go")
			p := &Package{ImportPath: m.Path + "/core/planted", Files: []*File{f}}
			got := m.LintPackage(p, "core")
			requireWanted(t, m.Fset, f, got)
		})
	}
}

func requireWanted(t *testing.T, fset *token.FileSet, f *File, got []Finding) {
	type place struct {
		line int
		text string
	}
	var wanted []place
	for i, line := range strings.Split(string(f.Source), "\n") {
		match := want.FindStringSubmatch(line)
		if match == nil {
			continue
		}
		offset := 0
		if match[1] != "" {
			_, err := fmt.Sscanf(match[1], "%d", &offset)
			require.NoError(t, err)
		}
		text, err := strconv.Unquote(match[2])
		require.NoError(t, err)
		wanted = append(wanted, place{i + 1 + offset, text})
	}
	require.NotEmpty(t, wanted, "a planted file without a want plants nothing")
	for _, w := range wanted {
		found := false
		for i, g := range got {
			if g.Pos.Line == w.line && strings.Contains(g.Text, w.text) {
				got, found = append(got[:i:i], got[i+1:]...), true
				break
			}
		}
		require.True(t, found, "%s:%d: nothing found that says %q", f.Path, w.line, w.text)
	}
	for _, g := range got {
		t.Errorf("found, but not planted: %s", g)
	}
}

func TestPlantedArrows(t *testing.T) {
	m := module(t)
	a, err := parseArrows("env < record < seglog, wire < broker\nenv < contract\nonly tests: contract\nin tests: contract")
	require.NoError(t, err)
	for _, c := range []struct {
		from, to string
		test     bool
		want     string
	}{
		{"seglog", "record", false, ""},
		{"seglog", "env", false, ""},
		{"seglog", "seglog/inner", false, ""},
		{"seglog", "wire", false, "seglog imports wire, and no arrow in cmd/internal/tidy/deps.txt allows it: seglog may import env, record"},
		{"env", "record", true, "env may import nothing of this module"},
		{"seglog", "contract", false, "seglog imports contract, which is for tests only"},
		{"seglog", "contract", true, ""},
		{"seglog", "unheard/of", false, "seglog imports unheard/of, and no arrow"},
	} {
		got := a.judge(c.from, a.allowed(c.from), c.to, c.test)
		if c.want == "" {
			require.Empty(t, got)
		} else {
			require.Contains(t, got, c.want)
		}
	}
	stranger := &Package{ImportPath: m.Path + "/core/stranger"}
	require.Contains(t, m.checkArrows(a, stranger)[0].Text, "is not in cmd/internal/tidy/deps.txt")
	for _, bad := range []string{"a < b < a", "a b c"} {
		_, err := parseArrows(bad)
		require.Error(t, err, bad)
	}
}

// plantedFile parses a file that a test has written.
func plantedFile(t *testing.T, source string) *File {
	path := filepath.Join(t.TempDir(), "planted.go")
	require.NoError(t, os.WriteFile(path, []byte(source), 0o666))
	f, err := module(t).parseFile(path)
	require.NoError(t, err)
	return f
}

func TestPlantedForm(t *testing.T) {
	m := module(t)
	plant := func(source string) *File { return plantedFile(t, source) }
	long := plant("package p\n\nfunc f() {\n" + strings.Repeat("\tprintln()\n", linesMax-1) + "}\n")
	require.Contains(t, m.longFunctions(long)[0].Text, "f has 71 lines")
	require.Empty(t, gofmt(long))
	fits := plant("package p\n\nfunc f() {\n" + strings.Repeat("\tprintln()\n", linesMax-2) + "}\n")
	require.Empty(t, m.longFunctions(fits))
	ugly := plant("package p\n\nfunc f() {\n  println()\n}\n")
	require.Equal(t, 4, gofmt(ugly)[0].Pos.Line)
	bare := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bare, "a.go"), []byte("package a\n"), 0o666))
	findings, err := (&Module{Root: bare, Fset: m.Fset}).Form()
	require.NoError(t, err)
	require.Len(t, findings, 1)
	require.Contains(t, findings[0].Text, "the package has no comment")
}

func TestATypeErrorIsAFinding(t *testing.T) {
	m := module(t)
	path := filepath.Join(t.TempDir(), "planted.go")
	require.NoError(t, os.WriteFile(path, []byte("package p\n\nvar x int = nothing\n"), 0o666))
	f, err := m.parseFile(path)
	require.NoError(t, err)
	got := m.LintPackage(&Package{ImportPath: m.Path + "/core/p", Files: []*File{f}}, "core")
	require.Len(t, got, 1)
	require.Contains(t, got[0].Text, "does not type-check: undefined: nothing")
}
