package checkers

import "gregor/core/env"

// append-contiguous: a batch's base offset is where the log ended; a follower may skip what compaction took
// from its leader's log.
// offset-changed: a batch never takes the place of another, unless a truncation told of made room.
// epoch-back: leader epochs never fall along a log.
func (v *Invariants) appended(r *replica, f *env.Appended) {
	v.fenced(r, "appended a batch")
	switch {
	case f.Last < f.Base:
		v.find("append-contiguous", f.TopicPartition, f.Base, "%s appended a batch from %d to %d", r.name, f.Base, f.Last)
		return
	case !r.known:
		r.known, r.start, r.end = true, f.Base, f.Base
	case f.Base < r.end:
		v.overwritten(r, f)
		r.cut(f.Base)
	case f.Base > r.end && r.role == leading:
		v.find("append-contiguous", f.TopicPartition, f.Base, "%s appended at %d, but its log ended at %d", r.name, f.Base, r.end)
	}
	if last := r.batches.last(); last != nil && f.Epoch < last.epoch {
		v.find("epoch-back", f.TopicPartition, f.Base, "%s appended a batch of epoch %d after one of epoch %d", r.name, f.Epoch, last.epoch)
	}
	v.matches(r, f)
	v.produced(r, f)
	r.batches.push(batch{base: f.Base, last: f.Last, crc: f.CRC, epoch: f.Epoch, producer: f.ProducerID,
		producerEpoch: f.ProducerEpoch, sequence: f.BaseSequence})
	r.end = f.Last + 1
	if len(r.hurts) > 0 {
		r.healed(r.end)
	}
}

func (v *Invariants) overwritten(r *replica, f *env.Appended) {
	old := r.batches.at(f.Base)
	if old != nil && old.crc != f.CRC {
		v.find("offset-changed", f.TopicPartition, f.Base, "%s put a batch with CRC %08x at %d, where one with CRC %08x was",
			r.name, f.CRC, f.Base, old.crc)
		return
	}
	v.find("append-contiguous", f.TopicPartition, f.Base, "%s appended at %d, but its log ended at %d", r.name, f.Base, r.end)
}
