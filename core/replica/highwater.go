package replica

import (
	"slices"

	"gregor/core/env"
	"gregor/core/insync"
	"gregor/core/kafka"
	"gregor/core/mutants"
	"gregor/core/seglog"
)

// advance moves a leader's high watermark to what every replica that may be elected has written. It never goes
// back.
func (l *leaderRole) advance(now env.Now) {
	if l.p.role != Leading || l.p.log.State() != seglog.Ready {
		return
	}
	if l.p.isUnderMinISR() && !(mutants.Enabled && mutants.On().HighWatermarkBelowMinISR) { // I6 (KIP-966)
		return
	}
	to := l.p.stable()
	for i := range l.followers {
		f := &l.followers[i]
		if held := l.heldBy(f); held < to && (l.inMaximalISR(f.id) || l.awaitsJoining(now, f)) {
			to = held
		}
	}
	l.p.raiseHighWatermark(to)
}

// inMaximalISR reports whether a broker is in the in-sync set, or may be by now: a proposal that was sent may have
// been committed without the leader knowing.
func (l *leaderRole) inMaximalISR(id kafka.NodeID) bool {
	if mutants.Enabled && mutants.On().NoMaximalISR { // I1
		return slices.Contains(l.p.isr, id)
	}
	return l.sets().Maximal(id)
}

// awaitsJoining reports whether the high watermark waits for a follower outside the in-sync set, which could never
// reach it otherwise while the leader writes.
func (l *leaderRole) awaitsJoining(now env.Now, f *follower) bool {
	return l.isCaughtUp(now, f) && l.eligible(f)
}

// sets are the committed in-sync set and the proposed one.
func (l *leaderRole) sets() insync.Sets {
	return insync.Sets{Committed: l.p.isr, Proposed: l.proposal.members}
}
