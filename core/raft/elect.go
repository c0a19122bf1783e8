package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/mutants"
)

// ballot is what a voter has answered a nominee.
type ballot int8

const (
	unanswered ballot = iota
	granted
	rejected
)

// resetVotes begins to count, with the nominee's own vote.
func (r *Replica) resetVotes() {
	r.votes = make([]ballot, len(r.cfg.Voters))
	r.votes[r.voterIndex(r.cfg.Node, r.cfg.Directory)] = granted
	r.backingOff = false
}

func (r *Replica) count(b ballot) int {
	n := 0
	for _, v := range r.votes {
		if v == b {
			n++
		}
	}
	return n
}

// pollUnattached waits for a leader to make itself known; an observer asks around.
func (r *Replica) pollUnattached(now env.Now) {
	r.unwant()
	switch {
	case !r.isVoter():
		r.askAround(now)
	case r.state != Running:
	case len(r.cfg.Voters) == 1 || now.Mono >= r.timer:
		r.becomeProspective(now)
	}
}

// pollNominee asks the voters that have not answered, as long as there is something to win.
func (r *Replica) pollNominee(now env.Now) {
	r.unwant()
	switch {
	case r.state != Running:
	case now.Mono >= r.timer && r.role == Prospective:
		r.loseProspects(now)
	case now.Mono >= r.timer && r.backingOff:
		r.becomeProspective(now)
	case now.Mono >= r.timer:
		r.backOff(now)
	case !r.backingOff && r.count(rejected) <= len(r.cfg.Voters)-r.majority():
		r.askForVotes(now)
	}
}

func (r *Replica) askForVotes(now env.Now) {
	for i := range r.cfg.Voters {
		if r.votes[i] == unanswered && r.ready(now, i) {
			r.send(now, i, r.voteRequest(i))
		}
	}
}

// backOff waits before the next try. The more tries in a row have failed, the longer it may be.
func (r *Replica) backOff(now env.Now) {
	const base = 100 // milliseconds; Kafka's
	most := min(int64(base)<<min(r.retries, 20), r.cfg.ElectionBackoffMaxMs)
	r.backingOff = true
	r.timer = now.Mono.Add(ms(r.rnd.Between(0, most)))
}

// loseProspects goes back to where pre-votes were asked from: to the leader, if one is known.
func (r *Replica) loseProspects(now env.Now) {
	if leader := r.election.leader; leader != NoNode && leader != r.cfg.Node {
		r.becomeFollower(now, r.election.epoch, leader)
		return
	}
	r.becomeUnattached(now, r.election.epoch)
}

// countVotes acts on what the voters have answered. Who closes meanwhile wants to lead no more.
func (r *Replica) countVotes(now env.Now) {
	lost := r.count(rejected) > len(r.cfg.Voters)-r.majority()
	switch {
	case r.state != Running:
	case r.count(granted) >= r.majority() && r.role == Candidate:
		r.becomeLeader(now)
	case r.count(granted) >= r.majority():
		r.becomeCandidate(now)
	case lost && r.role == Prospective:
		r.loseProspects(now)
	case lost && !r.backingOff:
		r.backOff(now)
	}
}

func (r *Replica) voteRequest(i int) *kmsg.VoteRequest {
	req := kmsg.NewPtrVoteRequest()
	req.Version = 2
	req.ClusterID = r.clusterID()
	req.VoterID = int32(r.cfg.Voters[i].ID)
	p := kmsg.NewVoteRequestTopicPartition()
	p.CandidateEpoch = int32(r.election.epoch)
	p.CandidateID, p.CandidateDirectoryID = int32(r.cfg.Node), r.cfg.Directory
	p.VoterDirectoryID = r.cfg.Voters[i].Directory
	p.LastOffsetEpoch, p.LastOffset = int32(r.end.Epoch), int64(r.end.End)
	p.PreVote = r.role == Prospective
	t := kmsg.NewVoteRequestTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.VoteRequestTopicPartition{p}
	req.Topics = []kmsg.VoteRequestTopic{t}
	return req
}

// handleVote gives or refuses a vote, or says whether it would.
func (r *Replica) handleVote(now env.Now, req *kmsg.VoteRequest) kmsg.Response {
	p, ok := votePartition(req)
	if !r.isCluster(req.ClusterID) {
		return refusal(req, codeInconsistentCluster)
	}
	if !ok {
		return refusal(req, codeInvalidRequest)
	}
	epoch, last := env.LeaderEpoch(p.CandidateEpoch), SnapshotID{env.Offset(p.LastOffset), env.LeaderEpoch(p.LastOffsetEpoch)}
	candidate, dir := env.NodeID(p.CandidateID), env.UUID(p.CandidateDirectoryID)
	switch {
	case last.End < 0 || last.Epoch < 0 || last.Epoch > epoch || last.Epoch == epoch && !p.PreVote,
		candidate < 0, !r.isCredible(epoch):
		return r.voteAnswer(req, codeInvalidRequest, false)
	case epoch < r.election.epoch:
		return r.voteAnswer(req, codeFencedLeaderEpoch, false)
	case r.voterIndex(candidate, dir) < 0 || candidate == r.cfg.Node || !r.isVoter():
		return r.voteAnswer(req, codeInconsistentVoterSet, false)
	}
	if epoch > r.election.epoch {
		r.becomeUnattached(now, epoch)
	}
	if !r.isMe(req.Version, req.VoterID, p.VoterDirectoryID) {
		return r.voteAnswer(req, codeInvalidVoterKey, false)
	}
	grants := r.grants(candidate, dir, !last.before(r.end), p.PreVote)
	if grants && !p.PreVote && r.election.voted == NoNode {
		r.vote(now, epoch, candidate, dir)
	}
	return r.voteAnswer(req, codeNone, grants)
}

// grants says whether this replica gives its vote of the epoch, or with isPre whether it would give that of the
// next one.
func (r *Replica) grants(candidate env.NodeID, dir env.UUID, isUpToDate, isPre bool) bool {
	switch {
	case isPre && r.role == Leader:
		return false
	case isPre && r.role == Follower && r.fetched && !(mutants.Enabled && mutants.On().PreVoteWithLeader):
		return false // its leader answers: nobody needs another one. K5 (KIP-996)
	case isPre:
		return isUpToDate
	case r.election.voted != NoNode:
		return r.election.voted == candidate && (r.election.votedDir == env.UUID{} || r.election.votedDir == dir)
	case r.election.leader != NoNode:
		return false
	}
	return isUpToDate
}

// isMe says whether a request was meant for this replica, and for this disk of it.
func (r *Replica) isMe(version int16, voter int32, dir env.UUID) bool {
	switch {
	case version < 1:
		return true
	case voter >= 0 && env.NodeID(voter) != r.cfg.Node:
		return false
	}
	return isDisk(r.cfg.Directory, dir)
}

// handleVoted takes a voter's answer.
func (r *Replica) handleVoted(now env.Now, p *peer, a *kmsg.VoteResponse) bool {
	if a.ErrorCode != 0 || len(a.Topics) != 1 || len(a.Topics[0].Partitions) != 1 {
		return false
	}
	i, part := r.indexOfPeer(p), &a.Topics[0].Partitions[0]
	done, ok := r.follows(now, part.ErrorCode, part.LeaderID, part.LeaderEpoch)
	switch {
	case done:
		return ok
	case part.ErrorCode != 0:
		return false
	case r.role != Prospective && r.role != Candidate:
		return true
	}
	r.votes[i] = rejected
	if part.VoteGranted {
		r.votes[i] = granted
	}
	r.countVotes(now)
	return true
}
