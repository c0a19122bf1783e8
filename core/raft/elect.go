package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/mutants"
	"gregor/core/quorum"
)

// pollUnattached waits for a leader to announce itself; an observer asks the voters.
func (m *member) pollUnattached(now env.Now) {
	switch {
	case !m.cfg.isVoter():
		m.findLeader(now)
	case m.life.state != Running:
	case m.cfg.isAlone() || m.timer.isDue(now):
		m.becomeProspective(now)
	}
}

// pollNominee asks the voters that have not answered, as long as the election can be won.
func (m *member) pollNominee(now env.Now) {
	e := &m.election
	switch {
	case m.life.state != Running:
	case m.timer.isDue(now) && m.at.role == Prospective:
		m.losePreVote(now)
	case m.timer.isDue(now) && e.backingOff:
		m.becomeProspective(now)
	case m.timer.isDue(now):
		m.backOff(now)
	case !e.backingOff && e.votes.Outcome() != quorum.Lost:
		m.askForVotes(now)
	}
}

func (m *member) askForVotes(now env.Now) {
	for i := range m.cfg.Voters {
		if m.election.votes[i] == quorum.Unanswered && m.peers.ready(now, i) {
			m.peers.send(now, i, voteRequest(m.cfg, i, m.at.election, m.log.end, m.at.role == Prospective))
		}
	}
}

// backOff waits before the next election.
func (m *member) backOff(now env.Now) {
	m.election.backingOff = true
	m.timer.startBackoff(now, m.election.lost)
}

// losePreVote returns to the role that pre-votes were asked from: a follower, if a leader is known.
func (m *member) losePreVote(now env.Now) {
	if leader := m.at.election.leader; leader != kafka.NoNode && leader != m.cfg.Node {
		m.becomeFollower(now, m.at.election.epoch, leader)
		return
	}
	m.becomeUnattached(now, m.at.election.epoch)
}

// countVotes acts on the outcome of the election. A replica that is closing does not lead.
func (m *member) countVotes(now env.Now) {
	outcome := m.election.votes.Outcome()
	switch {
	case m.life.state != Running:
	case outcome == quorum.Won && m.at.role == Candidate:
		m.becomeLeader(now)
	case outcome == quorum.Won:
		m.becomeCandidate(now)
	case outcome == quorum.Lost && m.at.role == Prospective:
		m.losePreVote(now)
	case outcome == quorum.Lost && !m.election.backingOff:
		m.backOff(now)
	}
}

// handleVote gives or refuses a vote, or a pre-vote.
func (m *member) handleVote(now env.Now, req *kmsg.VoteRequest) kmsg.Response {
	p, ok := votePartition(req)
	if !m.cfg.isCluster(req.ClusterID) {
		return refusal(req, kafka.InconsistentClusterID)
	}
	if !ok {
		return refusal(req, kafka.InvalidRequest)
	}
	code, isGranted := m.judgeVote(now, req, p)
	return voteResponse(m.at.known(), req, code, isGranted)
}

func (m *member) judgeVote(now env.Now, req *kmsg.VoteRequest, p *kmsg.VoteRequestTopicPartition) (code kafka.ErrorCode,
	isGranted bool) {
	epoch, last := kafka.LeaderEpoch(p.CandidateEpoch), SnapshotID{kafka.Offset(p.LastOffset),
		kafka.LeaderEpoch(p.LastOffsetEpoch)}
	candidate, dir := kafka.NodeID(p.CandidateID), kafka.UUID(p.CandidateDirectoryID)
	switch {
	case last.End < 0 || last.Epoch < 0 || last.Epoch > epoch || last.Epoch == epoch && !p.PreVote,
		candidate < 0, !m.at.isCredible(epoch):
		return kafka.InvalidRequest, false
	case epoch < m.at.election.epoch:
		return kafka.FencedLeaderEpoch, false
	case m.cfg.voterIndex(candidate, dir) < 0 || candidate == m.cfg.Node || !m.cfg.isVoter():
		return kafka.InconsistentVoterSet, false
	}
	if epoch > m.at.election.epoch {
		m.becomeUnattached(now, epoch)
	}
	if !m.cfg.isMe(req.Version, req.VoterID, p.VoterDirectoryID) {
		return kafka.InvalidVoterKey, false
	}
	isGranted = m.grants(candidate, dir, !last.before(m.log.end), p.PreVote)
	if isGranted && !p.PreVote && m.at.election.voted == kafka.NoNode {
		m.vote(now, epoch, candidate, dir)
	}
	return kafka.None, isGranted
}

// grants reports whether this replica gives its vote of the epoch, or with isPre whether it would give that of the
// next one.
func (m *member) grants(candidate kafka.NodeID, dir kafka.UUID, isUpToDate, isPre bool) bool {
	e := &m.at.election
	switch {
	case isPre && m.at.role == Leader:
		return false
	case isPre && m.at.role == Follower && m.fetched && !(mutants.Enabled && mutants.On().PreVoteWithLeader):
		return false // its leader answers: no other one is needed. K5 (KIP-996)
	case isPre:
		return isUpToDate
	case e.voted != kafka.NoNode:
		return e.voted == candidate && (e.votedDir == kafka.UUID{} || e.votedDir == dir)
	case e.leader != kafka.NoNode:
		return false
	}
	return isUpToDate
}

// handleVoted counts a voter's answer.
func (m *member) handleVoted(now env.Now, i int, a *kmsg.VoteResponse) bool {
	if a.ErrorCode != 0 || len(a.Topics) != 1 || len(a.Topics[0].Partitions) != 1 {
		return false
	}
	part := &a.Topics[0].Partitions[0]
	done, ok := m.learnFrom(now, kafka.ErrorCode(part.ErrorCode), part.LeaderID, part.LeaderEpoch)
	switch {
	case done:
		return ok
	case part.ErrorCode != 0:
		return false
	case m.at.role != Prospective && m.at.role != Candidate:
		return true
	}
	m.election.note(i, part.VoteGranted)
	m.countVotes(now)
	return true
}
