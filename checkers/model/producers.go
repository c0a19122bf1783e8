package model

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

// Sequences is how many sequence numbers there are: 0 to 2^31-1, then 0 again.
const Sequences = 1 << 31

// SequenceAfter is the sequence number that follows so many records.
func SequenceAfter(s kafka.Sequence, records kafka.Offset) kafka.Sequence {
	return kafka.Sequence((int64(s) + int64(records)) % Sequences)
}

func (b *Batch) producerAfter() *Producer {
	return &Producer{Epoch: b.ProducerEpoch, last: b.Last, Next: SequenceAfter(b.Sequence, b.Last-b.Base+1)}
}

// ProducerState is what the log holds of a producer below an offset, nil if nothing: its state may have expired,
// compaction may have taken its batches, or nothing is left of it.
func (r *Replica) ProducerState(id kafka.ProducerID, below kafka.Offset) *Producer {
	if below < r.Partition.Cleaned {
		return nil
	}
	p := r.producers[id]
	if p == nil || p.last < below {
		return p
	}
	list := r.Batches.All()
	for i := len(list) - 1; i >= 0; i-- {
		if b := &list[i]; b.Producer == id && b.Sequence >= 0 && b.Last < below {
			return b.producerAfter()
		}
	}
	return nil
}

// produced records the batch of an idempotent producer.
func (r *Replica) produced(f *env.Appended) {
	if f.ProducerID < 0 || f.BaseSequence < 0 {
		return
	}
	p := r.producers[f.ProducerID]
	if p == nil || f.Base < r.Partition.Cleaned {
		p = &Producer{Epoch: f.ProducerEpoch}
		r.producers[f.ProducerID] = p
	}
	p.Epoch = max(p.Epoch, f.ProducerEpoch)
	p.Next, p.last = SequenceAfter(f.BaseSequence, f.Last-f.Base+1), f.Last
}

// rewindProducers undoes what was appended from an offset on. Producers of which nothing is left are forgotten.
func (r *Replica) rewindProducers(to kafka.Offset) {
	lost := false
	//tidy:unordered each entry is judged by itself
	for id, p := range r.producers {
		if p.last >= to {
			lost = true
			delete(r.producers, id)
		}
	}
	if !lost {
		return
	}
	for i := range r.Batches.All() {
		if b := &r.Batches.All()[i]; b.Producer >= 0 && b.Sequence >= 0 && b.Last < to {
			r.producers[b.Producer] = b.producerAfter()
		}
	}
}
