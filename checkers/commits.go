package checkers

import "gregor/core/env"

// progressKey is a partition as a group consumes it.
type progressKey struct {
	group string
	env.TopicPartition
}

// committed-too-far: a consumer commits no offset beyond what it has processed, nor beyond where it began. It
// is what at-least-once rests on; a consumer that means to commit first, for at-most-once, breaks it on
// purpose, and so does one under automatic commits that dies at the wrong time. It passes over what compaction may have
// taken away.
func (v *Invariants) commitsWithin(f *env.CommitCalled) {
	c := v.client(f.Client)
	from, placed := c.started[f.TopicPartition]
	if !placed {
		return
	}
	done := from
	if at := c.reached[progressKey{f.Group, f.TopicPartition}]; at != nil {
		done = max(from, *at)
	}
	if f.Offset > max(done, v.slot(f.TopicPartition).newest().cleaned) {
		v.find("committed-too-far", f.TopicPartition, f.Offset, "%s committed offset %d for group %s, but has processed only what is below %d",
			f.Client, f.Offset, f.Group, done)
	}
}

func (v *Invariants) processed(f env.Processed) {
	k := progressKey{f.Group, f.TopicPartition}
	c := v.client(f.Client)
	if at := c.reached[k]; at != nil {
		*at = max(*at, f.To)
	} else {
		to := max(0, f.To)
		c.reached[k] = &to
	}
}

// positioned begins a partition anew.
func (v *Invariants) positioned(f env.PositionSet) {
	c := v.client(f.Client)
	v.resumes(c, f)
	c.started[f.TopicPartition] = f.Offset
	//tidy:unordered each entry is judged by itself
	for k := range c.reached {
		if k.TopicPartition == f.TopicPartition {
			delete(c.reached, k)
		}
	}
}
