package replica

import (
	"math"

	"gregor/core/env"
	"gregor/core/kafka"
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

// Replica is one partition's replica on this broker: what the metadata says of it, and the two roles. The metadata
// decides between them, not the replica:
//
//	        another broker leads          this broker leads            the log is ready
//	Idle ─────────────────────────▶ Following ─────────────▶ Electing ─────────────▶ Leading
//	 │                                 ▲  ▲                   ▲   │                    │
//	 └─────── this broker leads ───────┼──┼───────────────────┘   │                    │
//	                                   │  └───────────────────────┘                    │
//	                                   └──────── another broker leads, or none ────────┘
//
// Each arrow but the last one to Leading is a newer leader epoch. A newer partition epoch of the same leader epoch
// changes the sets, and no role.
type Replica struct {
	p         partition
	leading   leaderRole
	following followerRole
	spot      *spot // in the fetcher it is in, or nil
}

// New makes the replica of a log. minISR is min.insync.replicas.
func New(cfg *Config, w env.World, topicID kafka.UUID, log *seglog.Log, minISR int) *Replica {
	r := &Replica{p: partition{cfg: cfg, w: w, tp: log.Partition(), topicID: topicID, log: log, minISR: minISR,
		epoch: kafka.NoEpoch, partitionEpoch: -1, leader: kafka.NoNode}}
	r.leading = leaderRole{p: &r.p, proposals: r}
	r.following = followerRole{p: &r.p, cuts: r}
	r.leading.proposal.clear()
	return r
}

// alter hands a proposal to the owner.
func (r *Replica) alter(p Proposal) { r.p.cfg.Out.Alter(r, p) }

// truncating announces a truncation to the owner.
func (r *Replica) truncating(b CutBounds) { r.p.cfg.Out.Truncating(r, b) }

// Partition is the replica's name.
func (r *Replica) Partition() kafka.TopicPartition { return r.p.tp }

// TopicID is the id of its topic.
func (r *Replica) TopicID() kafka.UUID { return r.p.topicID }

// Log is its log. Its owner completes and ticks it; appends, truncations and the high watermark are the replica's.
func (r *Replica) Log() *seglog.Log { return r.p.log }

// Role returns what the replica does.
func (r *Replica) Role() Role { return r.p.role }

// Epoch is the leader epoch it knows.
func (r *Replica) Epoch() kafka.LeaderEpoch { return r.p.epoch }

// Leader returns the leader, as far as the replica knows, or NoNode.
func (r *Replica) Leader() kafka.NodeID { return r.p.leader }

// ISR is the committed in-sync set as far as it knows. The slice never changes.
func (r *Replica) ISR() []kafka.NodeID { return r.p.isr }

// Replicas returns the brokers that have a replica. The slice never changes.
func (r *Replica) Replicas() []kafka.NodeID { return r.p.replicas }

// EpochStart is where the epoch of a leader begins.
func (r *Replica) EpochStart() kafka.Offset { return r.leading.epochStart }

// SetMinISR applies a changed min.insync.replicas.
func (r *Replica) SetMinISR(n int) { r.p.minISR = n }

// Settle does what has become possible, answers the appends that wait, and has the fetcher look at the replica again.
// Call it after every other call and every event of the log, before the step ends.
func (r *Replica) Settle(now env.Now) {
	r.leading.seen = now.Mono
	switch r.p.role {
	case Electing:
		r.leading.begin(now)
	case Following:
		r.following.settle()
		r.following.applyHeld(now)
	}
	r.leading.advance(now)
	r.leading.answerWaiters(now)
	r.spot.touch()
}

// Tick does what is due.
func (r *Replica) Tick(now env.Now) {
	if r.p.role == Leading {
		r.leading.retryProposal(now)
		r.leading.shrink(now)
	}
}

// Deadline is when Tick, and Settle after it, have something to do.
func (r *Replica) Deadline() env.Instant {
	if r.p.role != Leading {
		return env.Never
	}
	return r.leading.deadline()
}

// Append appends what a producer brings, if this replica leads.
func (r *Replica) Append(now env.Now, a seglog.Append, acks kafka.Acks) (seglog.AppendResult, *seglog.Error) {
	return r.leading.append(now, a, acks)
}

// Await calls who.Acked once everything below upTo is as safe as acks asks: written by the leader, or below the
// high watermark. At the next Settle at the earliest.
func (r *Replica) Await(acks kafka.Acks, upTo kafka.Offset, who Waiter, tag int) {
	r.leading.await(acks, upTo, who, tag)
}

// Waiting returns how many appends wait to be acknowledged.
func (r *Replica) Waiting() int { return r.leading.waiting() }

// FailWaiters answers every append that waits with an error: it will not be known here whether it is safe.
func (r *Replica) FailWaiters(now env.Now, code kafka.ErrorCode) { r.leading.failWaiters(now, code) }

// Altered handles the controller's answer to the proposal of that number. An answer to an older one is late: newer
// metadata has come meanwhile.
func (r *Replica) Altered(now env.Now, seq uint64, a Altered) { r.leading.altered(now, seq, a) }

// LowWatermark returns the lowest log start of this leader and of the followers that are alive: what is below is
// deleted on all of them (KIP-107). -1: one of them has not fetched since it was started.
func (r *Replica) LowWatermark() kafka.Offset { return r.leading.lowWatermark() }

// Alive returns this broker and those of the other replicas that LowWatermark counts.
func (r *Replica) Alive() []kafka.NodeID { return r.leading.alive() }

// Followers returns what a leader knows of the other replicas, in order of the replicas.
func (r *Replica) Followers() []FollowerState { return r.leading.states() }

// Fetched handles the leader's response to a follower's fetch, and reports whether it was used: else the leader has
// sent it in vain.
func (r *Replica) Fetched(now env.Now, a Fetched) (used bool) {
	return r.following.handleFetched(now, a)
}

// Listed handles the leader's response to the lookup of an epoch.
func (r *Replica) Listed(now env.Now, askedEpoch kafka.LeaderEpoch, asked lookup, code kafka.ErrorCode,
	offset kafka.Offset) {
	r.following.handleListed(now, askedEpoch, asked, code, offset)
}

// Delay has the follower not fetch before until: its quota is used up.
func (r *Replica) Delay(until env.Instant) { r.following.delay(until) }

// Truncate truncates the log as [Out].Truncating announced. By now the replica may lead, or follow in an epoch that
// knows nothing of this truncation; then nothing happens.
func (r *Replica) Truncate(now env.Now, b CutBounds) { r.following.truncate(now, b) }

// longAgo is before any instant a lag is counted from.
const longAgo env.Instant = math.MinInt64 / 2
