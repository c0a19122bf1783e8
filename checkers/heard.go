package checkers

import (
	"slices"

	"gregor/core/env"
)

// heard-other-epoch: a leader counts what a follower says only if that was said in the leader's own epoch, which the
// follower has entered: in another one it follows somebody else, or has not found out yet what it has to cut off.
// heard-unmatched: it counts a follower only up to where their logs are the same. It knows that by the epoch of what is
// just below: the follower names it, and what the leader has there is of that epoch. Who has nothing there has nothing to
// name.
func (v *Invariants) followerHeard(r *replica, f env.FollowerHeard) {
	m := r.part.of(f.Broker)
	switch {
	case f.FetchEpoch != f.Epoch && r.once("heard-other-epoch"):
		v.find("heard-other-epoch", f.TopicPartition, f.Offset, "%s, which leads in epoch %d, counts on what %s said in epoch %d",
			r.name, f.Epoch, v.nameOf(f.Broker), f.FetchEpoch)
	case m != nil && m.placed && !m.entered(f.Epoch) && r.once("heard-other-epoch"):
		v.find("heard-other-epoch", f.TopicPartition, f.Offset, "%s, which leads in epoch %d, counts on what %s said before it entered that epoch",
			r.name, f.Epoch, v.nameOf(f.Broker))
	}
	if why := r.unmatched(m, &f); why != "" && r.once("heard-unmatched") {
		v.find("heard-unmatched", f.TopicPartition, f.Offset, "%s, which leads in epoch %d, counts on %s to have its log up to %d, but %s",
			r.name, f.Epoch, v.nameOf(f.Broker), f.Offset, why)
	}
}

// entered says that a replica was in an epoch, or in a newer one.
func (r *replica) entered(epoch env.LeaderEpoch) bool {
	return r.epoch >= epoch || slices.ContainsFunc(r.left[:], func(l epochEnd) bool { return l.epoch >= epoch })
}

// unmatched says why a leader cannot know that a follower's log is the same as its own up to an offset, "" if it can, or
// nobody remembers.
func (r *replica) unmatched(m *replica, f *env.FollowerHeard) string {
	below := f.Offset - 1
	own := r.batches.at(below)
	switch {
	case f.Offset < 0:
		return "no log ends there"
	case r.known && f.Offset > r.end:
		return "its own ends before"
	case own == nil, below < max(r.start, r.part.cleaned), own.epoch == f.LastEpoch:
		return ""
	case f.LastEpoch >= 0:
		return "that says to end with another epoch"
	case m != nil && m.start >= f.Offset:
		return ""
	}
	return "that does not say with which epoch it ends"
}
