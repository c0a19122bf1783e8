//go:build mutants

package replica

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gregor/core/mutants"
)

// TestWithout runs the conversations with the bugs they name: a file whose bug breaks nothing shows nothing.
func TestWithout(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			got, _ := converse(t, string(raw), func(names string) string { return without(t, names, string(raw)) })
			if *rewrite {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
				return
			}
			require.Equal(t, string(raw), got)
		})
	}
}

// without runs a script with bugs and says what broke first: a law, or else the first line that is not as it should
// be.
func without(t *testing.T, names, script string) string {
	want, _ := converse(t, script, nil)
	pull := mutants.Plant(t, strings.Fields(names)...)
	got, bad := converse(t, script, nil)
	pull()
	if len(bad) > 0 {
		return bad[0]
	}
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return strings.TrimSpace(b[i]) + ", in place of: " + strings.TrimSpace(a[i])
		}
	}
	t.Errorf("mutant %s changes nothing", names)
	return "nothing changes"
}

func TestAFailedFetchSaysSomething(t *testing.T) {
	mutants.Plant(t, "FailedReadUpdatesFollower")
	require.EqualValues(t, -1, failedFetches(t).End)
}

// TestLawsCatchMutants shows that chance and the laws together can find something: those mutants that a few hundred
// runs find. The rarer ones have their conversations.
func TestLawsCatchMutants(t *testing.T) {
	for _, name := range []string{"TruncateToHighWatermark", "DivergingUpdatesFollower"} {
		t.Run(name, func(t *testing.T) {
			mutants.Plant(t, name)
			for seed := range 1000 {
				if bad := rapid.Custom(chaos).Example(seed); len(bad) > 0 {
					t.Logf("found with seed %d: %s", seed, bad[0])
					return
				}
			}
			t.Errorf("%s is not found in 1000 runs", name)
		})
	}
}
