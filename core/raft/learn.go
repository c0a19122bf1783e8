package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
)

// maxEpoch is the last epoch a replica believes in, and epochJump how far beyond its own: a request that names a later
// one is hostile or from a broken node, and must not bring the whole quorum to the end of the numbers, where no
// election is possible any more. A replica that was away meets an epoch per election, and elections take a second.
const (
	maxEpoch  env.LeaderEpoch = 1 << 30
	epochJump env.LeaderEpoch = 1 << 20
)

// isCredible reports whether there may be such an epoch.
func (s *standing) isCredible(epoch env.LeaderEpoch) bool {
	return epoch <= maxEpoch && epoch <= s.election.epoch+epochJump
}

// learnFrom learns the leader and the epoch that a response names. done reports that there is nothing else to do with
// it, ok that the node that sent it may be asked again at once.
func (m *member) learnFrom(now env.Now, code int16, leader, epoch int32) (done, ok bool) {
	e := env.LeaderEpoch(epoch)
	switch {
	case e < m.at.election.epoch || code == codeUnknownLeaderEpoch:
		return true, code == codeNone
	case e > m.at.election.epoch || code == codeFencedLeaderEpoch || code == codeNotLeader:
		changes := m.at.changes
		m.learn(now, env.NodeID(leader), e)
		return true, m.at.changes != changes
	case leader >= 0 && m.at.leader() == NoNode:
		m.learn(now, env.NodeID(leader), e)
		return code != codeNone || m.at.role != Follower, true
	case code == codeBrokerNotAvailable || code == codeInvalidVoterKey || code == codeInconsistentVoterSet:
		return true, false
	}
	return false, true
}

// learn enters an epoch that another node knows, and follows its leader if one is named. It returns false if that
// contradicts what this replica knows; then it changes nothing.
func (m *member) learn(now env.Now, leader env.NodeID, epoch env.LeaderEpoch) bool {
	e, role := &m.at.election, m.at.role
	if leader < 0 || m.cfg.indexOf(leader) < 0 {
		leader = NoNode
	}
	if leader == m.cfg.Node && !(role == Leader && epoch == e.epoch) {
		leader = NoNode // a leadership of an earlier life of this replica
	}
	known := e.leader
	switch {
	case epoch < e.epoch || !m.at.isCredible(epoch):
		return false
	case epoch > e.epoch && leader != NoNode:
		m.becomeFollower(now, epoch, leader)
	case epoch > e.epoch:
		m.becomeUnattached(now, epoch)
	case leader == NoNode || leader == known && role != Prospective:
	case known != NoNode && known != leader:
		m.life.complain("node %d is said to lead epoch %d, which node %d leads", leader, epoch, known)
		return false
	case role == Prospective || role == Unattached || role == Candidate:
		m.becomeFollower(now, epoch, leader)
	}
	return true
}

// handleBegin follows a leader that announces itself.
func (m *member) handleBegin(now env.Now, req *kmsg.BeginQuorumEpochRequest) kmsg.Response {
	if !m.cfg.isCluster(req.ClusterID) {
		return refusal(req, codeInconsistentCluster)
	}
	if len(req.Topics) != 1 || req.Topics[0].Topic != Partition.Topic || len(req.Topics[0].Partitions) != 1 ||
		req.Topics[0].Partitions[0].Partition != 0 {
		return refusal(req, codeInvalidRequest)
	}
	p := &req.Topics[0].Partitions[0]
	code := m.heed(now, env.NodeID(p.LeaderID), env.LeaderEpoch(p.LeaderEpoch))
	if code == codeNone && !m.cfg.isMe(req.Version, req.VoterID, p.VoterDirectoryID) {
		code = codeInvalidVoterKey
	}
	return beginResponse(m.at.view(), req, code)
}

// heed learns the leader that sent BeginQuorumEpoch or EndQuorumEpoch, or returns why it refuses to.
func (m *member) heed(now env.Now, leader env.NodeID, epoch env.LeaderEpoch) int16 {
	switch {
	case epoch < m.at.election.epoch:
		return codeFencedLeaderEpoch
	case m.cfg.indexOf(leader) < 0 || leader == m.cfg.Node || !m.learn(now, leader, epoch):
		return codeInvalidRequest
	}
	return codeNone
}
