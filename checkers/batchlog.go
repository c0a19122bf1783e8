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

// at is the batch that covers an offset, nil if none that is remembered does.
func (l *batchLog) at(o env.Offset) *batch {
	list := l.all()
	lo, hi := 0, len(list)
	for lo < hi {
		if mid := (lo + hi) / 2; list[mid].last < o {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(list) || list[lo].base > o {
		return nil
	}
	return &list[lo]
}

// cut drops the batches that do not end below an offset.
func (l *batchLog) cut(to env.Offset) {
	for len(l.list) > l.head && l.list[len(l.list)-1].last >= to {
		l.list = l.list[:len(l.list)-1]
	}
}
