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
}
