package checkers

import "gregor/core/env"

// flushed-beyond-end: a broker does not claim to have flushed what it has not appended.
// flushed-back: within one life of a log the flushed offset only rises.
func (v *Invariants) flushed(r *replica, f env.Flushed) {
	v.fenced(r, "flushed")
	switch {
	case r.known && f.To > r.end:
		v.find("flushed-beyond-end", f.TopicPartition, f.To, "%s flushed up to %d, but its log ends at %d", r.name, f.To, r.end)
	case f.To < r.flushed:
		v.find("flushed-back", f.TopicPartition, f.To, "%s flushed up to %d after it had flushed up to %d", r.name, f.To, r.flushed)
	}
	r.flushed = max(r.flushed, f.To)
}
