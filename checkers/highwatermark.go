package checkers

import "gregor/core/env"

// high-watermark-back: within one life of a log the high watermark only rises.
// high-watermark-beyond-end: it never passes the log's end.
func (v *Invariants) highWatermark(r *replica, f env.HighWatermarkAdvanced) {
	v.fenced(r, "moved its high watermark")
	switch {
	case f.To <= f.From || f.To < r.high:
		v.find("high-watermark-back", f.TopicPartition, f.To, "%s moved the high watermark from %d to %d", r.name, max(f.From, r.high), f.To)
	case r.known && f.To > r.end:
		v.find("high-watermark-beyond-end", f.TopicPartition, f.To, "%s moved the high watermark to %d, but its log ends at %d", r.name, f.To, r.end)
	}
	r.high = max(r.high, f.To)
	r.part.committed = max(r.part.committed, f.To)
}
