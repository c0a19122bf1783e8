//go:build mutants

package replica

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gregor/core/mutants"
	"gregor/internal/conversation"
)

// TestWithout plays the conversations with the bugs they name: a file whose bug breaks nothing shows nothing.
func TestWithout(t *testing.T) {
	conversation.Files(t, "testdata/*.txt", func(t *testing.T, text string) string {
		return conversation.Without(t, text, func(names ...string) string { return breaks(t, text, names) })
	})
}

// breaks plays a text with bugs and returns the law they broke first, or else the first line that is not as it should
// be.
func breaks(t *testing.T, text string, names []string) string {
	want, _ := play(t, text)
	defer mutants.Plant(t, names...)()
	got, broken := play(t, text)
	if len(broken) > 0 {
		return broken[0]
	}
	return conversation.Instead(want, got)
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
