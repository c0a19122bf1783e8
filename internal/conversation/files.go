package conversation

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the responses of today into testdata; then read the difference")

// Files runs every file that matches a pattern, as a subtest of the file's name. play returns the text as it should be;
// a difference fails the test, or with -rewrite is written into the file.
func Files(t *testing.T, pattern string, play func(t *testing.T, text string) string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no file matches %s: %v", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			Golden(t, file, play(t, string(text)))
		})
	}
}

// Golden compares one file with what it should hold, or with -rewrite writes it.
func Golden(t testing.TB, file, got string) {
	t.Helper()
	want, err := os.ReadFile(file)
	switch {
	case err == nil && string(want) == got:
	case *rewrite:
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	case err != nil:
		t.Fatalf("%v; next: %s", err, next(t.Name()))
	default:
		t.Fatalf("%snext: %s", difference(file, string(want), got), next(t.Name()))
	}
}

// shown bounds how many lines of either side a failure prints.
const shown = 8

// difference describes the first place where two texts differ: the command, and the lines from there on.
func difference(file, want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	at := 0
	for at < min(len(w), len(g)) && w[at] == g[at] {
		at++
	}
	out := fmt.Sprintf("%s:%d differs", file, at+1)
	for i := min(at, len(g)-1); i >= 0; i-- {
		if !strings.HasPrefix(g[i], " ") && !remark(g[i]) {
			out += " in the response to: " + g[i]
			break
		}
	}
	return out + "\n" + lines("want", w[at:]) + lines(" got", g[at:])
}

func lines(side string, of []string) (out string) {
	for i, l := range of {
		if i == shown {
			return out + fmt.Sprintf("%s| ... %d more lines\n", side, len(of)-shown)
		}
		out += fmt.Sprintf("%s| %s\n", side, l)
	}
	return out
}

// next is the command that writes the file again.
func next(test string) string {
	name, tags := "./...", ""
	if dir, err := os.Getwd(); err == nil {
		name = within(dir)
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-tags" && s.Value != "" {
				tags = "-tags " + s.Value + " "
			}
		}
	}
	return fmt.Sprintf("go test %s%s -run '^%s$' -rewrite; then judge the difference with git diff", tags, name,
		strings.ReplaceAll(test, "/", "$/^"))
}

// within returns a folder as the go command names it from the module's root.
func within(dir string) string {
	for root := dir; root != filepath.Dir(root); root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			if rel, err := filepath.Rel(root, dir); err == nil {
				return "./" + filepath.ToSlash(rel)
			}
		}
	}
	return "."
}
