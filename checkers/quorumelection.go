package checkers

import (
	"slices"

	"gregor/core/env"
)

// quorum-two-leaders: an epoch of the quorum has one leader.
// quorum-epoch-resumed: a leader that starts again does not lead its epoch on: it may have lost records of it, and would
// put others in their place.
func (v *Invariants) quorumLeads(n *node, f env.BecameQuorumLeader) {
	q := v.voting(n)
	switch other := v.quorum.leaderOf(f.Epoch); {
	case other != nil && other != n:
		v.fault("quorum-two-leaders", "%s and %s both lead the quorum in epoch %d", other.name, n.name, f.Epoch).Attributed = v.forgotten()
	case q.led == f.Epoch:
		v.fault("quorum-epoch-resumed", "%s leads the quorum in epoch %d again", n.name, f.Epoch)
	}
	if f.Epoch > v.quorum.epoch {
		v.quorumComplete(n, q, f.Epoch)
		v.quorum.leader, v.quorum.epoch = n, f.Epoch
	}
	q.leads, q.led = f.Epoch, f.Epoch
	v.quorum.leads(n, f.Epoch)
}

// leaderOf is who led an epoch, nil if that is not known.
func (q *quorum) leaderOf(epoch env.LeaderEpoch) *node {
	for i := len(q.leaders) - 1; i >= 0; i-- {
		if q.leaders[i].epoch == epoch {
			return q.leaders[i].node
		}
	}
	return nil
}

func (q *quorum) leads(n *node, epoch env.LeaderEpoch) {
	if q.leaderOf(epoch) != nil {
		return
	}
	if len(q.leaders) >= maxLeaderships {
		q.leaders = slices.Delete(q.leaders, 0, 1)
	}
	q.leaders = append(q.leaders, quorumLeadership{epoch, n, q.committed})
}

func (v *Invariants) quorumResigned(n *node, f env.QuorumResigned) {
	if q := v.voting(n); q.leads == f.Epoch {
		q.leads = noEpoch
	}
}

// quorum-two-votes: a node gives one vote in an epoch, in all its lives, and none in an older one. An emptied disk has
// forgotten its vote.
//
// quorum-emptied-voter: where voters are named with their directories, one that has lost its disk votes no more: it does not
// know what it has voted, and promised to keep (KIP-853).
func (v *Invariants) quorumVoted(n *node, f env.QuorumVoted) {
	q := v.voting(n)
	q.voter = true
	if q.forgot && v.config.DirectoryIDs {
		v.fault("quorum-emptied-voter", "%s voted for %s in epoch %d, and its disk was emptied: it is not the voter it was", n.name, v.nameOf(f.Candidate), f.Epoch)
	}
	if f.Epoch < q.voted.Epoch || f.Epoch == q.voted.Epoch && f.Candidate != q.voted.Candidate {
		v.fault("quorum-two-votes", "%s voted for %s in epoch %d after it had voted for %s in epoch %d",
			n.name, v.nameOf(f.Candidate), f.Epoch, v.nameOf(q.voted.Candidate), q.voted.Epoch).Attributed = n.diskText()
	}
	if f.Epoch >= q.voted.Epoch {
		q.voted = f
	}
}

// diskText says that a node's disk broke its promise, "" if it did not.
func (n *node) diskText() string {
	switch {
	case n.quorum.forgot:
		return "the disk of " + n.name + " was emptied"
	case n.damaged:
		return "the disk of " + n.name + " was damaged"
	}
	return ""
}

// forgotten names a voter whose disk may have forgotten a vote, or records: nothing protects a quorum from that but the ids
// of the voters' directories, and those only from disks that were emptied.
func (v *Invariants) forgotten() string {
	voters, _ := v.electorate()
	for _, n := range voters {
		if why := n.diskText(); why != "" && (n.damaged || !v.config.DirectoryIDs) {
			return why
		}
	}
	return ""
}
