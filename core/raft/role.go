package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
)

// Role is what a replica is in its epoch.
//
//	            timeout              pre-votes won             votes won
//	Unattached ─────────▶ Prospective ─────────────▶ Candidate ─────────▶ Leader
//	    ▲  │                ▲  │  ▲                     │                   │ no majority fetches,
//	    │  │ leader known   │  │  └───── back-off ──────┘                   │ Resign, Close
//	    │  ▼                │  │ lost                                       ▼
//	    │ Follower ─────────┘  └─▶ Follower or Unattached                Resigned
//	    │            fetch timeout                                          │
//	    └──────────────────── election timeout, next epoch ─────────────────┘
//
// From every role, a request or response of a newer epoch makes the replica a Follower of that epoch's leader, or
// Unattached if it names none; giving a vote makes it Unattached. A Prospective that lost follows the leader it still
// knows. A Candidate that learns the leader of its own epoch follows it. An observer whose fetches time out is
// Unattached. After a restart the leader of the epoch is Resigned, and a replica that voted for itself is a Candidate.
// The only voter of a quorum goes from Unattached or Resigned to Candidate at once.
type Role uint8

// The roles. An observer is a replica that is no voter; it is Unattached or Follower.
const (
	Unattached  Role = iota // knows no leader, and may have voted
	Prospective             // asks for pre-votes
	Candidate               // asks for votes
	Leader
	Follower
	Resigned // was leader of this epoch and has resigned
)

func (r Role) String() string {
	return [...]string{"unattached", "prospective", "candidate", "leader", "follower", "resigned"}[r]
}

// member is the replica as a member of its quorum: the machine of its roles, and what each role does.
type member struct {
	cfg      *Config
	life     *life
	at       *standing
	out      *outbox
	peers    *peers
	log      *metadataLog
	download *download
	fetches  *fetches
	parts    *partServer
	appends  *appends

	timer    timer
	election candidacy
	lead     *leading // of a leader, else nil
	resigned resignation
	fetched  bool // a follower's leader has answered a fetch
}

// enter changes the role. What is sent from here on waits until the election state is durable.
func (m *member) enter(role Role, e election) {
	must.AtLeast("raft: epoch entered", e.epoch, "epoch", m.at.election.epoch, m.cfg.Node,
		"was an old response not refused?")
	if old := m.at.election; e.epoch == old.epoch && (old.voted != kafka.NoNode && e.voted != old.voted ||
		old.leader != kafka.NoNode && e.leader != kafka.NoNode && e.leader != old.leader) {
		must.Fail("raft: node %d enters epoch %d with leader %d and vote %d after leader %d and vote %d; "+
			"did two nodes win one epoch, or was a vote given twice?",
			m.cfg.Node, e.epoch, e.leader, e.voted, old.leader, old.voted)
	}
	if m.at.role == Leader {
		m.stopLeading(role, e.epoch)
	}
	m.download.drop()
	m.at.role = role
	m.at.changes++
	m.fetched = false
	m.peers.reset()
	if e != m.at.election {
		m.at.election = e
		m.out.changed()
	}
	m.fetches.dismiss()
	m.life.note("%v in epoch %d, leader %d, vote %d", role, e.epoch, e.leader, e.voted)
}

// inEpoch returns the election state of an epoch with a leader, and the vote if it is the present epoch.
func (s *standing) inEpoch(epoch kafka.LeaderEpoch, leader kafka.NodeID) election {
	e := election{epoch: epoch, leader: leader, voted: kafka.NoNode}
	if epoch == s.election.epoch {
		e.voted, e.votedDir = s.election.voted, s.election.votedDir
	}
	return e
}

// becomeUnattached knows no leader in an epoch. A voter that has waited for a leader does not begin to wait again: a
// newer epoch alone must not keep it from becoming a candidate.
func (m *member) becomeUnattached(now env.Now, epoch kafka.LeaderEpoch) {
	role := m.at.role
	if !m.cfg.isVoter() || role == Leader || role == Prospective && epoch == m.at.election.epoch ||
		m.timer.due == env.Never {
		m.timer.startElection(now)
	}
	m.enter(Unattached, m.at.inEpoch(epoch, kafka.NoNode))
}

// vote gives the epoch's one vote.
func (m *member) vote(now env.Now, epoch kafka.LeaderEpoch, candidate kafka.NodeID, dir kafka.UUID) {
	m.enter(Unattached, election{epoch: epoch, leader: kafka.NoNode, voted: candidate, votedDir: dir})
	m.timer.startElection(now)
	m.emitVote()
}

func (m *member) emitVote() {
	m.out.emit(env.QuorumVoted{Node: m.cfg.Node, Epoch: m.at.election.epoch, Candidate: m.at.election.voted})
}

// becomeFollower follows an elected leader.
func (m *member) becomeFollower(now env.Now, epoch kafka.LeaderEpoch, leader kafka.NodeID) {
	m.enter(Follower, m.at.inEpoch(epoch, leader))
	m.election.lost = 0
	m.timer.startFetch(now)
}

// becomeProspective asks whether an election could be won, without raising the epoch of any voter.
func (m *member) becomeProspective(now env.Now) {
	if m.cfg.isAlone() || mutants.Enabled && mutants.On().NoPreVote { // K5 (KIP-996)
		m.becomeCandidate(now)
		return
	}
	m.enter(Prospective, m.at.election)
	m.timer.startElection(now)
	m.election.start()
}

// becomeCandidate opens a new epoch and votes for itself in it.
func (m *member) becomeCandidate(now env.Now) {
	m.enter(Candidate, election{epoch: m.at.election.epoch + 1, leader: kafka.NoNode, voted: m.cfg.Node,
		votedDir: m.cfg.Directory})
	m.election.lost++
	m.timer.startElection(now)
	m.emitVote()
	m.election.start()
	m.countVotes(now)
}

// becomeLeader wins the epoch. Nothing is appended before that is durable: a restart must find that the epoch was
// led, and not try to lead it again.
func (m *member) becomeLeader(now env.Now) {
	e := m.at.election
	if e.voted != m.cfg.Node {
		must.Fail("raft: node %d wins epoch %d, in which it voted for %d; was an old vote counted?", m.cfg.Node,
			e.epoch, e.voted)
	}
	granting := m.election.granting()
	e.leader = m.cfg.Node
	m.enter(Leader, e)
	m.election.lost = 0
	m.timer.due = env.Never
	m.startLeading(now, granting)
}

// becomeResigned ends the leadership, or does not resume it after a restart: records of the old life may be lost, and
// others must not get their offsets in the same epoch.
func (m *member) becomeResigned(now env.Now, reason string) {
	m.resigned = resignation{reason: reason, successors: m.lead.successors(), acked: make([]bool, len(m.cfg.Voters))}
	m.enter(Resigned, m.at.election)
	m.timer.startElection(now)
}

// start takes the role that quorum-state has, when the log is there and flushed.
func (m *member) start(now env.Now) {
	e, isVoter := m.at.election, m.cfg.isVoter()
	switch {
	case e.epoch < m.log.end.Epoch: // the log is newer; a vote of an older epoch no longer matters
		m.enter(Unattached, election{epoch: m.log.end.Epoch, leader: kafka.NoNode, voted: kafka.NoNode})
		m.timer.startElection(now)
	case e.leader == m.cfg.Node && isVoter && mutants.Enabled && mutants.On().ResumeLeadership: // K2 (KAFKA-10527)
		m.enter(Leader, e)
		m.startLeading(now, nil)
	case e.leader == m.cfg.Node && isVoter:
		m.becomeResigned(now, "it has restarted")
	case e.voted == m.cfg.Node && e.leader == kafka.NoNode && isVoter:
		m.enter(Candidate, e)
		m.election.lost++
		m.timer.startElection(now)
		m.election.start()
		m.countVotes(now)
	case e.leader != kafka.NoNode && e.leader != m.cfg.Node && m.cfg.indexOf(e.leader) >= 0:
		m.becomeFollower(now, e.epoch, e.leader)
	default:
		e.leader = kafka.NoNode
		m.enter(Unattached, e)
		m.timer.startElection(now)
	}
}

// pollRounds bounds how often the role may change in one step.
const pollRounds = 8

// poll does what the role can do by now.
func (m *member) poll(now env.Now) {
	for range pollRounds {
		changes := m.at.changes
		if m.log.isReady() { // else it is being truncated: no election, and nothing to fetch from
			m.pollRole(now)
		}
		if m.at.changes == changes {
			break
		}
	}
	if m.at.role == Leader && len(m.fetches.list) > 0 {
		m.fetches.poll(now, m.lead.high)
	}
}

func (m *member) pollRole(now env.Now) {
	m.peers.unwant()
	switch m.at.role {
	case Unattached:
		m.pollUnattached(now)
	case Prospective, Candidate:
		m.pollNominee(now)
	case Leader:
		m.pollLeader(now)
	case Follower:
		m.pollFollower(now)
	case Resigned:
		m.pollResigned(now)
	}
}

// deadline is when poll has something to do.
func (m *member) deadline() env.Instant {
	due := m.fetches.deadline()
	if !m.log.isReady() {
		return due
	}
	switch {
	case m.life.state != Running: // no timer changes the role any more
	case m.at.role == Leader:
		due = min(due, m.lead.deadline(m.peers))
	default:
		due = min(due, m.timer.due)
	}
	return min(due, m.peers.deadline(m.life.now.Mono))
}

// handleLog reacts to the progress of the log.
func (m *member) handleLog(now env.Now, p logProgress) {
	if m.at.role != Follower {
		return
	}
	if p.reopened { // the disk, and not the leader, was slow
		m.timer.startFetch(now)
	}
	if p.flushed {
		m.timer.startFetch(now)
	}
}

// handle answers a request.
func (m *member) handle(now env.Now, req kmsg.Request, t Ticket) {
	switch q := req.(type) {
	case *kmsg.VoteRequest:
		m.out.reply(t, m.handleVote(now, q))
	case *kmsg.BeginQuorumEpochRequest:
		m.out.reply(t, m.handleBegin(now, q))
	case *kmsg.EndQuorumEpochRequest:
		m.out.reply(t, m.handleEnd(now, q))
	case *kmsg.FetchRequest:
		m.handleFetch(now, q, t)
	case *kmsg.FetchSnapshotRequest:
		m.handleFetchSnapshot(now, q, t)
	case *kmsg.DescribeQuorumRequest:
		m.out.reply(t, m.describe(now, q))
	default:
		must.Fail("raft: a %T is no request of the quorum; did the owner route it wrong?", req)
	}
}

// handleResponse handles the response of the i-th voter, or the error that kept it from coming.
func (m *member) handleResponse(now env.Now, i int, resp kmsg.Response, err error) {
	if err != nil {
		m.noteDisconnect(now, i)
	}
	if err != nil || !m.accept(now, i, resp) {
		m.peers.pause(now, i)
	}
}

// accept handles a response, and reports whether the voter may be asked again at once.
func (m *member) accept(now env.Now, i int, resp kmsg.Response) bool {
	switch a := resp.(type) {
	case *kmsg.VoteResponse:
		return m.handleVoted(now, i, a)
	case *kmsg.BeginQuorumEpochResponse:
		return m.handleBegun(now, i, a)
	case *kmsg.EndQuorumEpochResponse:
		return m.handleEnded(now, i, a)
	case *kmsg.FetchResponse:
		return m.handleFetched(now, i, a)
	case *kmsg.FetchSnapshotResponse:
		return m.handleSnapshotPart(now, i, a)
	}
	return false
}

// noteDisconnect takes a broken connection to the leader for a sign that it is gone: a follower that cannot reach it
// again soon asks for pre-votes, which the voters refuse that still reach it, and grants those of others.
func (m *member) noteDisconnect(now env.Now, i int) {
	if m.cfg.isVoter() && m.at.follows(i) {
		m.fetched = false
		m.timer.shorten(now)
	}
}
