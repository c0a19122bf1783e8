//go:build mutants

package seglog

import (
	"testing"

	"gregor/core/mutants"
	"gregor/internal/conversation"
)

// TestWithout runs the conversations with the bugs they name: a file whose bug changes nothing shows nothing.
func TestWithout(t *testing.T) {
	conversation.Files(t, "testdata/*.txt", func(t *testing.T, text string) string {
		return conversation.Without(t, text, func(names ...string) string {
			want := converse(t, text)
			defer mutants.Plant(t, names...)()
			return conversation.Instead(want, converse(t, text))
		})
	})
}

// TestACutBeforeTheIndexes is why a truncation waits: see TestACutWaitsForTheIndexes.
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
