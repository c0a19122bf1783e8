package replica

import (
	"fmt"
	"slices"

	"gregor/core/env"
	"gregor/core/mutants"
	"gregor/core/seglog"
)

// Apply takes what the metadata says of the partition. It reports false if that is about another topic of the
// same name.
func (r *Replica) Apply(now env.Now, s State) bool {
	switch {
	case s.TopicID != r.topicID:
		return false
	case s.LeaderEpoch < r.epoch, s.LeaderEpoch == r.epoch && s.PartitionEpoch <= r.partitionEpoch:
		return true // older than what is known already, perhaps by an answer of the controller
	case s.Leader == r.cfg.Node:
		r.becomeLeader(now, s)
	default:
		r.becomeFollower(now, s)
	}
	return true
}

// becomeLeader takes up an epoch as leader, or the changed sets of one that is led already.
func (r *Replica) becomeLeader(now env.Now, s State) {
	elected := s.LeaderEpoch > r.epoch
	if !elected && mutants.Enabled && mutants.On().NoRefreshOnConflict { // I11 (KAFKA-2729)
		return
	}
	if elected && r.role == Following {
		r.stopFollowing()
	}
	before := r.isr
	r.take(s)
	r.setFollowers(now, elected)
	r.welcome(now, before)
	r.proposal.clear()
	if !elected {
		r.tellISR()
		r.advance(now)
		r.expandAny(now)
		return
	}
	r.role = Electing
	r.lead(now)
}

// take remembers what the metadata says.
func (r *Replica) take(s State) {
	r.leader, r.epoch, r.partitionEpoch = s.Leader, s.LeaderEpoch, s.PartitionEpoch
	r.replicas, r.isr = slices.Clone(s.Replicas), slices.Clone(s.ISR)
}

// lead begins the epoch at the log's end once the log is ready: a cut that was under way ends first.
func (r *Replica) lead(now env.Now) {
	if r.log.State() != seglog.Ready {
		return
	}
	r.role, r.epochStart = Leading, r.log.EndOffset()
	if !(mutants.Enabled && mutants.On().NoEpochEntryOnElection) { // R4 (KAFKA-7415)
		r.log.Lead(r.epoch)
	}
	if r.w.Facts != nil {
		r.w.Facts.Tell(env.BecameLeader{TopicPartition: r.tp, Epoch: r.epoch})
		r.w.Facts.Tell(env.EpochBegun{TopicPartition: r.tp, Epoch: r.epoch, Start: r.log.EpochStart(r.epoch)})
	}
	r.tellISR()
	r.advance(now)
	r.expandAny(now)
}

// Reopened is called when the log is Ready again that a disk without space had stopped. What has not reached the files
// is gone from memory, and so may be the entry of the leader's epoch; a coordinator reads again what is stored.
func (r *Replica) Reopened() {
	if r.role == Leading {
		r.epochStart = r.log.EndOffset()
		r.log.Lead(r.epoch)
	}
}

// becomeFollower follows another broker, or nobody.
func (r *Replica) becomeFollower(now env.Now, s State) {
	newEpoch := s.LeaderEpoch > r.epoch
	sameLeader := s.Leader == r.leader && r.role == Following
	if !newEpoch && r.role != Following && r.role != Idle {
		panic(fmt.Sprintf("replica: %s leads epoch %d and is told that broker %d leads it; did the controller give one epoch to two leaders?",
			r.tp, r.epoch, s.Leader))
	}
	r.take(s)
	if !newEpoch {
		return
	}
	r.role = Following
	r.followers = nil
	r.proposal.clear()
	r.failWaiters(now, notLeader)
	if r.w.Facts != nil {
		r.w.Facts.Tell(env.BecameFollower{TopicPartition: r.tp, Leader: s.Leader, Epoch: s.LeaderEpoch})
	}
	r.startFollowing(sameLeader)
	r.cfg.Out.Follow(r, s.Leader)
}

func (r *Replica) stopFollowing() {
	r.follow = follow{}
	r.cfg.Out.Follow(r, NoNode)
}

// tellISR tells the sets a leader has from now on.
func (r *Replica) tellISR() {
	if r.w.Facts != nil {
		r.w.Facts.Tell(env.IsrChanged{TopicPartition: r.tp, Epoch: r.epoch, PartitionEpoch: int32(r.partitionEpoch),
			ISR: slices.Clone(r.isr)})
	}
}
