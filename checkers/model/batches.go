package model

import (
	"fmt"

	"gregor/core/kafka"
)

// maxBatches is how many batches of a log are remembered.
const maxBatches = 1 << 15

// Batch is what an Appended fact said.
type Batch struct {
	Base, Last    kafka.Offset
	CRC           uint32
	Epoch         kafka.LeaderEpoch
	Producer      kafka.ProducerID
	ProducerEpoch kafka.ProducerEpoch
	Sequence      kafka.Sequence
}

// Same reports whether two batches are one, in the same place.
func (b *Batch) Same(o *Batch) bool {
	return b.Base == o.Base && b.Last == o.Last && b.CRC == o.CRC && b.Epoch == o.Epoch
}

// String is a batch in a sentence.
func (b *Batch) String() string {
	if b == nil {
		return "nothing"
	}
	return fmt.Sprintf("[%d, %d] of epoch %d with CRC %08x", b.Base, b.Last, b.Epoch, b.CRC)
}

// Batches are the newest batches of a log, by rising offset.
type Batches struct {
	list []Batch
	head int // list[:head] is forgotten
}

// All returns the batches that are remembered.
func (l *Batches) All() []Batch { return l.list[l.head:] }

func (l *Batches) push(b Batch) {
	if len(l.list)-l.head >= maxBatches {
		l.head++
	}
	if l.head > maxBatches {
		l.list = append(l.list[:0], l.list[l.head:]...)
		l.head = 0
	}
	l.list = append(l.list, b)
}

// Last is the newest batch, nil if there is none.
func (l *Batches) Last() *Batch {
	if len(l.list) == l.head {
		return nil
	}
	return &l.list[len(l.list)-1]
}

// Before is the newest batch that ends below an offset, nil if none does.
func (l *Batches) Before(o kafka.Offset) *Batch {
	if last := l.Last(); last == nil || last.Last < o {
		return last
	}
	all := l.All()
	if n := len(all) - len(l.from(o)); n > 0 {
		return &all[n-1]
	}
	return nil
}

// tailed is how many of the newest batches are looked at one by one: most questions are about them.
const tailed = 4

// from is the batches that do not end below an offset.
func (l *Batches) from(o kafka.Offset) []Batch {
	list := l.All()
	lo, hi := 0, len(list)
	if hi > tailed && list[hi-tailed].Last < o {
		lo = hi - tailed
	}
	for lo < hi {
		if mid := (lo + hi) / 2; list[mid].Last < o {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return list[lo:]
}

// At is the batch that covers an offset, nil if none that is remembered does.
func (l *Batches) At(o kafka.Offset) *Batch {
	if list := l.from(o); len(list) > 0 && list[0].Base <= o {
		return &list[0]
	}
	return nil
}

// LastOf is the newest batch of a producer that begins below an offset, nil if none is remembered.
func (l *Batches) LastOf(producer kafka.ProducerID, below kafka.Offset) *Batch {
	list := l.All()
	for i := len(list) - 1; i >= 0; i-- {
		if b := &list[i]; b.Producer == producer && b.Base < below {
			return b
		}
	}
	return nil
}

// Remembers reports whether what the log held at an offset has not been forgotten.
func (l *Batches) Remembers(o kafka.Offset) bool {
	list := l.All()
	return len(list) > 0 && list[0].Base <= o
}

// agree reports whether two logs hold the same batch at an offset. Where either has forgotten, they are believed to.
func agree(x, y *Batches, o kafka.Offset) bool {
	if !x.Remembers(o) || !y.Remembers(o) {
		return true
	}
	a, b := x.At(o), y.At(o)
	return a == b || a != nil && b != nil && a.Same(b)
}

// truncate drops the batches that do not end below an offset.
func (l *Batches) truncate(to kafka.Offset) {
	for len(l.list) > l.head && l.list[len(l.list)-1].Last >= to {
		l.list = l.list[:len(l.list)-1]
	}
}

// drop forgets the batches that end below an offset.
func (l *Batches) drop(below kafka.Offset) {
	for l.head < len(l.list) && l.list[l.head].Last < below {
		l.head++
	}
}

// Differ walks two logs from one offset up to another and returns the first offset at which they hold different
// batches,
// -1 if there is none. What one of them has forgotten, or does not reach, is not compared.
func Differ(x, y *Batches, from, to kafka.Offset) kafka.Offset {
	if len(x.All()) == 0 || len(y.All()) == 0 {
		return -1
	}
	from = max(from, x.All()[0].Base, y.All()[0].Base)
	a, b := x.from(from), y.from(from)
	for len(a) > 0 && len(b) > 0 && min(a[0].Base, b[0].Base) < to {
		if !a[0].Same(&b[0]) {
			return max(from, min(a[0].Base, b[0].Base))
		}
		a, b = a[1:], b[1:]
	}
	return -1
}

// Fork is the offset below which two logs are the same as far as is known, looking back from an offset: where they hold
// the same batch they hold the same below. What is below oldest is not compared.
func Fork(x, y *Batches, to, oldest kafka.Offset) kafka.Offset {
	a, b := below(x.All(), to), below(y.All(), to)
	for len(a) > 0 && len(b) > 0 {
		p, q := &a[len(a)-1], &b[len(b)-1]
		switch {
		case p.Same(q):
			return to
		case max(p.Base, q.Base) < oldest:
			if max(p.Last, q.Last) >= oldest { // a log may start within a batch
				to = min(to, oldest)
			}
			return to
		case p.Base > q.Base:
			to, a = min(to, p.Base), a[:len(a)-1]
		case p.Base < q.Base:
			to, b = min(to, q.Base), b[:len(b)-1]
		default:
			to, a, b = min(to, p.Base), a[:len(a)-1], b[:len(b)-1]
		}
	}
	return to
}

// below is the batches that begin below an offset.
func below(list []Batch, to kafka.Offset) []Batch {
	for len(list) > 0 && list[len(list)-1].Base >= to {
		list = list[:len(list)-1]
	}
	return list
}
