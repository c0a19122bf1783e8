package model

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gregor/checkers/history"
	"gregor/core/kafka"
)

// Anywhere is the offset of a record that was acknowledged without one.
const Anywhere kafka.Offset = math.MaxInt64

// maxLosses bounds how many losses of a partition are remembered.
const maxLosses = 256

func (p *Partition) lose(l Loss) {
	for _, r := range p.Replicas {
		if r.Role == Leading && r.Epoch < l.epoch {
			l.stale = append(l.stale, r)
		}
	}
	if len(p.losses) >= maxLosses {
		p.losses = slices.Delete(p.losses, 0, 1)
	}
	l.until, l.late = l.event, len(l.stale) > 0
	p.losses = append(p.losses, l)
}

// staleBegins records that a replica becomes leader of an older epoch than the newest: what it appends is lost, and
// so is, with what was lost before, what it had.
func (p *Partition) staleBegins(r *Replica, event uint64) {
	for i := range p.losses {
		if l := &p.losses[i]; r.Epoch < l.epoch {
			l.stale, l.late = append(l.stale, r), true
		}
	}
	at := Fork(&r.Batches, &p.Leader.Batches, min(r.End, p.Leader.End), max(p.Cleaned, r.Start))
	p.lose(Loss{event: event, offset: at, to: r.End, epoch: p.Epoch,
		why: fmt.Sprintf("acks=1: %s became leader in epoch %d when %s led in epoch %d", r.Node.Name, r.Epoch,
			p.Leader.Node.Name, p.Epoch)})
}

// staleEnds records that a leader of an older epoch adds no more to what is lost already.
func (p *Partition) staleEnds(r *Replica, event uint64) {
	for i := range p.losses {
		if l := &p.losses[i]; slices.Contains(l.stale, r) {
			l.until = event
			l.stale = slices.DeleteFunc(l.stale, func(z *Replica) bool { return z == r })
		}
	}
}

// covers reports whether something that was written at or after an event, and gone at another, may be what was lost.
func (l *Loss) covers(o kafka.Offset, written, gone uint64, promised bool) bool {
	within := o >= l.offset && (o < l.to || l.late || o == Anywhere)
	return within && l.event <= gone && (l.promised || !promised) && (written <= l.until || len(l.stale) > 0)
}

// succeed records what the leader before has and the new one does not: acks=1 does not promise to keep it.
func (r *Replica) succeed(epoch kafka.LeaderEpoch, event uint64) {
	p, old := r.Partition, r.Partition.Leader
	if old == nil || old == r || !r.Known {
		return
	}
	at := Fork(&old.Batches, &r.Batches, min(old.End, r.End), max(p.Cleaned, r.Start))
	if at >= old.End && old.Role != Leading {
		return
	}
	p.lose(Loss{event: event, offset: at, to: old.End, epoch: epoch,
		why: fmt.Sprintf("acks=1: %s became leader after %s in epoch %d before it had fetched it", r.Node.Name,
			old.Node.Name, epoch)})
}

// Explain returns why what a partition held at an offset may be gone, or replaced, at event gone, though it was
// written at or after event written; "" if nothing permits that. promised: it had been acknowledged with acks=all, or
// read. known is false where the model cannot know: a partition that has one replica, or none that emits facts. It is
// made for [history.History].
func (c *Cluster) Explain(tp kafka.TopicPartition, o kafka.Offset, written, gone uint64, promised bool) (why string,
	known bool) {
	s := c.Named(tp)
	if !s.Reported() {
		return "", false
	}
	alone := s.newest().Alone()
	for _, p := range s.all {
		for i := range p.losses {
			l := &p.losses[i]
			if l.why != "" && (l.deleted || !alone) && l.covers(o, written, gone, promised) && (why == "" || l.promised) {
				why = l.why
			}
		}
	}
	return why, why != "" || !alone
}

// maxLostRanges bounds how many of them are remembered.
const maxLostRanges = 16

func (r *Replica) addLost(h lostRange) {
	if len(r.disk.lost) >= maxLostRanges {
		r.disk.lost = slices.Delete(r.disk.lost, 0, 1)
	}
	r.disk.lost = append(r.disk.lost, h)
}

// refilled forgets what was lost where the replica holds something again.
func (r *Replica) refilled(to kafka.Offset) {
	for i := range r.disk.lost {
		r.disk.lost[i].from = max(r.disk.lost[i].from, to)
	}
	r.disk.lost = slices.DeleteFunc(r.disk.lost, func(h lostRange) bool { return h.from >= h.to })
}

// LostAt is how a replica lost an offset, "" if it did not, or may not have.
func (r *Replica) LostAt(o kafka.Offset) string {
	for _, h := range r.disk.lost {
		if h.from <= o && o < h.to {
			return h.why
		}
	}
	return ""
}

// lossText is what took an offset from a replica, or may have, "" if nothing.
func (r *Replica) lossText(o kafka.Offset) string {
	if why := r.LostAt(o); why != "" {
		return why
	}
	switch {
	case r.End <= o:
		return ""
	case r.Node.Damaged:
		return "the disk of " + r.Node.Name + " was damaged"
	case !r.Recovering:
		return ""
	}
	return r.faultText()
}

// allLost is how every replica that had a committed offset lost it, "" if that is not how it was.
func (p *Partition) allLost(o kafka.Offset) string {
	var all []string
	for _, r := range p.Replicas {
		if why := r.lossText(o); why != "" {
			all = append(all, why)
		}
	}
	switch {
	case len(all) == 0:
		return ""
	case len(p.Committed.isr) == 1 && len(p.Image.Replicas) > 1 && p.Of(p.Committed.isr[0]) != nil:
		return fmt.Sprintf("min.insync.replicas=%d: the ISR was %s alone, and lost it: %s",
			p.Image.MinISR, p.Of(p.Committed.isr[0]).Node.Name, strings.Join(all, " and "))
	}
	return "every replica that had it has lost it: " + strings.Join(all, " and ")
}

// suffer records what may take records from a log that is not open. A crash while it is being opened takes nothing
// more, and nothing takes more than an emptied disk.
func (r *Replica) suffer(n *Node) {
	switch {
	case r.wiped():
	case n.endedBy.Kind == history.PowerCut, n.endedBy.Kind == history.Wiped:
		r.disk.mayHaveLost, r.disk.closed = n.endedBy, false
	case n.syncFailed.Kind == history.SyncFailed && r.disk.mayHaveLost.Kind == 0:
		r.disk.mayHaveLost = n.syncFailed
	}
}

// lostBy is the fault that may have taken what a replica lost, of kind 0 if none may.
func (r *Replica) lostBy() history.Fault {
	if r.disk.mayHaveLost.Kind == 0 {
		return r.Node.syncFailed
	}
	return r.disk.mayHaveLost
}

func (r *Replica) wiped() bool { return r.lostBy().Kind == history.Wiped }

// faultText names what may have taken records from a replica, "" if nothing may.
func (r *Replica) faultText() string {
	if f := r.lostBy(); f.Kind != 0 {
		return fmt.Sprintf("the %s of %s at event %d", f.Kind, r.Node.Name, f.Event)
	}
	return ""
}

// Damage is how the disk of a replica broke its promise, "" if it did not.
func (r *Replica) Damage() string {
	switch {
	case r.disk.mayHaveLost.Kind == history.Wiped:
		return r.faultText()
	case r.Node.Damaged:
		return "the disk of " + r.Node.Name + " was damaged"
	}
	return ""
}

// BrokenAfterStop reports whether a replica stopped cleanly and its disk broke its promise afterwards, which it cannot
// notice.
func (r *Replica) BrokenAfterStop() bool { return r.disk.cleanStart && r.Node.Damaged }

func (r *Replica) unflushedText() string {
	if f := r.lostBy(); f.Kind == history.PowerCut || f.Kind == history.SyncFailed {
		return fmt.Sprintf("the %s of %s at event %d lost what was not flushed; the flushed offset was %d", f.Kind,
			r.Node.Name, f.Event, r.Flushed)
	}
	return r.Damage()
}
