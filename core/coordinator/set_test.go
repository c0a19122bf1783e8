package coordinator_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/coordinator"
	"gregor/core/env"
	"gregor/core/kafka"
)

// A topic may have another number of partitions than its coordinator was created for. As long as this broker leads none
// of them, the Set re-creates the coordinator.
func TestASetFollowsTheNumberOfPartitions(t *testing.T) {
	var set coordinator.Set
	made := 0
	set.Add(countersTopic, 2, func(partitions int32) *coordinator.Runtime {
		made++
		return newCounters(partitions, nil, nil).Runtime()
	})
	set.Resize(func(string) int32 { return 0 }) // it does not exist
	set.Resize(func(string) int32 { return 2 })
	require.Equal(t, 1, made)
	set.Resize(func(string) int32 { return 5 })
	require.Equal(t, 2, made)
	require.EqualValues(t, 5, set.Of(countersTopic).Partitions())

	led := &replica{log: &log{}, leads: true}
	set.Update(env.Now{}, kafka.TopicPartition{Topic: countersTopic, Partition: 4}, led)
	set.Resize(func(string) int32 { return 9 })
	require.Equal(t, 2, made, "keys must not move while they are served")
	set.Drop(env.Now{}, kafka.TopicPartition{Topic: countersTopic, Partition: 4})
	set.Resize(func(string) int32 { return 9 })
	require.Equal(t, 3, made)
}

// Partitions of other topics, and those beyond the ones that keys are spread over, concern no coordinator.
func TestASetIgnoresWhatHasNoCoordinator(t *testing.T) {
	w := newWorld(t)
	n := w.nodes[0]
	led := &replica{log: &log{}, leads: true}
	require.Nil(t, n.set.Of("orders"))
	n.set.Update(w.now, kafka.TopicPartition{Topic: "orders"}, led)
	n.set.Drop(w.now, kafka.TopicPartition{Topic: "orders"})
	n.set.Update(w.now, kafka.TopicPartition{Topic: countersTopic, Partition: partitions}, led)
	n.set.Drop(w.now, kafka.TopicPartition{Topic: countersTopic, Partition: partitions})
	require.False(t, n.counters.runtime.Owns())
	require.Equal(t, coordinator.Initial, n.counters.runtime.State(partitions))
}

// An append to a partition that is not active is a bug of the machine: the request was not admitted.
func TestAnAppendThatWasNotAdmittedPanics(t *testing.T) {
	w := newWorld(t)
	c := w.nodes[0].counters
	require.PanicsWithValue(t, `coordinator: append of 1 records about "x" to __counters-0, which is initial; was the request not admitted?`, func() {
		c.runtime.Append(w.now, "x", []coordinator.Record{{Key: []byte("x")}}, &added{c: c})
	})
}

// A replica that acknowledges an append twice, or leads an older epoch than before, is a bug below.
func TestWhatAReplicaMustNotDoPanics(t *testing.T) {
	w := newWorld(t)
	n := w.nodes[0]
	w.elect(0, "a")
	n.update()
	n.counters.Add(w.now, n.ask("add x 1"), "x", 1)
	n.counters.Add(w.now, n.ask("add x 2"), "x", 2)
	second := n.replicas[0].waiters[1]
	second.done.Acked(w.now, 0, 0)
	require.Panics(t, func() { second.done.Acked(w.now, 0, 0) })

	n.replicas[0].epoch--
	require.Panics(t, n.update)
}
