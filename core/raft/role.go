package raft

import (
	"fmt"
	"time"

	"gregor/core/env"
	"gregor/core/mutants"
	"gregor/core/quorum"
)

// Role is what a replica is in its epoch.
type Role uint8

// The roles. An observer is a replica that is no voter; it is Unattached or Follower.
const (
	Unattached  Role = iota // knows no leader, and may have voted
	Prospective             // asks for pre-votes
	Candidate               // asks for votes
	Leader
	Follower
	Resigned // was leader of this epoch and is so no more
)

func (r Role) String() string {
	return [...]string{"unattached", "prospective", "candidate", "leader", "follower", "resigned"}[r]
}

// election is what quorum-state holds.
type election struct {
	epoch    env.LeaderEpoch
	leader   env.NodeID // NoNode if unknown
	voted    env.NodeID // NoNode if no vote was given in the epoch
	votedDir env.UUID
}

// enter changes the role. What is sent from here on waits until the election state is durable.
func (r *Replica) enter(now env.Now, role Role, e election) {
	if e.epoch < r.election.epoch {
		panic(fmt.Sprintf("raft: node %d enters epoch %d as %v from epoch %d; an epoch went back",
			r.cfg.Node, e.epoch, role, r.election.epoch))
	}
	if r.role == Leader {
		r.stopLeading(role, e.epoch)
	}
	r.dropFetching()
	r.role = role
	r.changes++
	r.fetched = false
	r.resetPeers()
	if e != r.election {
		r.election = e
		r.persist()
	}
	r.answerWaiting()
	r.note("%v in epoch %d, leader %d, vote %d", role, e.epoch, e.leader, e.voted)
}

// becomeUnattached follows nobody in epoch. A node that has waited for a leader does not begin to wait again: a
// newer epoch alone must not keep it from standing.
func (r *Replica) becomeUnattached(now env.Now, epoch env.LeaderEpoch) {
	due := r.timer
	if !r.isVoter() || r.role == Leader || r.role == Prospective && epoch == r.election.epoch || r.timer == env.Never {
		due = r.electionTimeout(now)
	}
	e := election{epoch: epoch, leader: NoNode, voted: NoNode}
	if epoch == r.election.epoch {
		e.voted, e.votedDir = r.election.voted, r.election.votedDir
	}
	r.enter(now, Unattached, e)
	r.timer = due
}

// vote gives the epoch's one vote.
func (r *Replica) vote(now env.Now, epoch env.LeaderEpoch, candidate env.NodeID, dir env.UUID) {
	if r.election.epoch == epoch && r.election.voted != NoNode {
		panic(fmt.Sprintf("raft: node %d votes for %d in epoch %d after it voted for %d", r.cfg.Node, candidate, epoch, r.election.voted))
	}
	r.enter(now, Unattached, election{epoch: epoch, leader: NoNode, voted: candidate, votedDir: dir})
	r.timer = r.electionTimeout(now)
	r.tellVote()
}

func (r *Replica) tellVote() {
	r.tell(env.QuorumVoted{Node: r.cfg.Node, Epoch: r.election.epoch, Candidate: r.election.voted})
}

// becomeFollower follows an elected leader.
func (r *Replica) becomeFollower(now env.Now, epoch env.LeaderEpoch, leader env.NodeID) {
	e := election{epoch: epoch, leader: leader, voted: NoNode}
	if epoch == r.election.epoch {
		e.voted, e.votedDir = r.election.voted, r.election.votedDir
	}
	r.enter(now, Follower, e)
	r.retries = 0
	r.timer = r.fetchTimeout(now)
}

// becomeProspective asks whether an election could be won, without troubling anybody's epoch.
func (r *Replica) becomeProspective(now env.Now) {
	if len(r.cfg.Voters) == 1 || mutants.Enabled && mutants.On().NoPreVote { // K5 (KIP-996)
		r.becomeCandidate(now)
		return
	}
	r.enter(now, Prospective, r.election)
	r.timer = r.electionTimeout(now)
	r.resetVotes()
}

// becomeCandidate opens a new epoch and votes for itself in it.
func (r *Replica) becomeCandidate(now env.Now) {
	r.enter(now, Candidate, election{epoch: r.election.epoch + 1, leader: NoNode, voted: r.cfg.Node, votedDir: r.cfg.Directory})
	r.retries++
	r.timer = r.electionTimeout(now)
	r.tellVote()
	r.resetVotes()
	r.countVotes(now)
}

// becomeResigned gives leadership up, or does not take it up again after a restart: records of the old life may
// be lost, and others must not get their offsets in the same epoch.
func (r *Replica) becomeResigned(now env.Now, reason string) {
	r.resigning = reason
	successors := r.successors()
	r.enter(now, Resigned, r.election)
	r.preferred = successors
	r.acked = make([]bool, len(r.cfg.Voters))
	r.timer = r.electionTimeout(now)
}

func (r *Replica) electionTimeout(now env.Now) env.Instant {
	if !r.isVoter() {
		return env.Never
	}
	return now.Mono.Add(ms(r.cfg.ElectionTimeoutMs + r.rnd.Between(0, r.cfg.ElectionTimeoutMs-1)))
}

// fetchTimeout is when a follower gives its leader up. It is a little longer than configured, for each another time:
// the followers of one leader have heard of it last at about the same instant, and must not stand together.
func (r *Replica) fetchTimeout(now env.Now) env.Instant {
	return now.Mono.Add(ms(r.cfg.FetchTimeoutMs + r.rnd.Between(0, r.cfg.FetchTimeoutMs/10)))
}

func ms(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// isVoter says whether this replica takes part in elections.
func (r *Replica) isVoter() bool { return r.voterIndex(r.cfg.Node, r.cfg.Directory) >= 0 }

// voterIndex is a voter's place among the voters, or -1. A node with another disk than the voter was configured
// with is not that voter.
func (r *Replica) voterIndex(id env.NodeID, dir env.UUID) int {
	i := r.indexOf(id)
	if i < 0 {
		return -1
	}
	if !isDisk(dir, r.cfg.Voters[i].Directory) {
		return -1
	}
	return i
}

// isDisk says whether a disk is the one that is meant; the zero id means any.
func isDisk(dir, meant env.UUID) bool {
	return meant == env.UUID{} || meant == dir || mutants.Enabled && mutants.On().NoDirectoryID // K8 (KIP-853)
}

// indexOf is the place of the voter with this node id, whatever its disk, or -1.
func (r *Replica) indexOf(id env.NodeID) int {
	for i := range r.cfg.Voters {
		if r.cfg.Voters[i].ID == id {
			return i
		}
	}
	return -1
}

// majority is how many voters decide.
func (r *Replica) majority() int { return quorum.Majority(len(r.cfg.Voters)) }
