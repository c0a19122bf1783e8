package checkers

import "gregor/core/env"

// log-start-back: the log start only rises.
// log-start-beyond-high-watermark: nothing is deleted before it could be read.
func (v *Invariants) logStart(r *replica, f env.LogStartAdvanced) {
	if r.known && f.To <= r.start {
		v.find("log-start-back", f.TopicPartition, f.To, "%s moved the log start from %d to %d", r.name, r.start, f.To)
	}
	if high := max(r.high, r.part.exposed, r.part.truth.to); f.To > high {
		v.find("log-start-beyond-high-watermark", f.TopicPartition, f.To, "%s deleted everything below %d (%s), but only what is below %d could be read",
			r.name, f.To, f.Reason, high)
	}
	r.start = max(r.start, f.To)
	r.began = max(r.began, r.start)
}

// deletion-behind: what was deleted on request is gone from all replicas that are alive when that is answered. A crash
// may bring it back to one of them: followers write down where their logs begin now and then only.
func (v *Invariants) recordsDeleted(r *replica, f env.RecordsDeleted) {
	for _, id := range f.Replicas {
		if m := r.part.of(id); m != nil && m.began < f.To {
			v.find("deletion-behind", f.TopicPartition, f.To, "%s said that everything below %d was deleted, but the log of %s begins at %d",
				r.name, f.To, m.name, m.start)
		}
	}
}
