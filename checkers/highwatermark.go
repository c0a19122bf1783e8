package checkers

import "gregor/core/env"

// high-watermark-back: within one life of a log the high watermark only rises.
// high-watermark-beyond-end: it never passes the log's end.
// high-watermark-unfounded: a follower's high watermark never passes what some leader's has covered.
func (v *Invariants) highWatermark(r *replica, f env.HighWatermarkAdvanced) {
	v.fenced(r, "moved its high watermark")
	switch {
	case f.To <= f.From || f.To < r.high:
		v.find("high-watermark-back", f.TopicPartition, f.To, "%s moved the high watermark from %d to %d", r.name, max(f.From, r.high), f.To)
	case r.known && f.To > r.end:
		v.find("high-watermark-beyond-end", f.TopicPartition, f.To, "%s moved the high watermark to %d, but its log ends at %d", r.name, f.To, r.end)
	case !r.decides() && f.To > r.part.exposed:
		v.find("high-watermark-unfounded", f.TopicPartition, f.To, "%s, which follows %s in epoch %d, lets everything below %d be read, but no leader has let more be read than what is below %d",
			r.name, v.nameOf(r.follows), r.epoch, f.To, r.part.exposed)
	}
	r.high, r.highTold = max(r.high, f.To), true
	if r.decides() {
		v.leaderHigh(r, f.From, f.To)
	} else if r.part.keepsTruth(r) && !r.behindUnclean() {
		v.unchanged(r, f.From, f.To)
	}
}

// leaderHigh takes a leader's word that everything below an offset is committed.
func (v *Invariants) leaderHigh(r *replica, from, to env.Offset) {
	p := r.part
	p.exposed = max(p.exposed, to)
	switch {
	case !p.keepsTruth(r):
		return
	case p.mayDiffer(r, to) && !v.stands(r, to):
		return
	}
	v.unchanged(r, from, to)
	if to > p.truth.to {
		p.extend(r, to)
	}
	v.coveredByISR(r, to)
	v.coveredByImage(r, to)
	v.enoughInSync(r, to)
}

// superseded says that another replica leads in a newer epoch than this one.
func (p *partition) superseded(r *replica) bool {
	return r.placed && p.leader != nil && p.leader != r && r.epoch < p.epoch
}
