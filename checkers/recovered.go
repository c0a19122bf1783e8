package checkers

import (
	"fmt"

	"gregor/core/env"
)

// recovered-lost-flushed: what was flushed survives everything but a disk that breaks its promise.
// recovered-lost-committed: what could be read survives, except what was not flushed in a power cut.
// recovered-lost-clean: a log whose broker stopped on request is as it was.
// recovered-beyond-end: a recovery does not find what was never appended.
//
// A log that opens while its broker serves is a new one: its topic has been created, perhaps again.
func (v *Invariants) recovered(r *replica, f env.LogRecovered) {
	if r.known && (!r.node.up || r.reloading) {
		v.recoveredEnd(r, f)
	} else if r.known {
		r.part.committed, r.part.epoch, r.part.leader = 0, -1, ""
		r.flushed, r.high = 0, 0
		r.batches, r.producers = batchLog{}, map[env.ProducerID]*producerState{}
	}
	r.cut(f.End)
	r.known, r.start, r.end = true, f.Start, f.End
	if f.Clean {
		r.flushed = f.End
	}
	r.high = 0
	switch {
	case len(r.part.replicas) > 1:
	case f.Clean: // what its only replica has on disk, nobody can take back
		r.part.committed = f.End
	default: // what it found beyond that counts when it leads: until then nobody was told of it
		r.part.committed = min(r.part.committed, f.End)
	}
	r.fenced, r.reloading, r.leads = false, false, false
}

func (v *Invariants) recoveredEnd(r *replica, f env.LogRecovered) {
	high := max(r.high, min(r.part.committed, r.end))
	switch {
	case f.End > r.end:
		v.find("recovered-beyond-end", f.TopicPartition, r.end, "%s recovered %d records that it never appended: its log ended at %d, now at %d",
			r.name, f.End-r.end, r.end, f.End)
	case f.End < r.flushed:
		v.find("recovered-lost-flushed", f.TopicPartition, f.End, "%s had flushed up to %d, but its log ends at %d after the restart",
			r.name, r.flushed, f.End).Attributed = r.damage()
	case r.node.stopped && f.End < r.end:
		v.find("recovered-lost-clean", f.TopicPartition, f.End, "%s stopped on request with a log up to %d, and came back with one up to %d",
			r.name, r.end, f.End).Attributed = r.damage()
	case f.End < high:
		v.find("recovered-lost-committed", f.TopicPartition, f.End, "%s had let everything below %d be read, but its log ends at %d after the restart",
			r.name, high, f.End).Attributed = r.unflushedLoss()
	}
}

func (r *replica) damage() string {
	if r.node.damaged {
		return "the disk of " + r.name + " was damaged"
	}
	return ""
}

func (r *replica) unflushedLoss() string {
	for _, m := range [...]Mishap{r.node.befell, r.node.unsure} {
		if m.Kind == PowerCut || m.Kind == SyncFailed {
			return fmt.Sprintf("the %s of %s at event %d took what was not flushed; flushed was up to %d", m.Kind, r.name, m.Event, r.flushed)
		}
	}
	return r.damage()
}
