package checkers

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/checkers/history"
	"gregor/core/env"
)

// However long a run is, what is remembered of it has a bound, and it goes on being judged.
func TestMemoryIsBounded(t *testing.T) {
	v, event := NewInvariants(), uint64(0)
	tell := func(node string, f env.Fact) []Finding {
		event++
		return v.Observe(history.Stamped{Event: event, Node: node, Fact: f})
	}
	tp := env.TopicPartition{Topic: "t"}
	both := []env.NodeID{1, 2}
	names := []string{"b1", "b2"}
	for i, n := range names {
		tell(n, env.Registered{Node: env.NodeID(i + 1)})
		tell(n, env.LogRecovered{TopicPartition: tp})
		tell(n, env.Started{Node: env.NodeID(i + 1)})
	}
	const rounds = maxStates * 2
	for i := range rounds {
		leader, epoch := i%2, env.LeaderEpoch(i)
		for k, n := range names {
			require.Empty(t, tell(n, env.PartitionChanged{TopicPartition: tp, At: env.Offset(i), Leader: env.NodeID(leader + 1), Epoch: epoch,
				PartitionEpoch: int32(i), Replicas: both, ISR: both, MinISR: 1}))
			if k == leader {
				require.Empty(t, tell(n, env.BecameLeader{TopicPartition: tp, Epoch: epoch}))
			} else {
				require.Empty(t, tell(n, env.BecameFollower{TopicPartition: tp, Leader: env.NodeID(leader + 1), Epoch: epoch}))
			}
			require.Empty(t, tell(n, env.MetadataApplied{To: env.Offset(i), Digest: 7}))
			require.Empty(t, tell(n, env.QuorumAppended{Node: env.NodeID(k + 1), Epoch: epoch, Base: env.Offset(i), Last: env.Offset(i)}))
		}
		require.Empty(t, tell(names[leader], env.ActiveController{Node: env.NodeID(leader + 1), Epoch: epoch}))
		require.Empty(t, tell(names[leader], env.BecameQuorumLeader{Node: env.NodeID(leader + 1), Epoch: epoch}))
		require.Empty(t, tell("b1", env.GroupOffsetCommitted{Group: "g", TopicPartition: tp, Offset: env.Offset(i)}))
		require.Empty(t, tell("c", env.CommitCalled{Client: "c", Call: uint64(i), Group: "g", TopicPartition: tp, Offset: 0}))
		for k := range 2 * maxBatches / rounds {
			o := env.Offset(i*(2*maxBatches/rounds) + k)
			for _, n := range names {
				tell(n, env.Appended{TopicPartition: tp, Epoch: epoch, Base: o, Last: o, ProducerID: -1})
			}
			require.Empty(t, tell(names[leader], env.HighWatermarkAdvanced{TopicPartition: tp, From: o, To: o + 1}))
		}
	}
	p := v.slots[tp].newest()
	for i := range maxLosses * 2 {
		p.lose(loss{offset: env.Offset(i)})
		p.replicas[0].hurtBy(hurt{0, env.Offset(i), "x"})
	}
	for i := range maxLives * 2 {
		v.slots[tp].live(env.UUID{byte(i)}, true)
	}
	for what, n := range map[string][2]int{
		"batches":     {len(p.replicas[0].batches.all()), maxBatches},
		"truth":       {len(p.truth.log.all()), maxBatches},
		"states":      {len(p.image.states), maxStates},
		"elections":   {len(p.image.elections), maxElections},
		"leaders":     {len(p.leaders), maxLeaderships},
		"losses":      {len(p.losses), maxLosses},
		"hurts":       {len(p.replicas[0].hurts), maxHurts},
		"lives":       {len(v.slots[tp].lives), maxLives},
		"digests":     {len(v.cluster.digests), maxDigests},
		"controllers": {len(v.cluster.controllers), maxControllers},
		"quorum":      {len(v.quorum.leaders), maxLeaderships},
		"stored":      {len(v.offsets[progressKey{"g", tp}].stored), maxStored},
		"asked":       {len(v.offsets[progressKey{"g", tp}].asked), maxAsked},
	} {
		require.LessOrEqual(t, n[0], n[1], what)
		require.Positive(t, n[0], fmt.Sprint(what, " are kept"))
	}
}

// A client whose records a rebuilt replica holds again is not told that they are lost.
func TestHurtsHeal(t *testing.T) {
	r := replica{}
	r.hurtBy(hurt{5, 10, "a power cut"})
	require.Equal(t, "a power cut", r.hurtAt(7))
	r.healed(8)
	require.Empty(t, r.hurtAt(7))
	require.Equal(t, "a power cut", r.hurtAt(9))
	r.healed(10)
	require.Empty(t, r.hurts)
}
