package replica

import (
	"slices"
	"time"

	"gregor/core/env"
	"gregor/core/mutants"
)

// shrink proposes to leave out the members that lag.
func (r *Replica) shrink(now env.Now) {
	if r.proposal.open() || now.Mono < r.proposal.notBefore {
		return
	}
	var members []env.NodeID
	for _, id := range r.isr {
		f := r.follower(id)
		if id == r.cfg.Node || f != nil && r.isCaughtUp(now, f) {
			members = append(members, id)
		}
	}
	if len(members) < len(r.isr) {
		r.propose(now, members)
	}
}

// lagDeadline is the earliest instant at which a member may have to leave.
func (r *Replica) lagDeadline() env.Instant {
	if r.proposal.open() {
		return env.Never
	}
	due := env.Never
	for _, id := range r.isr {
		if f := r.follower(id); f != nil && r.heldBy(f) != r.log.EndOffset() {
			due = min(due, f.lag.CaughtUp.Add(r.cfg.LagTime+time.Nanosecond))
		}
	}
	return max(due, r.proposal.notBefore)
}

// waitDeadline is the earliest instant at which the high watermark no longer waits for a follower that was about to
// join: Settle moves it then.
func (r *Replica) waitDeadline() env.Instant {
	due := env.Never
	if r.log.HighWatermark() == r.log.EndOffset() {
		return due
	}
	for i := range r.followers {
		if over := r.followers[i].lag.CaughtUp.Add(r.cfg.LagTime + time.Nanosecond); over > r.seen {
			due = min(due, over)
		}
	}
	return due
}

// expandAny looks for a follower that may join now that the sets have changed.
func (r *Replica) expandAny(now env.Now) {
	for i := range r.followers {
		if f := &r.followers[i]; r.role == Leading && r.isFresh(now, f) {
			r.expand(now, f)
		}
	}
}

// isFresh says whether what is known of a follower that has not just fetched may be built upon: it was said in this
// epoch (since then no replica was taken away and given back), and lately. It must not be one that would have to
// leave again at once either: while the high watermark stands still that is not the same as having reached it.
func (r *Replica) isFresh(now env.Now, f *follower) bool {
	if mutants.Enabled && mutants.On().NoCurrentEpochFetch { // I2
		return true
	}
	return f.epoch == r.epoch && now.Mono.Sub(f.lag.Fetched) <= r.cfg.LagTime && r.isCaughtUp(now, f)
}

// expand proposes to take in a follower that has all it must have.
func (r *Replica) expand(now env.Now, f *follower) {
	if r.proposal.open() || now.Mono < r.proposal.notBefore || slices.Contains(r.isr, f.id) || !r.eligible(f) || !r.hasAllCommitted(f) {
		return
	}
	r.propose(now, append(slices.Clone(r.isr), f.id))
}

// hasAllCommitted says whether the follower holds everything that may have been acknowledged: also what an earlier
// leader acknowledged, which the own high watermark may not cover yet, but the epoch's start does.
func (r *Replica) hasAllCommitted(f *follower) bool {
	if f.end < r.log.HighWatermark() || !f.compared {
		return false
	}
	return f.end >= r.epochStart || mutants.Enabled && mutants.On().ExpandAtLocalHighWatermark // R5 (KAFKA-7128)
}

// eligible says whether the follower may be in the in-sync set, going by one look at what it said last.
func (r *Replica) eligible(f *follower) bool {
	epoch, ok := r.cfg.Brokers.Broker(f.id)
	switch {
	case !ok && !(mutants.Enabled && mutants.On().ProposeFenced): // I5 (KAFKA-13916)
		return false
	case f.broker != epoch: // what it said was said by an earlier incarnation
		return false
	}
	return true
}
