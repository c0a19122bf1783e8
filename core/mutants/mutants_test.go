package mutants

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestEachIsReadOnce finds, for every planted bug, exactly one place in core that reads it.
func TestEachIsReadOnce(t *testing.T) {
	read := map[string][]string{}
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for n, line := range strings.Split(string(text), "\n") {
			for rest, more := line, true; more; {
				if _, rest, more = strings.Cut(rest, "mutants.On()."); more {
					name := rest[:len(rest)-len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))]
					read[name] = append(read[name], path)
					if !strings.Contains(line, "mutants.Enabled && mutants.On()."+name) {
						t.Errorf("%s:%d reads %s without asking Enabled first", path, n+1, name)
					}
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	set := reflect.TypeFor[Set]()
	for i := range set.NumField() {
		if name := set.Field(i).Name; len(read[name]) != 1 {
			t.Errorf("%s is read in %d places, %v; it must be exactly one", name, len(read[name]), read[name])
		}
	}
}

// TestEachIsSwitchedOn finds, for every planted bug, a test or a conversation that runs with it: one that nothing runs
// with may be no bug.
func TestEachIsSwitchedOn(t *testing.T) {
	var text strings.Builder
	for _, pattern := range []string{"../*/*mutants_test.go", "../*/testdata/*.txt", "../../scenarios/mutants*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, files, err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(raw)
		}
	}
	set := reflect.TypeFor[Set]()
	for i := range set.NumField() {
		name := set.Field(i).Name
		on := regexp.MustCompile(`# mutant: .*\b` + name + `\b|Plant\(t, "` + name + `"|\b` + name + `: true`)
		if !on.MatchString(text.String()) {
			t.Errorf("no test runs with %s", name)
		}
	}
}

// TestOffInANormalBuild needs no tag and finds everything off.
func TestOffInANormalBuild(t *testing.T) {
	if !Enabled && On() != (Set{}) {
		t.Error("a bug is on in a normal build")
	}
}
