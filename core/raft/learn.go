package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// maxEpoch is the last epoch a replica believes in, and epochJump how far beyond its own: a request that names a later
// one is hostile or from a broken node, and must not bring the whole quorum to the end of the numbers, where no
// election is possible any more. A replica that was away meets an epoch per election, and elections take a second.
const (
	maxEpoch  kafka.LeaderEpoch = 1 << 30
	epochJump kafka.LeaderEpoch = 1 << 20
)

// isCredible reports whether there may be such an epoch.
func (s *standing) isCredible(epoch kafka.LeaderEpoch) bool {
	return epoch <= maxEpoch && epoch <= s.election.epoch+epochJump
}

// learnFrom learns the leader and the epoch that a response names. done reports that there is nothing else to do with
// it, ok that the node that sent it may be asked again at once.
func (m *member) learnFrom(now env.Now, code kafka.ErrorCode, leader, epoch int32) (done, ok bool) {
	e := kafka.LeaderEpoch(epoch)
	switch {
	case e < m.at.election.epoch || code == kafka.UnknownLeaderEpoch:
		return true, code == kafka.None
	case e > m.at.election.epoch || code == kafka.FencedLeaderEpoch || code == kafka.NotLeaderOrFollower:
		changes := m.at.changes
		m.learn(now, kafka.NodeID(leader), e)
		return true, m.at.changes != changes
	case leader >= 0 && m.at.leader() == kafka.NoNode:
		m.learn(now, kafka.NodeID(leader), e)
		return code != kafka.None || m.at.role != Follower, true
	case code == kafka.BrokerNotAvailable || code == kafka.InvalidVoterKey || code == kafka.InconsistentVoterSet:
		return true, false
	}
	return false, true
}

// learn enters an epoch that another node knows, and follows its leader if one is named. It returns false if that
// contradicts what this replica knows; then it changes nothing.
func (m *member) learn(now env.Now, leader kafka.NodeID, epoch kafka.LeaderEpoch) bool {
	e, role := &m.at.election, m.at.role
	if leader < 0 || m.cfg.indexOf(leader) < 0 {
		leader = kafka.NoNode
	}
	if leader == m.cfg.Node && !(role == Leader && epoch == e.epoch) {
		leader = kafka.NoNode // a leadership of an earlier life of this replica
	}
	known := e.leader
	switch {
	case epoch < e.epoch || !m.at.isCredible(epoch):
		return false
	case epoch > e.epoch && leader != kafka.NoNode:
		m.becomeFollower(now, epoch, leader)
	case epoch > e.epoch:
		m.becomeUnattached(now, epoch)
	case leader == kafka.NoNode || leader == known && role != Prospective:
	case known != kafka.NoNode && known != leader:
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
		return refusal(req, kafka.InconsistentClusterID)
	}
	if len(req.Topics) != 1 || req.Topics[0].Topic != Partition.Topic || len(req.Topics[0].Partitions) != 1 ||
		req.Topics[0].Partitions[0].Partition != 0 {
		return refusal(req, kafka.InvalidRequest)
	}
	p := &req.Topics[0].Partitions[0]
	code := m.heed(now, kafka.NodeID(p.LeaderID), kafka.LeaderEpoch(p.LeaderEpoch))
	if code == kafka.None && !m.cfg.isMe(req.Version, req.VoterID, p.VoterDirectoryID) {
		code = kafka.InvalidVoterKey
	}
	return beginResponse(m.at.known(), req, code)
}

// heed learns the leader that sent BeginQuorumEpoch or EndQuorumEpoch, or returns why it refuses to.
func (m *member) heed(now env.Now, leader kafka.NodeID, epoch kafka.LeaderEpoch) kafka.ErrorCode {
	switch {
	case epoch < m.at.election.epoch:
		return kafka.FencedLeaderEpoch
	case m.cfg.indexOf(leader) < 0 || leader == m.cfg.Node || !m.learn(now, leader, epoch):
		return kafka.InvalidRequest
	}
	return kafka.None
}
