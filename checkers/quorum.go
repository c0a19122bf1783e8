package checkers

import (
	"slices"

	"gregor/core/env"
)

// metadataTopic is the topic of the metadata quorum's log.
const metadataTopic = "__cluster_metadata"

// quorum is what all nodes' facts about the metadata quorum add up to.
type quorum struct {
	members   []*node // that have told anything of it
	leaders   []quorumLeadership
	leader    *node // of the newest epoch
	epoch     env.LeaderEpoch
	committed env.Offset // everything below is committed
	truth     batchLog
}

type quorumLeadership struct {
	epoch env.LeaderEpoch
	node  *node
	after env.Offset // everything below had been committed when it was told of
}

func newQuorum() quorum { return quorum{epoch: noEpoch} }

// quorumReplica is one node's replica of the metadata log.
type quorumReplica struct {
	joined     bool
	known      bool // whether start and end are
	start, end env.Offset
	flushed    env.Offset
	high       env.Offset // in this life
	cutting    cutting
	reloading  bool // a truncation has been told, a recovery follows
	batches    batchLog
	snapshot   env.Offset      // the newest one covers everything below
	leads      env.LeaderEpoch // it leads this epoch, noEpoch
	led        env.LeaderEpoch // the newest it ever led, noEpoch
	voter      bool            // it has voted
	voted      env.QuorumVoted // its newest vote
	forgot     bool            // its disk was emptied once
}

func newQuorumReplica() quorumReplica {
	return quorumReplica{leads: noEpoch, led: noEpoch, voted: env.QuorumVoted{Epoch: noEpoch}}
}

func (q *quorumReplica) endLife() { q.leads, q.high = noEpoch, 0 }

// wiped forgets what an emptied disk has forgotten.
func (q *quorumReplica) wiped() {
	joined := q.joined
	*q = newQuorumReplica()
	q.joined, q.forgot = joined, true
}

// voting is a node's replica of the quorum.
func (v *Invariants) voting(n *node) *quorumReplica {
	q := &n.quorum
	if !q.joined {
		q.joined = true
		v.quorum.members = append(v.quorum.members, n)
	}
	return q
}

// cut forgets what a replica held from an offset on.
func (q *quorumReplica) cut(to env.Offset) {
	q.end, q.flushed = min(q.end, to), min(q.flushed, to)
	q.batches.cut(to)
}

// holds says whether a replica agrees with a log just below an offset. What lies below its own start a snapshot covers.
func (q *quorumReplica) holds(l *batchLog, to env.Offset) bool {
	o := to - 1
	switch {
	case to <= q.start:
		return true
	case q.end < to:
		return false
	case !l.remembers(o) || !q.batches.remembers(o):
		return true
	}
	a, b := l.at(o), q.batches.at(o)
	return a == b || a != nil && b != nil && a.same(b)
}

// kept says that nothing committed lay beyond the offset at which a replica's log ends now.
func (v *Invariants) quorumKept(q *quorumReplica, end env.Offset) bool {
	was, is := v.quorum.truth.at(end), q.batches.at(end)
	return end >= min(v.quorum.committed, q.end) || was == nil || is == nil || !is.same(was)
}

// electorate is the voters, as far as they are known: exactly if the configuration names them.
func (v *Invariants) electorate() (voters []*node, exact bool) {
	for _, n := range v.quorum.members {
		if slices.Contains(v.config.Voters, n.name) || len(v.config.Voters) == 0 && n.quorum.voter {
			voters = append(voters, n)
		}
	}
	return voters, len(v.config.Voters) > 0
}

// majority is how many voters decide: at least so many, where not all are known.
func (v *Invariants) majority() int {
	voters, exact := v.electorate()
	if exact {
		return len(v.config.Voters)/2 + 1
	}
	return len(voters)/2 + 1
}
