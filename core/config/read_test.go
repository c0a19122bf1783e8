package config

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryConfigIsReadOrSaysWhyNot looks for reads of every config in the code that is not its definition or a check
// of it: a config that no code reads has no effect, and its entry states that; one that states it is not read.
func TestEveryConfigIsReadOrSaysWhyNot(t *testing.T) {
	read := names(source(t, "../.."))
	for _, set := range []*Set{Brokers, Topics, Groups, ClientMetrics} {
		for _, d := range set.All() {
			switch is := isRead(read, &d); {
			case d.Refused != "":
			case d.Unused == "" && !is:
				t.Errorf("no code reads %s config %s; read it, or write in its Unused why it has no effect", set.what, d.Name)
			case d.Unused != "" && is:
				t.Errorf("%s config %s has no effect, its Unused says, and yet code reads it", set.what, d.Name)
			}
		}
	}
}

// isRead reports whether a config, or one of topics that it is the default of, is asked for by its name.
func isRead(read map[string]bool, d *Def) bool {
	if read[d.Name] {
		return true
	}
	for _, t := range Topics.All() {
		for _, s := range t.Synonyms {
			if s.Name == d.Name && t.Unused == "" && read[t.Name] {
				return true
			}
		}
	}
	return false
}

// names are the texts that code passes to a function, or gives a name or a field.
func names(code string) map[string]bool {
	read := map[string]bool{}
	text := regexp.MustCompile(`(?:\(|, |= |: +|return )"([a-z.]+)"(?:[,)\n]| //)`)
	for _, m := range text.FindAllStringSubmatch(code, -1) {
		read[m[1]] = true
	}
	return read
}

// source is all code but tests, the tables, and what only checks values or passes them on.
func source(t *testing.T, root string) string {
	var all strings.Builder
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		name := e.Name()
		if e.IsDir() && (name == "client" || name == "clients") { // whose configs are others
			return fs.SkipDir
		}
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") ||
			strings.HasPrefix(name, "table_") || name == "relations.go" || name == "serve_cluster.go" {
			return err
		}
		raw, err := os.ReadFile(path)
		all.Write(raw)
		return err
	})
	require.NoError(t, err)
	return all.String()
}
