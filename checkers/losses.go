package checkers

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gregor/checkers/history"
	"gregor/core/env"
)

// loss is what a partition does not hold any more, [offset, to), and why that is permitted.
type loss struct {
	event    uint64
	offset   env.Offset
	to       env.Offset
	epoch    env.LeaderEpoch // of the leader without whose word it is gone
	promised bool            // it had been committed; else it had been written to a leader's log only
	deleted  bool            // with its topic
	why      string          // "": it is not permitted

	until  uint64     // the last event at which somebody of an older epoch may have added to what is lost
	late   bool       // somebody of an older epoch may have: then to is not the end
	zombie []*replica // who still leads an older epoch
}

// anywhere is the offset of a record that was acknowledged without saying where it is.
const anywhere env.Offset = math.MaxInt64

// maxLosses bounds how many losses of a partition are remembered.
const maxLosses = 256

func (p *partition) lose(l loss) {
	for _, r := range p.replicas {
		if r.role == leading && r.epoch < l.epoch {
			l.zombie = append(l.zombie, r)
		}
	}
	if len(p.losses) >= maxLosses {
		p.losses = slices.Delete(p.losses, 0, 1)
	}
	l.until, l.late = l.event, len(l.zombie) > 0
	p.losses = append(p.losses, l)
}

// beginZombie notes that a replica begins to lead that has been replaced already: what it takes is lost, and from what
// was lost before on also what it had.
func (p *partition) beginZombie(r *replica, event uint64) {
	for i := range p.losses {
		if l := &p.losses[i]; r.epoch < l.epoch {
			l.zombie, l.late = append(l.zombie, r), true
		}
	}
	at := fork(&r.batches, &p.leader.batches, min(r.end, p.leader.end), max(p.cleaned, r.start))
	p.lose(loss{event: event, offset: at, to: r.end, epoch: p.epoch,
		why: fmt.Sprintf("acks=1: %s began to lead in epoch %d when %s led in epoch %d", r.name, r.epoch, p.leader.name, p.epoch)})
}

// endZombie notes that a leader of an older epoch adds no more to what is lost already.
func (p *partition) endZombie(r *replica, event uint64) {
	for i := range p.losses {
		if l := &p.losses[i]; slices.Contains(l.zombie, r) {
			l.until = event
			l.zombie = slices.DeleteFunc(l.zombie, func(z *replica) bool { return z == r })
		}
	}
}

// covers says whether something that was written at or after an event, and gone at another, may be what was lost.
func (l *loss) covers(o env.Offset, written, gone uint64, promised bool) bool {
	within := o >= l.offset && (o < l.to || l.late || o == anywhere)
	return within && l.event <= gone && (l.promised || !promised) && (written <= l.until || len(l.zombie) > 0)
}

// overtakes notes what the leader there was until now has and the new one does not: nobody has promised to keep it.
func (v *Invariants) overtakes(r *replica, epoch env.LeaderEpoch) {
	p, old := r.part, r.part.leader
	if old == nil || old == r || !r.known {
		return
	}
	at := fork(&old.batches, &r.batches, min(old.end, r.end), max(p.cleaned, r.start))
	if at >= old.end && old.role != leading {
		return
	}
	p.lose(loss{event: v.now.Event, offset: at, to: old.end, epoch: epoch,
		why: fmt.Sprintf("acks=1: %s took over from %s in epoch %d before it had it", r.name, old.name, epoch)})
}

// hurt is what a replica lost of its own log, [from, to).
type hurt struct {
	from, to env.Offset
	why      string // "": it may not
}

// maxHurts bounds how many of them are remembered.
const maxHurts = 16

func (r *replica) hurtBy(h hurt) {
	if len(r.hurts) >= maxHurts {
		r.hurts = slices.Delete(r.hurts, 0, 1)
	}
	r.hurts = append(r.hurts, h)
}

// healed forgets what was lost where the replica holds something again.
func (r *replica) healed(to env.Offset) {
	for i := range r.hurts {
		r.hurts[i].from = max(r.hurts[i].from, to)
	}
	r.hurts = slices.DeleteFunc(r.hurts, func(h hurt) bool { return h.from >= h.to })
}

// hurtAt says how a replica lost an offset, "" if it did not, or may not have.
func (r *replica) hurtAt(o env.Offset) string {
	for _, h := range r.hurts {
		if h.from <= o && o < h.to {
			return h.why
		}
	}
	return ""
}

// lostBy says what took an offset from a replica, or may have.
func (r *replica) lostBy(o env.Offset) string {
	if why := r.hurtAt(o); why != "" {
		return why
	}
	switch {
	case r.end <= o:
		return ""
	case r.node.damaged:
		return "the disk of " + r.name + " was damaged"
	case !r.recovering:
		return ""
	}
	return r.mishap()
}

// loser is the mishap that may have taken what a replica lost, of kind 0 if none may.
func (r *replica) loser() history.Fault {
	if r.took.Kind == 0 {
		return r.node.unsure
	}
	return r.took
}

// mishap names what may have taken records from a replica.
func (r *replica) mishap() string {
	if m := r.loser(); m.Kind != 0 {
		return fmt.Sprintf("the %s of %s at event %d", m.Kind, r.name, m.Event)
	}
	return ""
}

// allLost says how every replica that had a committed offset lost it, "" if that is not how it was.
func (p *partition) allLost(o env.Offset) string {
	var all []string
	for _, r := range p.replicas {
		if why := r.lostBy(o); why != "" {
			all = append(all, why)
		}
	}
	switch {
	case len(all) == 0:
		return ""
	case len(p.truth.isr) == 1 && len(p.image.Replicas) > 1 && p.of(p.truth.isr[0]) != nil:
		return fmt.Sprintf("min.insync.replicas=%d: the ISR was %s alone, and lost it: %s",
			p.image.MinISR, p.of(p.truth.isr[0]).name, strings.Join(all, " and "))
	}
	return "every replica that had it has lost it: " + strings.Join(all, " and ")
}

// Explain says why what a partition held at an offset may be gone, or another, at event gone, though it was written at
// or after event written; "" if nothing permits that. promised says that it had been acknowledged with acks=all, or
// read. known is false where the invariants cannot tell: a partition that has one replica, or none that tells facts.
// It is made for [History].
func (v *Invariants) Explain(tp env.TopicPartition, o env.Offset, written, gone uint64, promised bool) (why string, known bool) {
	s := v.seen(tp)
	if s == nil || !s.told() {
		return "", false
	}
	alone := s.newest().alone()
	for _, p := range s.lives {
		for i := range p.losses {
			l := &p.losses[i]
			if l.why != "" && (l.deleted || !alone) && l.covers(o, written, gone, promised) && (why == "" || l.promised) {
				why = l.why
			}
		}
	}
	return why, why != "" || !alone
}
