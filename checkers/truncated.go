package checkers

import "gregor/core/env"

// truncated-committed: a log is never cut where it holds what was committed: what could be read once stays. What a
// follower holds there that was not committed makes way for what was.
//
// truncated-leading: who leads never cuts its log: the others make theirs what it has.
//
// A cut beyond the log's end empties it: it goes on where its leader's log begins.
func (v *Invariants) truncated(r *replica, f env.LogTruncated) {
	r.reloading = true
	if r.role == leading {
		v.find("truncated-leading", f.TopicPartition, f.To, "%s, which leads in epoch %d, cut its log to %d (%s)", r.name, r.epoch, f.To, f.Reason)
	}
	if f.To > r.end {
		r.forget()
		r.start, r.end, r.flushed = f.To, f.To, f.To
		return
	}
	if !r.keptCommitted(f.To) {
		v.find("truncated-committed", f.TopicPartition, f.To, "%s cut its log to %d (%s), but everything below %d could be read",
			r.name, f.To, f.Reason, min(max(r.high, r.part.truth.to), r.end)).Attributed = r.damage()
	}
	r.cut(f.To)
}
