package replica

import (
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
)

// Config is what the replicas of one broker have in common.
type Config struct {
	Node    kafka.NodeID
	Epoch   kafka.BrokerEpoch // this broker's, as the controller registered it
	LagTime time.Duration     // replica.lag.time.max.ms
	Backoff time.Duration     // replica.fetch.backoff.ms: between tries, of fetches and of proposals
	Brokers Brokers
	Out     Out
}

// Brokers is the metadata about brokers. ok is false for a broker that may not be in an in-sync set: one
// that is not registered, is fenced, or is shutting down. epoch is that of its registration, -1 if there is none.
type Brokers interface {
	Broker(id kafka.NodeID) (epoch kafka.BrokerEpoch, ok bool)
}

// Out is what a replica asks of its owner. The owner does it after the call that asked has returned.
type Out interface {
	// Alter sends the proposal to the controller. -> Replica.Altered.
	Alter(r *Replica, p Proposal)
	// Truncating announces that r will truncate its log. -> Replica.Truncate, once no checkpoint on disk points beyond
	// the bounds.
	Truncating(r *Replica, b CutBounds)
	// Follow moves r to the fetcher of the leader that it follows from now on, or out of the one it is in if there
	// is none (NoNode).
	Follow(r *Replica, leader kafka.NodeID)
}

// CutBounds are how far a checkpoint may point when a log is truncated. After one that points beyond them a later start
// would find the log damaged: it ends below its recovery point, or below its log start.
type CutBounds struct {
	RecoveryPoint kafka.Offset // the log may end anywhere from here on if the cut is interrupted
	LogStart      kafka.Offset // it begins here, or where it did before if that is lower
}

// PartitionEpoch counts the changes of a partition's registration.
type PartitionEpoch int32

// State is what the metadata says of a partition.
type State struct {
	TopicID        kafka.UUID
	Leader         kafka.NodeID // NoNode: none
	LeaderEpoch    kafka.LeaderEpoch
	PartitionEpoch PartitionEpoch
	Replicas       []kafka.NodeID
	ISR            []kafka.NodeID
}

// Waiter receives the outcome of its append: that it is safe, or why that will never be known.
type Waiter interface {
	Acked(now env.Now, tag int, code kafka.ErrorCode)
}
