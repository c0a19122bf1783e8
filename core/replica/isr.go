package replica

import (
	"slices"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/mutants"
)

// shrink proposes to leave out the members that lag.
func (l *leaderRole) shrink(now env.Now) {
	if l.proposal.open() || now.Mono < l.proposal.notBefore {
		return
	}
	var members []kafka.NodeID
	for _, id := range l.p.isr {
		f := l.find(id)
		if id == l.p.cfg.Node || f != nil && l.isCaughtUp(now, f) {
			members = append(members, id)
		}
	}
	if len(members) < len(l.p.isr) {
		l.propose(now, members)
	}
}

// lagDeadline is the earliest instant at which a member may have to leave.
func (l *leaderRole) lagDeadline() env.Instant {
	if l.proposal.open() {
		return env.Never
	}
	due := env.Never
	for _, id := range l.p.isr {
		if f := l.find(id); f != nil && l.heldBy(f) != l.p.log.EndOffset() {
			due = min(due, f.lag.CaughtUp.Add(l.p.cfg.LagTime+time.Nanosecond))
		}
	}
	return max(due, l.proposal.notBefore)
}

// waitDeadline is the earliest instant at which the high watermark no longer waits for a follower that was about to
// join: Settle moves it then.
func (l *leaderRole) waitDeadline() env.Instant {
	due := env.Never
	if l.p.log.HighWatermark() == l.p.log.EndOffset() {
		return due
	}
	for i := range l.followers {
		if over := l.followers[i].lag.CaughtUp.Add(l.p.cfg.LagTime + time.Nanosecond); over > l.seen {
			due = min(due, over)
		}
	}
	return due
}

// expandUnfetched is planted bug I2 (isr.no_current_epoch_fetch): when its sets change, a leader also proposes
// followers by what it knows of them from earlier fetches. Without the bug it proposes a follower only while it handles
// its fetch, as Kafka's does: since an earlier one the replica may have been removed and added again, empty, or its
// broker killed.
func (l *leaderRole) expandUnfetched(now env.Now) {
	for i := range l.followers {
		if mutants.Enabled && mutants.On().NoCurrentEpochFetch && l.p.role == Leading {
			l.expand(now, &l.followers[i])
		}
	}
}

// expand proposes to take in a follower that has all it must have.
func (l *leaderRole) expand(now env.Now, f *follower) {
	if l.proposal.open() || now.Mono < l.proposal.notBefore || slices.Contains(l.p.isr, f.id) || !l.eligible(f) ||
		!l.hasAllCommitted(f) {
		return
	}
	l.propose(now, append(slices.Clone(l.p.isr), f.id))
}

// hasAllCommitted reports whether the follower holds everything that may have been acknowledged: also what an earlier
// leader acknowledged, which the own high watermark may not cover yet, but the epoch's start does.
func (l *leaderRole) hasAllCommitted(f *follower) bool {
	if f.end < l.p.log.HighWatermark() || !f.compared {
		return false
	}
	return f.end >= l.epochStart || mutants.Enabled && mutants.On().ExpandAtLocalHighWatermark // R5 (KAFKA-7128)
}

// eligible reports whether the follower may be in the in-sync set, going by its last fetch.
func (l *leaderRole) eligible(f *follower) bool {
	epoch, ok := l.p.cfg.Brokers.Broker(f.id)
	switch {
	case !ok && !(mutants.Enabled && mutants.On().ProposeFenced): // I5 (KAFKA-13916)
		return false
	case f.broker != epoch: // an earlier incarnation fetched
		return false
	}
	return true
}
