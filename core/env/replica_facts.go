package env

import (
	"fmt"

	"gregor/core/kafka"
)

// Facts of a partition's replication, on the broker that emits them.

// BecameFollower: the replica follows Leader, -1 for none, from now on.
type BecameFollower struct {
	kafka.TopicPartition
	Leader kafka.NodeID
	Epoch  kafka.LeaderEpoch
}

var _ = declare(BecameFollower{})

func (f BecameFollower) Line(name Names) string {
	if f.Leader < 0 {
		return fmt.Sprintf("stops to follow a leader of %v: epoch %d has none", f.TopicPartition, f.Epoch)
	}
	return fmt.Sprintf("follows %s, leader of %v in epoch %d", name(f.Leader), f.TopicPartition, f.Epoch)
}

// IsrProposed: a leader asks the controller to change the in-sync replicas. From now on Committed and Proposed
// together are its maximal in-sync set.
type IsrProposed struct {
	kafka.TopicPartition
	Epoch               kafka.LeaderEpoch
	PartitionEpoch      int32
	Committed, Proposed []kafka.NodeID
}

var _ = declare(IsrProposed{})

func (f IsrProposed) Line(name Names) string {
	return fmt.Sprintf("proposes ISR %s of %v, instead of %s", name.List(f.Proposed), f.TopicPartition,
		name.List(f.Committed))
}

// IsrChanged: a leader has learned what the controller committed; or what it was elected with, or that the
// replicas changed.
type IsrChanged struct {
	kafka.TopicPartition
	Epoch          kafka.LeaderEpoch
	PartitionEpoch int32
	ISR            []kafka.NodeID
}

var _ = declare(IsrChanged{})

func (f IsrChanged) Line(name Names) string {
	return fmt.Sprintf("leads %v with ISR %s", f.TopicPartition, name.List(f.ISR))
}

// EpochBegun: a leader begins to lead, and answers that its epoch begins at Start: -1 if it does not know.
type EpochBegun struct {
	kafka.TopicPartition
	Epoch kafka.LeaderEpoch
	Start kafka.Offset
}

var _ = declare(EpochBegun{})

func (f EpochBegun) Line(Names) string {
	return fmt.Sprintf("starts epoch %d of %v at offset %d", f.Epoch, f.TopicPartition, f.Start)
}

// FollowerHeard: a leader takes what a follower's fetch of FetchEpoch says of it: that it holds everything below
// Offset, of LastEpoch what is just below, -1 if it names none. It is emitted for the first fetch that a
// follower sends in an epoch or after a restart, and of one that takes something back; the others go on from there.
type FollowerHeard struct {
	kafka.TopicPartition
	Epoch      kafka.LeaderEpoch // the leader's
	Broker     kafka.NodeID
	Offset     kafka.Offset
	FetchEpoch kafka.LeaderEpoch
	LastEpoch  kafka.LeaderEpoch
}

var _ = declare(FollowerHeard{})

func (f FollowerHeard) Line(name Names) string {
	return fmt.Sprintf("receives a fetch of %v from %s, which holds what is below offset %d", f.TopicPartition,
		name(f.Broker), f.Offset)
}

// ReplicaDropped: the node gives up the log it has of a partition, which is deleted or set aside. Nothing more is
// reported of that log; one that is opened later begins at nothing.
type ReplicaDropped struct {
	kafka.TopicPartition
	TopicID kafka.UUID // zero: not known
}

var _ = declare(ReplicaDropped{})

func (f ReplicaDropped) Line(Names) string {
	return fmt.Sprintf("removes its log of %v", f.TopicPartition)
}

// RecordsDeleted: a leader answers that everything below To, deleted on request, is gone from these replicas: its own
// and those of the other brokers that are alive.
type RecordsDeleted struct {
	kafka.TopicPartition
	To       kafka.Offset
	Replicas []kafka.NodeID
}

var _ = declare(RecordsDeleted{})

func (f RecordsDeleted) Line(name Names) string {
	return fmt.Sprintf("answers that %v is deleted below offset %d on %s", f.TopicPartition, f.To, name.List(f.Replicas))
}
