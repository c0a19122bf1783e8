package checkers

import (
	"gregor/checkers/model"
	"gregor/core/env"
)

// heard-other-epoch: a leader counts on a follower's fetch only if the fetch is of the leader's own epoch, which the
// follower has entered: in another one it follows another broker, or has not found out yet what it has to truncate.
//
// heard-unmatched: it counts on a follower only up to where their logs are the same. It knows that from the epoch of
// the batch just below: the follower's fetch names it, and the leader's own batch there is of that epoch. A follower
// that has nothing there has nothing to name.
var _ = registerWith(ofReplication, []Property{
	{"heard-other-epoch", "a leader counts a fetch of another epoch", `
		1 - cluster 2
		2 b1,b2 appended 0..4
		3 b1 says 1/1 1 1,2 1,2
		4 b1 leads 1
		5 b1 hears 1 2 5 0 0
		=> heard-other-epoch t-0@5, event 5: b1, leader in epoch 1, counts a fetch that b2 sent in epoch
		   0
	`},
	{"heard-unmatched", "a leader counts a follower's fetch whose log differs", `
		1 - cluster 2
		2 b2 appended 0..4
		3 b1 hears 0 2 5 0 0
		=> heard-unmatched t-0@5, event 3: b1, leader in epoch 0, counts on b2 to hold its log up to
		   offset 5, but its own log ends before that
	`},
}, func() []watch {
	c := followerFetch{once{}, once{}}
	return []watch{before(c.received)}
})

type followerFetch struct{ otherEpoch, unmatched once }

func (c *followerFetch) received(s *step, f env.FollowerHeard) {
	r, m := s.Replica, s.Partition.Of(f.Broker)
	switch {
	case f.FetchEpoch != f.Epoch && c.otherEpoch.first(r):
		s.find("heard-other-epoch", f.TopicPartition, f.Offset,
			"%s, leader in epoch %d, counts a fetch that %s sent in epoch %d",
			s.Node, f.Epoch, s.name(f.Broker), f.FetchEpoch)
	case m != nil && m.InEpoch && !m.Was(f.Epoch) && c.otherEpoch.first(r):
		s.find("heard-other-epoch", f.TopicPartition, f.Offset,
			"%s, leader in epoch %d, counts a fetch that %s sent before it entered that epoch",
			s.Node, f.Epoch, s.name(f.Broker))
	}
	if why := unmatched(r, m, &f); why != "" && c.unmatched.first(r) {
		s.find("heard-unmatched", f.TopicPartition, f.Offset,
			"%s, leader in epoch %d, counts on %s to hold its log up to offset %d, but %s",
			s.Node, f.Epoch, s.name(f.Broker), f.Offset, why)
	}
}

// unmatched is why a leader cannot know that a follower's log is the same as its own up to an offset, "" if it can,
// or if that is forgotten.
func unmatched(r, m *model.Replica, f *env.FollowerHeard) string {
	below := f.Offset - 1
	own := r.Batches.At(below)
	switch {
	case f.Offset < 0:
		return "no log has a negative end offset"
	case r.Known && f.Offset > r.End:
		return "its own log ends before that"
	case own == nil, below < max(r.Start, r.Partition.Cleaned), own.Epoch == f.LastEpoch:
		return ""
	case f.LastEpoch >= 0:
		return "the fetch names another last epoch than its own log has there"
	case m != nil && m.Start >= f.Offset:
		return ""
	}
	return "the fetch does not name the last epoch"
}
