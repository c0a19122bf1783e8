package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
)

// A run that shows how far it is, is the same run.
func TestProgressChangesNothing(t *testing.T) {
	token, err := ParseToken("failover@1")
	require.NoError(t, err)
	var at []env.Instant
	watched := Do(token, Options{Progress: func(now env.Instant) { at = append(at, now) }})
	require.Equal(t, Do(token, Options{}).Hash, watched.Hash)
	require.Greater(t, len(at), 10, "of a run of more than twenty seconds")
	for i := range len(at) - 1 {
		require.GreaterOrEqual(t, at[i+1].Sub(at[i]), time.Second)
	}
}
