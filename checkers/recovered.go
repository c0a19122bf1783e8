package checkers

import (
	"fmt"

	"gregor/checkers/history"
	"gregor/core/env"
)

// recovered-lost-flushed: what was flushed survives everything but a disk that breaks its promise.
// recovered-lost-committed: what could be read survives, except what was not flushed in a power cut.
// recovered-lost-clean: a log that was open when its broker stopped on request is as it was.
// recovered-beyond-end: a recovery does not find what was never appended, nor the log of another topic of the same name.
//
// Where others have the same partition, it is no news that one of them lost what it had not flushed: whether that was
// lost for good shows when the next leader begins. What it had appended may be gone, committed or not, if no leader has
// counted on it: it may not have been written. A truncation that was under way may have been carried out wholly or in part.
//
// A log that opens while its broker serves is a new one: its topic has been created, perhaps again, or it was placed
// on this broker again.
func (v *Invariants) recovered(r *replica, f env.LogRecovered) {
	p := r.part
	if r.fenced && r.role == leading && r.part.Topic == offsetsTopic {
		r.node.offsetsLed = v.now.Event // its coordinator reads again what is stored
	}
	if r.cutting.covers(f.End) {
		r.cut(f.End)
	}
	switch {
	case r.known && (!r.node.up || r.reloading):
		v.recoveredEnd(r, f)
	case r.known:
		v.openedAnew(r)
	case !r.opened && p.again && f.End > 0:
		v.find("recovered-beyond-end", f.TopicPartition, 0, "%s opened a log up to %d for a topic that it has never had a record of; another topic had its name before",
			r.name, f.End)
	}
	r.cut(f.End)
	r.batches.drop(f.Start)
	r.known, r.opened, r.start, r.end = true, true, f.Start, f.End
	r.began = max(r.began, f.Start)
	if f.Clean {
		r.flushed = f.End
	}
	if f.Start == f.End {
		clear(r.producers) // nothing is left to know them by
	}
	r.high, r.highTold = 0, false
	if p.alone() {
		p.aloneOpened(r, f)
	}
	r.fenced, r.reloading, r.recovering, r.clean, r.took, r.closed = false, false, false, f.Clean, history.Fault{}, false
	r.cutting = cutting{}
	v.shrank(r)
}

// replicaOf is a node's replica of a certain topic: while it reads of a topic that is made again, it may still open the log
// of the one before, to delete it. nil: that one is not known.
func (v *Invariants) replicaOf(name string, tp env.TopicPartition, topic env.UUID) *replica {
	r := v.replica(name, tp)
	if topic == (env.UUID{}) || !r.part.named || r.part.topic == topic {
		return r
	}
	for _, o := range r.node.replicas {
		if o.part.TopicPartition == tp && o.part.topic == topic {
			return o
		}
	}
	return nil
}

// openedAnew begins a log, and with the only one there is its partition.
func (v *Invariants) openedAnew(r *replica) {
	p := r.part
	if p.alone() {
		if p.truth.to > 0 && r.node.damaged {
			p.lose(loss{event: v.now.Event, to: r.end, promised: true, why: r.damage()})
		}
		p.truth = truth{by: noEpoch, forked: noEpoch}
		p.exposed, p.epoch, p.leader, p.leaders = 0, noEpoch, nil, nil
		r.role, r.epoch = idle, noEpoch
	}
	r.forget()
	r.end = 0
}

// aloneOpened says what is committed of a partition whose only replica has been opened.
func (p *partition) aloneOpened(r *replica, f env.LogRecovered) {
	if f.Clean && f.End > p.truth.to {
		p.extend(r, f.End) // what its only replica has on disk, nobody can take back
	}
	p.truth.to = min(p.truth.to, f.End) // what it found beyond counts when it leads: until then nobody was told of it
	p.truth.log.cut(p.truth.to)
	p.exposed = p.truth.to
}

func (v *Invariants) recoveredEnd(r *replica, f env.LogRecovered) {
	p, alone := r.part, r.part.alone()
	kept := r.keptCommitted(f.End)
	why := r.unflushedLoss()
	switch {
	case f.End > r.end && f.Start == f.End && r.flushed <= r.start:
		// nothing was on disk of what was not deleted: it begins where a checkpoint says
	case f.End > r.end:
		v.find("recovered-beyond-end", f.TopicPartition, r.end, "%s recovered %d records that it never appended: its log ended at %d, now at %d",
			r.name, f.End-r.end, r.end, f.End)
	case f.End < r.flushed:
		why = v.lostBeyond(r, "recovered-lost-flushed", f.End, r.damage(), "%s had flushed up to %d, but its log ends at %d after the restart", r.name, r.flushed, f.End)
	case r.node.stopped && r.closed && f.End < r.end:
		why = v.lostBeyond(r, "recovered-lost-clean", f.End, r.damage(), "%s stopped on request with a log up to %d, and came back with one up to %d", r.name, r.end, f.End)
	case !kept && (alone || f.End < r.counted):
		high := min(max(r.high, p.truth.to), r.end)
		why = v.lostBeyond(r, "recovered-lost-committed", f.End, why, "%s had let everything below %d be read, but its log ends at %d after the restart", r.name, high, f.End)
	}
	if f.End < r.end {
		r.lost(f.End, kept, why, v.now.Event)
	}
}

// lostBeyond finds a loss that a replica may not have had. Where others have the partition, one that is permitted is
// no finding.
func (v *Invariants) lostBeyond(r *replica, check string, o env.Offset, why, format string, args ...any) string {
	if why == "" || r.part.alone() {
		v.find(check, r.part.TopicPartition, o, format, args...).Attributed = why
	}
	return why
}

// keptCommitted says that nothing committed lay beyond the offset at which a log ends now.
func (r *replica) keptCommitted(end env.Offset) bool {
	p := r.part
	if p.alone() {
		return end >= max(r.high, min(p.truth.to, r.end))
	}
	was := p.truth.log.at(end)
	is := r.batches.at(end)
	return end >= min(p.truth.to, r.end) || was == nil || is == nil || !is.same(was)
}

// lost notes what is gone of a log, and from the newest leader's log also for those who asked for no more than that.
func (r *replica) lost(from env.Offset, kept bool, why string, event uint64) {
	p := r.part
	mishap := r.mishap()
	if mishap == "" && r.node.damaged {
		mishap = r.damage()
	}
	if why != "" {
		r.hurtBy(hurt{from, r.end, mishap})
	}
	switch {
	case p.alone():
		p.lose(loss{event: event, offset: from, to: r.end, epoch: p.epoch, promised: !kept, why: why})
	case r == p.leader:
		if mishap == "" {
			mishap = "the end of " + r.name
		}
		p.lose(loss{event: event, offset: from, to: r.end, epoch: p.epoch, why: fmt.Sprintf("acks=1: %s took it from %s, which led in epoch %d, before others had it", mishap, r.name, p.epoch)})
	}
}

func (r *replica) damage() string {
	switch {
	case r.took.Kind == history.Wiped:
		return r.mishap()
	case r.node.damaged:
		return "the disk of " + r.name + " was damaged"
	}
	return ""
}

func (r *replica) unflushedLoss() string {
	if m := r.loser(); m.Kind == history.PowerCut || m.Kind == history.SyncFailed {
		return fmt.Sprintf("the %s of %s at event %d took what was not flushed; flushed was up to %d", m.Kind, r.name, m.Event, r.flushed)
	}
	return r.damage()
}
