package scenarios

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// However often a run is looked at, and traced, it has the same events and the same hash.
func TestLookingChangesNothing(t *testing.T) {
	for i, name := range []string{"tour", "storm", "cluster-storm-admin", "rebalance", "zombie-controller"} {
		token := tokenOf(t, name, uint64(1+i))
		straight := Do(token, Options{})
		looked := New(token, Options{Trace: 100})
		for n := uint64(1); !looked.Done(); n += uint64(997 * (i + 1)) {
			looked.RunToEvent(n)
			_, err := json.Marshal(looked.View())
			require.NoError(t, err)
		}
		require.Equal(t, straight.Hash, looked.Result().Hash, "next: gregor run %s --twice", token)
		require.Equal(t, straight.Stats.Events, looked.Result().Stats.Events)
	}
}

func tokenOf(t *testing.T, name string, seed uint64) Token {
	text, known := Embedded(name)
	require.True(t, known, name)
	s, err := Parse(name, text)
	require.NoError(t, err)
	return Token{Scenario: s, Text: text, Seed: seed}
}
