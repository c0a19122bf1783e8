package checkers

import "gregor/core/env"

// cleaned-beyond-high-watermark: compaction keeps off what could not be read yet. From here on a replica may have other
// bytes below than another one, and a third one may be sent either.
func (v *Invariants) cleaning(r *replica, f env.Cleaning) {
	p := r.part
	if high := max(r.high, p.exposed, p.truth.to); f.To > high {
		v.find("cleaned-beyond-high-watermark", f.TopicPartition, f.To, "%s compacts up to %d, but only what is below %d could be read", r.name, f.To, high)
	}
	p.cleaned = max(p.cleaned, f.To)
}

// cleaned-made-records: compaction only takes away.
func (v *Invariants) cleaned(r *replica, f env.Cleaned) {
	if f.Kept > f.Read {
		v.find("cleaned-made-records", f.TopicPartition, f.From, "%s compacted %d records into %d", r.name, f.Read, f.Kept)
	}
}
