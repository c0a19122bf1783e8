package checkers

import "gregor/core/env"

// high-watermark-beyond-isr: a leader's high watermark covers only what every member of its maximal in-sync set, those
// committed and those proposed together, has appended in the leader's own epoch: anyone of them may be the next leader.
// A member that has lost it since is excused; so is one that has moved on to a newer epoch.
func (v *Invariants) coveredByISR(r *replica, to env.Offset) {
	r.counted = max(r.counted, to)
	if r.role != leading {
		return
	}
	for _, id := range r.isr {
		v.coveredBy(r, id, to)
	}
	for _, id := range r.proposed {
		v.coveredBy(r, id, to)
	}
}

func (v *Invariants) coveredBy(r *replica, id env.NodeID, to env.Offset) {
	if r.node.identified && r.node.id == id || v.ids[id] == nil {
		return
	}
	m := r.part.of(id)
	switch {
	case m != nil && m.epoch >= r.epoch && m.holds(&r.batches, to):
		m.counted = max(m.counted, to)
		return
	case m != nil && m.reached(r.epoch, to):
		return
	}
	if r.once("high-watermark-beyond-isr") {
		v.find("high-watermark-beyond-isr", r.part.TopicPartition, to, "%s, which leads in epoch %d, lets everything below %d be read, but %s, in sync or about to be, %s",
			r.name, r.epoch, to, v.nameOf(id), m.shortOf(r, to))
	}
}

// shortOf says what a member of an in-sync set is missing.
func (m *replica) shortOf(r *replica, to env.Offset) string {
	switch {
	case m == nil || m.end < to:
		return "has not appended that"
	case m.epoch < r.epoch:
		return "has not entered that epoch"
	}
	return "has something else there"
}

// high-watermark-below-min-isr: while fewer than min.insync.replicas are in sync, the high watermark rests: only so does
// whoever was in sync when it last moved still have everything (KIP-966).
func (v *Invariants) enoughInSync(r *replica, to env.Offset) {
	if r.role != leading || r.isr == nil || r.view == nil || len(r.isr) >= r.view.minISR {
		return
	}
	members := len(r.isr)
	v.later(func() { // the setting may just have changed
		if members < r.view.minISR && r.once("high-watermark-below-min-isr") {
			v.find("high-watermark-below-min-isr", r.part.TopicPartition, to, "%s let everything below %d be read while %d were in sync, and min.insync.replicas is %d",
				r.name, to, members, r.view.minISR)
		}
	})
}
