package checkers

import (
	"fmt"

	"gregor/core/env"
)

// truth is what of a partition has been committed: what its leaders' high watermarks have covered. It must survive.
// Where it did not, it is cut, and there is a loss that says why.
type truth struct {
	to     env.Offset // everything below is committed
	log    batchLog
	by     env.LeaderEpoch // the newest whose leader is known to have all of it, noEpoch
	isr    []env.NodeID    // of the leader that committed last
	forked env.LeaderEpoch // of the leader without whose word it was cut last: who is in an older epoch has another truth
}

// extend commits what a leader holds below an offset.
func (p *partition) extend(r *replica, to env.Offset) {
	t := &p.truth
	for _, b := range r.batches.from(t.to) {
		if b.base >= to {
			break
		}
		if last := t.log.last(); last == nil || b.base > last.last {
			t.log.push(b)
		}
	}
	t.to, t.by, t.isr = to, max(t.by, r.epoch), r.isr
}

// keepsTruth says whether a replica's word on what is committed counts. One in an epoch from before something was lost
// does not know of it yet.
func (p *partition) keepsTruth(r *replica) bool { return !r.placed || r.epoch >= p.truth.forked }

// committed-changed: what a replica lets be read is what was committed there, the same batch whatever the epoch. What its
// log does not begin with any more when the event is over could not be read: a follower hears in one answer what is
// committed and what is deleted.
func (v *Invariants) unchanged(r *replica, from, to env.Offset) {
	p := r.part
	at := differ(&p.truth.log, &r.batches, max(from, p.cleaned), min(to, p.truth.to))
	if at < 0 {
		return
	}
	was, is := p.truth.log.at(at).text(), r.batches.at(at).text()
	v.later(func() {
		if at >= r.start {
			v.find("committed-changed", p.TopicPartition, at, "%s lets offset %d be read with %s, where %s was committed", r.name, at, is, was)
		}
	})
}

// holds says whether a replica's log agrees with another just below an offset, and so below it; where either has
// forgotten what it held there, it is believed.
func (r *replica) holds(l *batchLog, to env.Offset) bool {
	if r.end < to {
		return false
	}
	o := to - 1
	if o < max(r.start, r.part.cleaned) || !l.remembers(o) || !r.batches.remembers(o) {
		return true
	}
	a, b := l.at(o), r.batches.at(o)
	return a == b || a != nil && b != nil && a.same(b)
}

// lacks is the first committed offset that a replica does not hold, -1 if it holds them all.
func (p *partition) lacks(r *replica) env.Offset {
	if !r.known {
		return -1
	}
	if at := fork(&p.truth.log, &r.batches, min(r.end, p.truth.to), max(p.cleaned, r.start)); at < p.truth.to {
		return at
	}
	return -1
}

// text is a batch in a sentence.
func (b *batch) text() string {
	if b == nil {
		return "nothing"
	}
	return fmt.Sprintf("[%d, %d] of epoch %d with CRC %08x", b.base, b.last, b.epoch, b.crc)
}
