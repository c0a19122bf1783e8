package replica

import (
	"time"

	"gregor/core/env"
	"gregor/core/wire"
)

// Config is what the replicas of one broker have in common.
type Config struct {
	Node    env.NodeID
	Epoch   env.BrokerEpoch // this broker's, as the controller registered it
	LagTime time.Duration   // replica.lag.time.max.ms
	Backoff time.Duration   // replica.fetch.backoff.ms: between tries, of fetches and of proposals
	Brokers Brokers
	Out     Out
}

// Brokers is what the metadata says of brokers. ok is false for a broker that may not be in an in-sync set: one
// that is not registered, is fenced, or is shutting down. epoch is that of its registration, -1 if there is none.
type Brokers interface {
	Broker(id env.NodeID) (epoch env.BrokerEpoch, ok bool)
}

// Out is what a replica asks of its owner. The owner does it after the call that asked has returned.
type Out interface {
	// Alter wants the proposal to go to the controller. -> Replica.Altered.
	Alter(r *Replica, p Proposal)
	// Truncating says that r will cut its log. -> Replica.Truncate, once nothing on disk says more than the bounds.
	Truncating(r *Replica, b CutBounds)
	// Follow says whom r follows from now on, or that it follows nobody (NoNode): it leaves the fetcher it is in,
	// and joins that broker's.
	Follow(r *Replica, leader env.NodeID)
}

// CutBounds are what a checkpoint may say of a log when it is cut. Of one that says more a later start would make
// damage: the log ends below what is said to be recovered, or below where it is said to begin.
type CutBounds struct {
	RecoveryPoint env.Offset // the log may end anywhere from here on if the cut is interrupted
	LogStart      env.Offset // it begins here, or where it did before if that is lower
}

// NoNode is no broker.
const NoNode env.NodeID = -1

// Debugger is the replica id of tools that look at a single replica, whoever leads: they may read all it has, and say
// nothing of any follower.
const Debugger env.NodeID = -2

// PartitionEpoch counts the changes of a partition's registration.
type PartitionEpoch int32

// State is what the metadata says of a partition.
type State struct {
	TopicID        env.UUID
	Leader         env.NodeID // NoNode: none
	LeaderEpoch    env.LeaderEpoch
	PartitionEpoch PartitionEpoch
	Replicas       []env.NodeID
	ISR            []env.NodeID
}

// Waiter hears that its append is safe, or why it will never be known to be.
type Waiter interface {
	Acked(now env.Now, tag int, code wire.ErrorCode)
}
