package tidy

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
)

//go:embed deps.txt
var depsText string

// arrows are deps.txt, read.
type arrows struct {
	direct    map[string][]string // package -> what it may import, as written
	onlyTests []string
	inTests   []string
}

// parseArrows reads the format of deps.txt.
func parseArrows(text string) (*arrows, error) {
	a := &arrows{direct: make(map[string][]string)}
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := a.parseLine(line); err != nil {
			return nil, fmt.Errorf("deps.txt:%d: %w", i+1, err)
		}
	}
	return a, a.checkCycles()
}

func (a *arrows) parseLine(line string) error {
	if rest, ok := strings.CutPrefix(line, "only tests:"); ok {
		a.onlyTests = append(a.onlyTests, names(rest)...)
		return nil
	}
	if rest, ok := strings.CutPrefix(line, "in tests:"); ok {
		a.inTests = append(a.inTests, names(rest)...)
		return nil
	}
	levels := strings.Split(line, "<")
	if len(levels) < 2 {
		return fmt.Errorf("%q is neither an arrow nor a rule about tests", line)
	}
	for i := range levels[1:] {
		for _, upper := range names(levels[i+1]) {
			a.direct[upper] = append(a.direct[upper], names(levels[i])...)
		}
	}
	for _, lower := range names(levels[0]) {
		a.direct[lower] = append(a.direct[lower], "NONE")
	}
	return nil
}

func names(list string) []string {
	var out []string
	for _, n := range strings.Split(list, ",") {
		out = append(out, strings.TrimSpace(n))
	}
	return out
}

func (a *arrows) checkCycles() error {
	for _, name := range slices.Sorted(maps.Keys(a.direct)) {
		if slices.Contains(a.allowed(name), name) {
			return fmt.Errorf("deps.txt: %s may import itself over others: an arrow points the wrong way", name)
		}
	}
	return nil
}

// allowed are all packages that one may import, sorted.
func (a *arrows) allowed(name string) []string {
	seen := make(map[string]bool)
	var follow func(string)
	follow = func(name string) {
		for _, lower := range a.direct[name] {
			if lower != "NONE" && !seen[lower] {
				seen[lower] = true
				follow(lower)
			}
		}
	}
	follow(name)
	return slices.Sorted(maps.Keys(seen))
}

// named finds the name in deps.txt that speaks for a package: its own, or that of a folder it is in.
func (a *arrows) named(importPath string) (string, bool) {
	for name := importPath; name != "."; {
		if _, ok := a.direct[name]; ok {
			return name, true
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			break
		}
		name = name[:i]
	}
	return "", false
}

// short is a package's name in deps.txt: without the module, and without core or cmd/internal.
func (m *Module) short(importPath string) string {
	name := strings.TrimPrefix(importPath, m.Path+"/")
	for _, folder := range []string{"core/", "cmd/internal/"} {
		if rest, ok := strings.CutPrefix(name, folder); ok {
			return rest
		}
	}
	return name
}

// Arrows checks every import within the module.
func (m *Module) Arrows() ([]Finding, error) {
	a, err := parseArrows(depsText)
	if err != nil {
		return nil, err
	}
	var out []Finding
	for _, p := range m.Packages {
		out = append(out, m.checkArrows(a, p)...)
	}
	return sortFindings(out), nil
}

func (m *Module) checkArrows(a *arrows, p *Package) []Finding {
	from, ok := a.named(m.short(p.ImportPath))
	if !ok {
		f := Finding{Rule: "arrow", Text: p.ImportPath +
			" is not in cmd/internal/tidy/deps.txt: write down what it may import"}
		f.Pos.Filename = p.Dir
		return []Finding{f}
	}
	allowed := a.allowed(from)
	var out []Finding
	for _, f := range p.Files {
		for _, i := range f.Syntax.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			if !m.inside(path) {
				continue
			}
			if text := a.judge(from, allowed, m.short(path), f.Test); text != "" {
				out = append(out, Finding{m.Fset.Position(i.Pos()), "arrow", text})
			}
		}
	}
	return out
}

// judge returns what is wrong with an import, "" if nothing is.
func (a *arrows) judge(from string, allowed []string, path string, test bool) string {
	to, ok := a.named(path)
	switch {
	case ok && slices.Contains(a.onlyTests, to) && !test:
		return fmt.Sprintf("%s imports %s, which is for tests only", from, to)
	case ok && (to == from || slices.Contains(allowed, to)), ok && test && slices.Contains(a.inTests, to):
		return ""
	}
	may := strings.Join(allowed, ", ")
	if may == "" {
		may = "nothing of this module"
	}
	return fmt.Sprintf("%s imports %s, and no arrow in cmd/internal/tidy/deps.txt allows it: %s may import %s", from, path,
		from, may)
}
