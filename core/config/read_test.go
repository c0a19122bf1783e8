package config

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryConfigIsReadOrSaysWhyNot looks for the name of every config in the code that is not its definition: one that
// nobody asks for is a promise that is not kept, unless it says so.
func TestEveryConfigIsReadOrSaysWhyNot(t *testing.T) {
	read := source(t, "../..")
	for _, set := range []*Set{Brokers, Topics} {
		for _, d := range set.All() {
			if d.Unused == "" && !isRead(read, &d) {
				t.Errorf("%s is read by nobody; read it, or say in its Unused why Gregor does nothing with it", d.Name)
			}
		}
	}
}

// isRead says whether a config, or one that it stands for, is asked for by its name.
func isRead(read string, d *Def) bool {
	if strings.Contains(read, strconv.Quote(d.Name)) {
		return true
	}
	for _, t := range Topics.All() {
		for _, s := range t.Synonyms {
			if s.Name == d.Name && (t.Unused != "" || strings.Contains(read, strconv.Quote(t.Name))) {
				return true
			}
		}
	}
	return false
}

// source is all code but tests and the tables.
func source(t *testing.T, root string) string {
	var all strings.Builder
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		name := e.Name()
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "table_") {
			return err
		}
		raw, err := os.ReadFile(path)
		all.Write(raw)
		return err
	})
	require.NoError(t, err)
	return all.String()
}
