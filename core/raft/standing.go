package raft

import (
	"gregor/core/kafka"
)

// election is what quorum-state holds.
type election struct {
	epoch    kafka.LeaderEpoch
	leader   kafka.NodeID // NoNode if unknown
	voted    kafka.NodeID // NoNode if no vote was given in the epoch
	votedDir kafka.UUID
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
func (s *standing) leader() kafka.NodeID {
	if s.role == Resigned {
		return kafka.NoNode
	}
	return s.election.leader
}

// follows reports whether the replica follows a voter.
func (s *standing) follows(voter int) bool {
	return s.role == Follower && s.cfg.Voters[voter].ID == s.election.leader
}

// leaderOnly returns the error with which a request that only the leader of an epoch can serve is refused.
func (s *standing) leaderOnly(epoch kafka.LeaderEpoch) kafka.ErrorCode {
	switch {
	case epoch < s.election.epoch:
		return kafka.FencedLeaderEpoch
	case epoch > s.election.epoch:
		return kafka.UnknownLeaderEpoch
	case s.role != Leader:
		return kafka.NotLeaderOrFollower
	case s.life.state != Running:
		return kafka.BrokerNotAvailable
	}
	return kafka.None
}

// knownLeader is what every response carries about the quorum: the leader as this replica knows it.
type knownLeader struct {
	leader   kafka.NodeID
	epoch    kafka.LeaderEpoch
	endpoint *Voter // where the leader listens; nil if no leader is known
}

func (s *standing) known() knownLeader {
	v := knownLeader{leader: s.leader(), epoch: s.election.epoch}
	if v.leader != kafka.NoNode {
		v.endpoint = &s.cfg.Voters[s.cfg.indexOf(v.leader)]
	}
	return v
}
