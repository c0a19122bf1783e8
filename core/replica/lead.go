package replica

import (
	"fmt"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
	"gregor/core/seglog"
)

// proposals is where a leader's proposals go.
type proposals interface {
	alter(p Proposal)
}

// leaderRole is what a leader keeps besides its log: how far its followers have come, the change of the in-sync set
// that is under way, and the appends that wait.
type leaderRole struct {
	p          *partition
	proposals  proposals
	epochStart kafka.Offset // where the leader's epoch begins
	followers  []follower   // in order of replicas
	proposal   proposal
	acksOne    []waiter    // acks=1, in order of appending
	acksAll    []waiter    // acks=all
	seen       env.Instant // when the replica was settled last
}

// refresh applies the sets that the metadata has now. before is the in-sync set before them.
func (l *leaderRole) refresh(now env.Now, before []kafka.NodeID, elected bool) {
	l.setFollowers(now, elected)
	l.welcome(now, before)
	l.proposal.clear()
	if !elected {
		l.p.emitISR()
		l.advance(now)
		l.expandUnfetched(now)
	}
}

// begin begins the epoch at the log's end once the log is ready: a truncation that is under way ends first.
func (l *leaderRole) begin(now env.Now) {
	if l.p.log.State() != seglog.Ready {
		return
	}
	l.p.role, l.epochStart = Leading, l.p.log.EndOffset()
	if !(mutants.Enabled && mutants.On().NoEpochEntryOnElection) { // R4 (KAFKA-7415)
		l.p.log.Lead(l.p.epoch)
	}
	if l.p.w.Facts != nil {
		l.p.w.Facts.Emit(env.BecameLeader{TopicPartition: l.p.tp, Epoch: l.p.epoch})
		l.p.w.Facts.Emit(env.EpochBegun{TopicPartition: l.p.tp, Epoch: l.p.epoch, Start: l.p.log.EpochStart(l.p.epoch)})
	}
	l.p.emitISR()
	l.advance(now)
	l.expandUnfetched(now)
}

// reopen begins the epoch again at the end of a log whose unwritten records are gone.
func (l *leaderRole) reopen() {
	l.epochStart = l.p.log.EndOffset()
	l.p.log.Lead(l.p.epoch)
}

// stop ends a leadership: whether the appends that wait are safe will not be known here.
func (l *leaderRole) stop(now env.Now) {
	l.followers = nil
	l.proposal.clear()
	l.failWaiters(now, notLeader)
}

// deadline is when a leader has something to do.
func (l *leaderRole) deadline() env.Instant {
	return min(l.proposal.retry, l.lagDeadline(), l.waitDeadline())
}

// append appends what a producer brings. The epoch and origin are set here. With acks=all it is refused while
// fewer than min.insync.replicas are in sync.
func (l *leaderRole) append(now env.Now, a seglog.Append, acks kafka.Acks) (seglog.AppendResult, *seglog.Error) {
	switch {
	case l.p.role != Leading:
		return seglog.AppendResult{}, &seglog.Error{Code: kafka.ErrorCode(notLeader),
			Text: fmt.Sprintf("%s is %s here", l.p.tp, l.p.role)}
	case acks == kafka.AcksAll && l.p.isUnderMinISR():
		return seglog.AppendResult{}, &seglog.Error{Code: kafka.ErrorCode(kafka.NotEnoughReplicas),
			Text: fmt.Sprintf("%s has %d replicas in sync, min.insync.replicas is %d", l.p.tp, len(l.p.isr),
				l.p.effectiveMinISR())}
	}
	a.Origin, a.Epoch = seglog.Leader, l.p.epoch
	end := l.p.log.EndOffset()
	res, err := l.p.log.Append(now, a)
	if err == nil {
		must.AtLeast("replica: log end", l.p.log.EndOffset(), "the end before the append", end, l.p,
			"did an append shorten the log?")
	}
	return res, err
}
