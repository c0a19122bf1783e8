package raft

import "gregor/core/env"

// election is what quorum-state holds.
type election struct {
	epoch    env.LeaderEpoch
	leader   env.NodeID // NoNode if unknown
	voted    env.NodeID // NoNode if no vote was given in the epoch
	votedDir env.UUID
}

// standing is what the replica is in its epoch, as the other parts need to know it: its role, the epoch and the leader.
// Only the member changes it.
type standing struct {
	cfg      *Config
	life     *life
	role     Role
	changes  int // counts the role's changes
	election election
}

// leader returns the leader of the epoch; NoNode if it is unknown or has resigned.
func (s *standing) leader() env.NodeID {
	if s.role == Resigned {
		return NoNode
	}
	return s.election.leader
}

// follows reports whether the replica follows a voter.
func (s *standing) follows(voter int) bool {
	return s.role == Follower && s.cfg.Voters[voter].ID == s.election.leader
}

// leaderOnly returns the error with which a request that only the leader of an epoch can serve is refused.
func (s *standing) leaderOnly(epoch env.LeaderEpoch) int16 {
	switch {
	case epoch < s.election.epoch:
		return codeFencedLeaderEpoch
	case epoch > s.election.epoch:
		return codeUnknownLeaderEpoch
	case s.role != Leader:
		return codeNotLeader
	case s.life.state != Running:
		return codeBrokerNotAvailable
	}
	return codeNone
}

// view is what every response carries about the quorum.
type view struct {
	leader   env.NodeID
	epoch    env.LeaderEpoch
	endpoint *Voter // where the leader listens; nil if no leader is known
}

func (s *standing) view() view {
	v := view{leader: s.leader(), epoch: s.election.epoch}
	if v.leader != NoNode {
		v.endpoint = &s.cfg.Voters[s.cfg.indexOf(v.leader)]
	}
	return v
}
