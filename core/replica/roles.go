package replica

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
)

// Apply applies what the metadata says of the partition. It reports false if that is about another topic of the
// same name.
func (r *Replica) Apply(now env.Now, s State) bool {
	switch {
	case s.TopicID != r.p.topicID:
		return false
	case s.LeaderEpoch < r.p.epoch, s.LeaderEpoch == r.p.epoch && s.PartitionEpoch <= r.p.partitionEpoch:
		return true // older than what is known already, perhaps by an answer of the controller
	case s.Leader == r.p.cfg.Node:
		r.becomeLeader(now, s)
	default:
		r.becomeFollower(now, s)
	}
	return true
}

// becomeLeader begins an epoch as leader, or applies the changed sets of one that is led already.
func (r *Replica) becomeLeader(now env.Now, s State) {
	elected := s.LeaderEpoch > r.p.epoch
	if !elected && mutants.Enabled && mutants.On().NoRefreshOnConflict { // I11 (KAFKA-2729)
		return
	}
	if elected && r.p.role == Following {
		r.following.stop()
		r.p.cfg.Out.Follow(r, kafka.NoNode)
	}
	before := r.p.isr
	r.p.adopt(s)
	r.leading.refresh(now, before, elected)
	if elected {
		r.p.role = Electing
		r.leading.begin(now)
	}
}

// becomeFollower follows another broker, or none if there is no leader.
func (r *Replica) becomeFollower(now env.Now, s State) {
	newEpoch := s.LeaderEpoch > r.p.epoch
	sameLeader := s.Leader == r.p.leader && r.p.role == Following
	if !newEpoch && r.p.role != Following && r.p.role != Idle {
		must.Fail("replica: %s leads epoch %d, which the metadata gives to broker %d; "+
			"did the controller give one epoch to two leaders?", r.p.tp, r.p.epoch, s.Leader)
	}
	r.p.adopt(s)
	if !newEpoch {
		return
	}
	r.p.role = Following
	r.leading.stop(now)
	if r.p.w.Facts != nil {
		r.p.w.Facts.Emit(env.BecameFollower{TopicPartition: r.p.tp, Leader: s.Leader, Epoch: s.LeaderEpoch})
	}
	r.following.start(sameLeader)
	r.p.cfg.Out.Follow(r, s.Leader)
}

// Reopened is called when the log is Ready again that a disk without space had stopped. What has not reached the files
// is gone from memory, and so may be the entry of the leader's epoch; a coordinator reads again what is stored.
func (r *Replica) Reopened() {
	if r.p.role == Leading {
		r.leading.reopen()
	}
}
