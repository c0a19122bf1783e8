package raft

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestFailoverTime measures how long it takes from the death of a leader to the first record committed under the next
// one, with Kafka's default timeouts: when its machine says that the process is gone, and when it says nothing.
func TestFailoverTime(t *testing.T) {
	for _, power := range []bool{false, true} {
		var took []time.Duration
		for seed := uint64(1); seed <= 40; seed++ {
			c := settledCluster(seed, 3, false)
			old := c.leader()
			require.NotNil(t, old)
			old.stop(power)
			from := c.now
			for c.now.Sub(from) < 20*time.Second && c.laws.broken == nil {
				c.run(5 * time.Millisecond)
				if m := c.leader(); m != nil && m.owner.epoch > c.laws.epochs[old.id] {
					break
				}
			}
			require.Nil(t, c.laws.broken)
			took = append(took, c.now.Sub(from))
		}
		slices.Sort(took)
		t.Logf("power cut %v: median %v, worst of %d %v", power, took[len(took)/2], len(took), took[len(took)-1])
		require.Less(t, took[len(took)-1], 10*time.Second)
	}
}
