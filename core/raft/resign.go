package raft

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// resignation is what a resigned leader sends to the voters, and the voters that have acknowledged it.
type resignation struct {
	reason     string
	successors []kafka.NodeID // that it prefers, the best first
	acked      []bool         // by voter
}

// isAcked reports whether every other voter has acknowledged.
func (r *resignation) isAcked(cfg *Config) bool {
	for i := range r.acked {
		if !r.acked[i] && cfg.Voters[i].ID != cfg.Node {
			return false
		}
	}
	return true
}

// pollResigned sends EndQuorumEpoch to the voters until a newer epoch comes, or it is time for an election: in a new
// epoch, since the old one is this replica's own and must not come back.
func (m *member) pollResigned(now env.Now) {
	switch {
	case m.life.state == Running && m.cfg.isAlone():
		m.becomeCandidate(now)
		return
	case m.life.state == Running && m.timer.isDue(now):
		m.becomeUnattached(now, m.at.election.epoch+1)
		return
	}
	for i := range m.cfg.Voters {
		if m.cfg.Voters[i].ID != m.cfg.Node && !m.resigned.acked[i] && m.peers.ready(now, i) {
			m.peers.send(now, i, endRequest(m.cfg, m.at.election.epoch, m.resigned.successors))
		}
	}
}

// handleEnded notes that a voter has acknowledged the resignation.
func (m *member) handleEnded(now env.Now, i int, a *kmsg.EndQuorumEpochResponse) bool {
	if a.ErrorCode != 0 || len(a.Topics) != 1 || len(a.Topics[0].Partitions) != 1 {
		return false
	}
	part := &a.Topics[0].Partitions[0]
	if e := kafka.LeaderEpoch(part.LeaderEpoch); e > m.at.election.epoch {
		m.learn(now, kafka.NodeID(part.LeaderID), e)
		return true
	}
	if part.ErrorCode == 0 && m.at.role == Resigned {
		m.resigned.acked[i] = true
	}
	return part.ErrorCode == 0
}

// handleEnd notes that the leader has resigned. The earlier this replica is in the list of successors, the sooner it
// becomes a candidate.
func (m *member) handleEnd(now env.Now, req *kmsg.EndQuorumEpochRequest) kmsg.Response {
	if !m.cfg.isCluster(req.ClusterID) {
		return refusal(req, kafka.InconsistentClusterID)
	}
	if len(req.Topics) != 1 || req.Topics[0].Topic != Partition.Topic || len(req.Topics[0].Partitions) != 1 ||
		req.Topics[0].Partitions[0].Partition != 0 {
		return refusal(req, kafka.InvalidRequest)
	}
	p := &req.Topics[0].Partitions[0]
	leader := kafka.NodeID(p.LeaderID)
	code := m.heed(now, leader, kafka.LeaderEpoch(p.LeaderEpoch))
	if code == kafka.None && m.at.role == Follower && m.at.election.leader == leader && m.cfg.isVoter() {
		m.fetched = false // it will not answer again: others may have the pre-vote
		at, n := succession(m.cfg, req.Version, p)
		m.timer.startSuccession(now, at, n)
	}
	return endResponse(m.at.known(), req, code)
}

// succession returns this replica's index among the successors, -1 if it is none of them, and how many there are.
func succession(cfg *Config, version int16, p *kmsg.EndQuorumEpochRequestTopicPartition) (at, n int) {
	if version < 1 {
		at = slices.Index(p.PreferredSuccessors, int32(cfg.Node))
		return at, len(p.PreferredSuccessors)
	}
	at = slices.IndexFunc(p.PreferredCandidates, func(c kmsg.EndQuorumEpochRequestTopicPartitionPreferredCandidate) bool {
		return kafka.NodeID(c.CandidateID) == cfg.Node &&
			(c.CandidateDirectoryID == [16]byte{} || c.CandidateDirectoryID == cfg.Directory)
	})
	return at, len(p.PreferredCandidates)
}
