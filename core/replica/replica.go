package replica

import (
	"fmt"
	"math"

	"gregor/core/env"
	"gregor/core/seglog"
)

// Role is what a replica does in its partition.
type Role uint8

// The roles. A replica begins Idle; an Electing one leads once its log is ready.
const (
	Idle Role = iota
	Following
	Electing
	Leading
)

func (r Role) String() string {
	return [...]string{"idle", "following", "electing", "leading"}[r]
}

// Replica is one partition's replica on this broker.
type Replica struct {
	cfg     *Config
	w       env.World
	tp      env.TopicPartition
	topicID env.UUID
	log     *seglog.Log
	minISR  int

	role           Role
	epoch          env.LeaderEpoch
	partitionEpoch PartitionEpoch
	leader         env.NodeID
	replicas       []env.NodeID
	isr            []env.NodeID // as committed by the controller

	epochStart env.Offset // where the leader's epoch begins
	followers  []follower // the leader's, in order of replicas
	proposal   proposal
	acksOne    []waiter // acks=1, in order of appending
	acksAll    []waiter
	seen       env.Instant // when it was settled last

	follow follow
	cut    cut
	spot   *spot // in the fetcher it is in, or nil
}

// New makes the replica of a log. minISR is min.insync.replicas.
func New(cfg *Config, w env.World, topicID env.UUID, log *seglog.Log, minISR int) *Replica {
	r := &Replica{cfg: cfg, w: w, tp: log.Partition(), topicID: topicID, log: log, minISR: minISR,
		epoch: env.NoEpoch, partitionEpoch: -1, leader: NoNode}
	r.proposal.clear()
	return r
}

// Partition is the replica's name.
func (r *Replica) Partition() env.TopicPartition { return r.tp }

// TopicID is the id of its topic.
func (r *Replica) TopicID() env.UUID { return r.topicID }

// Log is its log. Its owner completes and ticks it; appends, truncations and the high watermark are the replica's.
func (r *Replica) Log() *seglog.Log { return r.log }

// Role says what the replica does.
func (r *Replica) Role() Role { return r.role }

// Epoch is the leader epoch it knows.
func (r *Replica) Epoch() env.LeaderEpoch { return r.epoch }

// PartitionEpoch is the partition epoch it knows.
func (r *Replica) PartitionEpoch() PartitionEpoch { return r.partitionEpoch }

// Leader is who leads, as far as it knows, or NoNode.
func (r *Replica) Leader() env.NodeID { return r.leader }

// ISR is the committed in-sync set as far as it knows. The slice never changes.
func (r *Replica) ISR() []env.NodeID { return r.isr }

// Replicas is who has a replica. The slice never changes.
func (r *Replica) Replicas() []env.NodeID { return r.replicas }

// EpochStart is where the epoch of a leader begins.
func (r *Replica) EpochStart() env.Offset { return r.epochStart }

// SetMinISR applies a changed min.insync.replicas.
func (r *Replica) SetMinISR(n int) { r.minISR = n }

// Settle does what has become possible, tells who waits, and has the fetcher look at the replica anew. Call it after
// every other call and every event of the log, before the step ends.
func (r *Replica) Settle(now env.Now) {
	r.seen = now.Mono
	switch r.role {
	case Electing:
		r.lead(now)
	case Following:
		r.follow.settle(r)
		r.takeHeld(now)
	}
	r.advance(now)
	r.answerWaiters(now)
	r.spot.touch()
}

// Tick does what is due.
func (r *Replica) Tick(now env.Now) {
	if r.role == Leading {
		r.retryProposal(now)
		r.shrink(now)
	}
}

// Deadline is when Tick, and Settle after it, have something to do.
func (r *Replica) Deadline() env.Instant {
	if r.role != Leading {
		return env.Never
	}
	return min(r.proposal.retry, r.lagDeadline(), r.waitDeadline())
}

func (r *Replica) tell(level env.LogLevel, format string, args ...any) {
	r.w.Tell(env.Logged{Level: level, Logger: env.OfReplicas, Text: r.tp.String() + ": " + fmt.Sprintf(format, args...)})
}

// longAgo is before any instant a lag is counted from.
const longAgo env.Instant = math.MinInt64 / 2
