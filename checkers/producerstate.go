package checkers

import (
	"fmt"

	"gregor/core/env"
)

// producerState is what a replica's log holds of an idempotent producer: the youngest epoch, and the batch
// with the highest sequence in it.
type producerState struct {
	epoch env.ProducerEpoch
	next  env.Sequence // the sequence number that follows
	last  env.Offset   // of the youngest batch
}

const sequences = 1 << 31 // numbers 0 to 2^31-1, then 0 again

func sequenceAfter(s env.Sequence, records env.Offset) env.Sequence {
	return env.Sequence((int64(s) + int64(records)) % sequences)
}

// behind says whether s lies before next, on the circle of sequence numbers.
func behind(s, next env.Sequence) bool {
	d := (int64(next) - int64(s) + sequences) % sequences
	return d > 0 && d <= sequences/2
}

// duplicate-append: a log holds no sequence number of a producer epoch twice.
// sequence-gap: it holds them without gaps.
// zombie-append: an older epoch of a producer does not append any more.
//
// A producer the log knows nothing of may begin anywhere: its state may have expired. So may one in what a follower
// fetches of a log that was compacted: batches are missing there.
//
// A leader knows of producers what its own log has told it, and that may have begun where records had been deleted which
// a follower has seen: a retry of those is a duplicate for the follower alone. Kafka has them, too.
func (v *Invariants) produced(r *replica, f *env.Appended) {
	if f.ProducerID < 0 || f.BaseSequence < 0 {
		return
	}
	if f.Base < r.part.cleaned {
		delete(r.producers, f.ProducerID)
	}
	st := r.producers[f.ProducerID]
	if st == nil {
		st = &producerState{epoch: f.ProducerEpoch, next: f.BaseSequence}
		r.producers[f.ProducerID] = st
	}
	v.sequence(r, f, st)
	st.epoch = max(st.epoch, f.ProducerEpoch)
	st.next, st.last = sequenceAfter(f.BaseSequence, f.Last-f.Base+1), f.Last
}

func (v *Invariants) sequence(r *replica, f *env.Appended, st *producerState) {
	switch {
	case f.ProducerEpoch < st.epoch:
		v.find("zombie-append", f.TopicPartition, f.Base, "%s appended a batch of producer %d's epoch %d after one of epoch %d",
			r.name, f.ProducerID, f.ProducerEpoch, st.epoch)
	case f.ProducerEpoch > st.epoch:
		if f.BaseSequence != 0 {
			v.find("sequence-gap", f.TopicPartition, f.Base, "%s let producer %d begin epoch %d with sequence %d",
				r.name, f.ProducerID, f.ProducerEpoch, f.BaseSequence).Attributed = r.part.stranger(r, f)
		}
	case behind(f.BaseSequence, st.next):
		v.find("duplicate-append", f.TopicPartition, f.Base, "%s appended sequence %d of producer %d (epoch %d) again: the next one is %d",
			r.name, f.BaseSequence, f.ProducerID, f.ProducerEpoch, st.next).Attributed = r.part.stranger(r, f)
	case f.BaseSequence != st.next:
		v.find("sequence-gap", f.TopicPartition, f.Base, "%s appended sequence %d of producer %d (epoch %d), but %d is the next one",
			r.name, f.BaseSequence, f.ProducerID, f.ProducerEpoch, st.next).Attributed = r.part.stranger(r, f)
	}
}

// stranger says that the leader of a batch's epoch was right to let it in, by what its own log has of the producer: a
// follower has seen something else that was deleted. What a leader has seen itself it is judged by when it appends.
func (p *partition) stranger(r *replica, f *env.Appended) string {
	l := p.leaderOf(f.Epoch)
	if l == nil || l == r {
		return ""
	}
	switch b := l.batches.lastOf(f.ProducerID, f.Base); {
	case b == nil:
		return fmt.Sprintf("%s, which leads in epoch %d, has no earlier batch of the producer: its log began beyond", l.name, f.Epoch)
	case b.precedes(f):
		return fmt.Sprintf("%s, which leads in epoch %d, has the batch before it at %d, and %s has not: its log began beyond", l.name, f.Epoch, b.base, r.name)
	}
	return ""
}

// precedes says that a batch of a producer may be followed by another.
func (b *batch) precedes(f *env.Appended) bool {
	if b.producerEpoch == f.ProducerEpoch {
		return sequenceAfter(b.sequence, b.last-b.base+1) == f.BaseSequence
	}
	return b.producerEpoch < f.ProducerEpoch && f.BaseSequence == 0
}

// duplicate-answer: a retry is answered with the offset that its batch has.
func (v *Invariants) duplicateDropped(r *replica, f env.DuplicateDropped) {
	if all := r.batches.all(); len(all) == 0 || f.Base < all[0].base {
		return
	}
	b := r.batches.at(f.Base)
	if b == nil || b.base != f.Base || b.producer != f.ProducerID || b.sequence != f.BaseSequence {
		v.find("duplicate-answer", f.TopicPartition, f.Base, "%s answered a retry of producer %d's sequence %d with %d, where that batch is not",
			r.name, f.ProducerID, f.BaseSequence, f.Base)
	}
}

// rewindProducers undoes what was appended from an offset on. Producers of whom nothing is left are forgotten.
func (r *replica) rewindProducers(to env.Offset) {
	lost := false
	//tidy:unordered each entry is judged by itself
	for id, st := range r.producers {
		if st.last >= to {
			lost = true
			delete(r.producers, id)
		}
	}
	if !lost {
		return
	}
	for _, b := range r.batches.all() {
		if b.producer >= 0 && b.sequence >= 0 && b.last < to {
			r.producers[b.producer] = &producerState{epoch: b.producerEpoch, last: b.last,
				next: sequenceAfter(b.sequence, b.last-b.base+1)}
		}
	}
}
