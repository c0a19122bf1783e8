package raft

import (
	"gregor/core/env"
	"gregor/core/mutants"
)

// begin takes the role that quorum-state says, when the log is there and flushed.
func (r *Replica) begin(now env.Now) {
	r.state = Running
	e := r.election
	r.given = r.start
	if r.latest().End > 0 {
		r.given = 0 // the owner receives the snapshot first
	}
	switch {
	case e.epoch < r.end.Epoch: // the log knows better; whom we voted for then is nobody's business any more
		r.enter(now, Unattached, election{epoch: r.end.Epoch, leader: NoNode, voted: NoNode})
		r.timer = r.electionTimeout(now)
	case e.leader == r.cfg.Node && r.isVoter() && mutants.Enabled && mutants.On().ResumeLeadership: // K2 (KAFKA-10527)
		r.enter(now, Leader, e)
		r.startLeading(now, nil)
	case e.leader == r.cfg.Node && r.isVoter():
		r.becomeResigned(now, "it has restarted")
	case e.voted == r.cfg.Node && e.leader == NoNode && r.isVoter():
		r.enter(now, Candidate, e)
		r.retries++
		r.timer = r.electionTimeout(now)
		r.resetVotes()
		r.countVotes(now)
	case e.leader != NoNode && e.leader != r.cfg.Node && r.indexOf(e.leader) >= 0:
		r.becomeFollower(now, e.epoch, e.leader)
	default:
		e.leader = NoNode
		r.enter(now, Unattached, e)
		r.timer = r.electionTimeout(now)
	}
}

// leaderTold is what the owner knows of the leadership.
type leaderTold struct {
	leader env.NodeID
	epoch  env.LeaderEpoch
}

// tellLeader tells the owner who leads. Of its own leadership it hears when it has seen all that was committed
// before: it may then decide on what it knows.
func (r *Replica) tellLeader(now env.Now) {
	is := leaderTold{r.LeaderID(), r.election.epoch}
	if is.leader == r.cfg.Node && (!r.lead.active || r.given <= r.lead.began) {
		is.leader = NoNode
	}
	if is == r.told {
		return
	}
	r.told = is
	r.put(now, held{change: true, leader: is.leader, epoch: is.epoch})
}
