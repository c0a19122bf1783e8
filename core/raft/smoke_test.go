package raft

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/disksim"
)

// TestElectsAndCommits is the least a quorum does.
func TestElectsAndCommits(t *testing.T) {
	for _, voters := range []int{1, 3, 5} {
		c := newCluster(1, voters, 1, true, disksim.Options{LatencyNanos: 50_000, SyncNanos: 1_000_000})
		c.trace = func(s string) { t.Log(s) }
		for _, m := range c.nodes {
			m.start()
			m.do(func(now envNow) {})
		}
		c.run(6 * time.Second)
		require.Nil(t, c.laws.broken)
		leader := c.leader()
		require.NotNil(t, leader)
		require.NoError(t, leader.append(1, 10))
		c.run(time.Second)
		require.Nil(t, c.laws.broken)
		for _, m := range c.nodes {
			require.Equal(t, leader.owner.next, m.owner.next, "node %d", m.id)
			require.Equal(t, leader.id, m.owner.leader)
		}
		require.Len(t, c.laws.tokens, 1)
	}
}
