package checkers

import "gregor/core/env"

// quorum-two-leaders: an epoch of the quorum has one leader.
//
// quorum-epoch-resumed: a leader that starts again does not lead its epoch on: it may have lost records of it, and
// would append others in their place.
//
// quorum-two-votes: a node gives one vote in an epoch, in all its lives, and none in an older one. An emptied disk
// has forgotten its vote.
//
// quorum-emptied-voter: where voters are named with their directories, one that has lost its disk does not vote any
// more: it does not know what it has voted, and promised to keep (KIP-853).
var _ = register(ofQuorum, []Property{
	{"quorum-two-leaders", "two voters lead the quorum in one epoch", `
		1 k1 q-leads 1
		2 k2 q-leads 1
		=> quorum-two-leaders, event 2: k1 and k2 both lead the quorum in epoch 1
	`},
	{"quorum-epoch-resumed", "a voter leads the quorum again in an epoch that it had resigned", `
		1 k1 q-leads 1
		2 k1 power-cut
		3 k1 q-leads 1
		=> quorum-epoch-resumed, event 3: k1 leads the quorum in epoch 1 again
	`},
	{"quorum-two-votes", "a voter voted twice in one epoch", `
		1 k1 q-voted 2 1
		2 k1 q-voted 1 1
		=> quorum-two-votes, event 2: k1 voted for k1 in epoch 1 after it had voted for k1 in epoch 2
	`},
	{"quorum-emptied-voter", "a voter whose disk was emptied votes as before", `
		config voters=k1,k2,k3 directory-ids
		1 k1 q-voted 1 2
		2 k1 wiped
		3 k1 q-voted 2 3
		=> quorum-emptied-voter, event 3: k1 voted for broker 3 in epoch 2 although its disk was
		   emptied: it is no longer that voter
	`},
}, before(quorumLeads), before(quorumVoted))

func quorumLeads(s *step, f env.BecameQuorumLeader) {
	n := s.Emitter
	switch other := s.Cluster.Quorum.LeaderOf(f.Epoch); {
	case other != nil && other != n:
		s.findNode("quorum-two-leaders", "%s and %s both lead the quorum in epoch %d",
			other.Name, s.Node, f.Epoch).Attributed = s.Cluster.ForgottenBy()
	case n.Quorum.Led == f.Epoch:
		s.findNode("quorum-epoch-resumed", "%s leads the quorum in epoch %d again", s.Node, f.Epoch)
	}
}

func quorumVoted(s *step, f env.QuorumVoted) {
	q := &s.Emitter.Quorum
	if q.Emptied && s.Cluster.Config.DirectoryIDs {
		s.findNode("quorum-emptied-voter",
			"%s voted for %s in epoch %d although its disk was emptied: it is no longer that voter",
			s.Node, s.name(f.Candidate), f.Epoch)
	}
	if f.Epoch < q.Voted.Epoch || f.Epoch == q.Voted.Epoch && f.Candidate != q.Voted.Candidate {
		s.findNode("quorum-two-votes", "%s voted for %s in epoch %d after it had voted for %s in epoch %d",
			s.Node, s.name(f.Candidate), f.Epoch, s.name(q.Voted.Candidate), q.Voted.Epoch).Attributed = s.Emitter.DiskText()
	}
}
