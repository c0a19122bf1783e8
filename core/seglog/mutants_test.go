//go:build mutants

package seglog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/mutants"
)

// TestWithout runs the conversations with the bugs they name: a file whose bug changes nothing shows nothing.
func TestWithout(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			got := converse(t, string(raw), func(names string) string { return breaks(t, names, string(raw)) })
			if *rewrite {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
				return
			}
			require.Equal(t, string(raw), got)
		})
	}
}

// breaks runs a script with bugs and says which line is the first that is not as it should be.
func breaks(t *testing.T, names, script string) string {
	want := converse(t, script, nil)
	defer mutants.Plant(t, strings.Fields(names)...)()
	a, b := strings.Split(want, "\n"), strings.Split(converse(t, script, nil), "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return strings.TrimSpace(b[i]) + ", in place of: " + strings.TrimSpace(a[i])
		}
	}
	t.Errorf("mutant %s changes nothing", names)
	return "nothing changes"
}

// TestACutBeforeTheIndexes is why a cut waits: see TestACutWaitsForTheIndexes.
func TestACutBeforeTheIndexes(t *testing.T) {
	mutants.Plant(t, "CutBeforeIndexes")
	for seed := range uint64(300) {
		if wrong := cutWhileIndexing(seed); wrong != "" {
			t.Logf("found with seed %d: %s", seed, wrong)
			return
		}
	}
	t.Error("nothing is wrong in 300 runs")
}
