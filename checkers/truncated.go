package checkers

import "gregor/core/env"

// truncated-committed: a log is never cut below the high watermark: what could be read once stays.
func (v *Invariants) truncated(r *replica, f env.LogTruncated) {
	if high := max(r.high, min(r.part.committed, r.end)); f.To < high {
		v.find("truncated-committed", f.TopicPartition, f.To, "%s cut its log to %d (%s), but everything below %d could be read",
			r.name, f.To, f.Reason, high).Attributed = r.damage()
	}
	r.cut(f.To)
	r.reloading = true
}
