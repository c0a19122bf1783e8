package checkers

import "gregor/core/env"

// log-matching: two replicas that hold a batch of the same epoch at the same offset hold the same bytes, unless
// compaction has changed them on one.
func (v *Invariants) matches(r *replica, f *env.Appended) {
	if len(r.part.replicas) == 1 || f.Base < r.part.cleaned {
		return
	}
	for _, other := range r.part.replicas {
		if other == r {
			continue
		}
		b := other.batches.at(f.Base)
		if b == nil || b.epoch != f.Epoch || b.base == f.Base && b.crc == f.CRC {
			continue
		}
		v.find("log-matching", f.TopicPartition, f.Base, "in epoch %d %s holds CRC %08x at %d and %s holds %08x at %d",
			f.Epoch, r.name, f.CRC, f.Base, other.name, b.crc, b.base)
	}
}
