package checkers

import "gregor/core/env"

// maxBatches is how many batches of a replica the invariants remember. A rule about older ones is not checked.
const maxBatches = 1 << 15

// batch is what an Appended fact said.
type batch struct {
	base, last    env.Offset
	crc           uint32
	epoch         env.LeaderEpoch
	producer      env.ProducerID
	producerEpoch env.ProducerEpoch
	sequence      env.Sequence
}

// same says that two batches are one, in the same place.
func (b *batch) same(o *batch) bool {
	return b.base == o.base && b.last == o.last && b.crc == o.crc && b.epoch == o.epoch
}

// batchLog is the youngest batches of a log, by rising offset.
type batchLog struct {
	list []batch
	head int // list[:head] is forgotten
}

func (l *batchLog) all() []batch { return l.list[l.head:] }

func (l *batchLog) push(b batch) {
	if len(l.list)-l.head >= maxBatches {
		l.head++
	}
	if l.head > maxBatches {
		l.list = append(l.list[:0], l.list[l.head:]...)
		l.head = 0
	}
	l.list = append(l.list, b)
}

func (l *batchLog) last() *batch {
	if len(l.list) == l.head {
		return nil
	}
	return &l.list[len(l.list)-1]
}

// tailed is how many of the youngest batches are looked at one by one: most questions are about them.
const tailed = 4

// from is the batches that do not end below an offset.
func (l *batchLog) from(o env.Offset) []batch {
	list := l.all()
	lo, hi := 0, len(list)
	if hi > tailed && list[hi-tailed].last < o {
		lo = hi - tailed
	}
	for lo < hi {
		if mid := (lo + hi) / 2; list[mid].last < o {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return list[lo:]
}

// at is the batch that covers an offset, nil if none that is remembered does.
func (l *batchLog) at(o env.Offset) *batch {
	if list := l.from(o); len(list) > 0 && list[0].base <= o {
		return &list[0]
	}
	return nil
}

// lastOf is the youngest batch of a producer that begins below an offset, nil if none is remembered.
func (l *batchLog) lastOf(producer env.ProducerID, below env.Offset) *batch {
	list := l.all()
	for i := len(list) - 1; i >= 0; i-- {
		if b := &list[i]; b.producer == producer && b.base < below {
			return b
		}
	}
	return nil
}

// remembers says whether what the log held at an offset has not been forgotten.
func (l *batchLog) remembers(o env.Offset) bool {
	list := l.all()
	return len(list) > 0 && list[0].base <= o
}

// cut drops the batches that do not end below an offset.
func (l *batchLog) cut(to env.Offset) {
	for len(l.list) > l.head && l.list[len(l.list)-1].last >= to {
		l.list = l.list[:len(l.list)-1]
	}
}

// drop forgets the batches that end below an offset.
func (l *batchLog) drop(below env.Offset) {
	for l.head < len(l.list) && l.list[l.head].last < below {
		l.head++
	}
}

// differ walks two logs from an offset on, up to another, and returns the first offset at which they hold different
// batches, -1 if there is none. What one of them has forgotten, or does not reach, is not compared.
func differ(x, y *batchLog, from, to env.Offset) env.Offset {
	if len(x.all()) == 0 || len(y.all()) == 0 {
		return -1
	}
	from = max(from, x.all()[0].base, y.all()[0].base)
	a, b := x.from(from), y.from(from)
	for len(a) > 0 && len(b) > 0 && min(a[0].base, b[0].base) < to {
		if !a[0].same(&b[0]) {
			return max(from, min(a[0].base, b[0].base))
		}
		a, b = a[1:], b[1:]
	}
	return -1
}

// fork is the offset below which two logs are the same as far as it is known, looking back from an offset: where they
// hold the same batch they hold the same below.
func fork(x, y *batchLog, to, oldest env.Offset) env.Offset {
	a, b := below(x.all(), to), below(y.all(), to)
	for len(a) > 0 && len(b) > 0 {
		p, q := &a[len(a)-1], &b[len(b)-1]
		switch {
		case p.same(q), max(p.base, q.base) < oldest:
			return to
		case p.base > q.base:
			to, a = min(to, p.base), a[:len(a)-1]
		case p.base < q.base:
			to, b = min(to, q.base), b[:len(b)-1]
		default:
			to, a, b = min(to, p.base), a[:len(a)-1], b[:len(b)-1]
		}
	}
	return to
}

// below is the batches that begin below an offset.
func below(list []batch, to env.Offset) []batch {
	for len(list) > 0 && list[len(list)-1].base >= to {
		list = list[:len(list)-1]
	}
	return list
}
