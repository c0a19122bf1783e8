package model

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// observer applies one fact after the other.
type observer struct {
	c     *Cluster
	event uint64
}

func (o *observer) observe(node string, f env.Fact) {
	o.event++
	s := Step{Cluster: o.c, Stamped: history.Stamped{Event: o.event, Node: node, Fact: f}}
	r := RuleOf(reflect.TypeOf(f))
	r.Bind(&s)
	r.Apply(&s)
}

// However long a run is, what is remembered of it has a bound.
func TestMemoryIsBounded(t *testing.T) {
	o := observer{c: New()}
	tp := kafka.TopicPartition{Topic: "t"}
	both := []kafka.NodeID{1, 2}
	names := []string{"b1", "b2"}
	for i, n := range names {
		o.observe(n, env.Registered{Node: kafka.NodeID(i + 1)})
		o.observe(n, env.LogRecovered{TopicPartition: tp})
		o.observe(n, env.Started{Node: kafka.NodeID(i + 1)})
	}
	const rounds = maxStates * 2
	for i := range rounds {
		leader, epoch := i%2, kafka.LeaderEpoch(i)
		for k, n := range names {
			o.observe(n, env.PartitionChanged{TopicPartition: tp, At: kafka.Offset(i), Leader: kafka.NodeID(leader + 1),
				Epoch:          epoch,
				PartitionEpoch: int32(i), Replicas: both, ISR: both, MinISR: 1})
			if k == leader {
				o.observe(n, env.BecameLeader{TopicPartition: tp, Epoch: epoch})
			} else {
				o.observe(n, env.BecameFollower{TopicPartition: tp, Leader: kafka.NodeID(leader + 1), Epoch: epoch})
			}
			o.observe(n, env.QuorumAppended{Node: kafka.NodeID(k + 1), Epoch: epoch, Base: kafka.Offset(i),
				Last: kafka.Offset(i)})
		}
		o.observe(names[leader], env.BecameQuorumLeader{Node: kafka.NodeID(leader + 1), Epoch: epoch})
		o.observe("b1", env.GroupOffsetCommitted{Group: "g", TopicPartition: tp, Offset: kafka.Offset(i)})
		o.observe("c", env.CommitCalled{Client: "c", Call: uint64(i), Group: "g", TopicPartition: tp, Offset: 0})
		for k := range 2 * maxBatches / rounds {
			at := kafka.Offset(i*(2*maxBatches/rounds) + k)
			for _, n := range names {
				o.observe(n, env.Appended{TopicPartition: tp, Epoch: epoch, Base: at, Last: at, ProducerID: -1})
			}
			o.observe(names[leader], env.HighWatermarkAdvanced{TopicPartition: tp, From: at, To: at + 1})
		}
	}
	p := o.c.Newest(tp)
	for i := range maxLosses * 2 {
		p.lose(Loss{offset: kafka.Offset(i)})
		p.Replicas[0].addLost(lostRange{0, kafka.Offset(i), "x"})
	}
	for i := range maxIncarnations * 2 {
		o.c.Named(tp).begin(kafka.UUID{byte(i)}, true)
	}
	offsets := o.c.offsets[GroupPartition{"g", tp}]
	for what, n := range map[string][2]int{
		"batches":      {len(p.Replicas[0].Batches.All()), maxBatches},
		"committed":    {len(p.Committed.Log.All()), maxBatches},
		"states":       {len(p.Image.states), maxStates},
		"elections":    {len(p.Image.elections), maxElections},
		"leaders":      {len(p.leaders), maxLeaderships},
		"losses":       {len(p.losses), maxLosses},
		"lost ranges":  {len(p.Replicas[0].disk.lost), maxLostRanges},
		"incarnations": {len(o.c.Named(tp).all), maxIncarnations},
		"quorum":       {len(o.c.Quorum.leaders), maxLeaderships},
		"stored":       {len(offsets.stored), maxStored},
		"asked":        {len(offsets.asked), maxAsked},
	} {
		require.LessOrEqual(t, n[0], n[1], what)
		require.Positive(t, n[0], fmt.Sprint(what, " are kept"))
	}
}

// What a replica that was rebuilt holds again is not lost.
func TestLostRangesAreRefilled(t *testing.T) {
	r := Replica{}
	r.addLost(lostRange{5, 10, "a power cut"})
	require.Equal(t, "a power cut", r.LostAt(7))
	r.refilled(8)
	require.Empty(t, r.LostAt(7))
	require.Equal(t, "a power cut", r.LostAt(9))
	r.refilled(10)
	require.Empty(t, r.disk.lost)
}
