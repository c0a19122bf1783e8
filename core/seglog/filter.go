package seglog

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/record"
)

// filter is a batch without the records that compaction drops: b itself if it keeps all of them, nil if nothing
// is left of it. A batch is kept without records if it is the last of its producer, whose sequence numbers must
// not be lost, or if last asks for it.
//
// A batch of more than record.DefaultMaxUncompressed bytes of records stays as it is: rewriting it would take too much
// memory, and too long, for one step.
//
// Transactions are not known yet: control batches stay.
func (j *cleaning) filter(b record.Batch, last bool) (record.Batch, error) {
	if b.Attributes().IsControl() {
		return b, nil
	}
	kept, tombstones, err := j.count(b)
	switch {
	case record.IsTooLarge(err):
		return b, nil
	case err != nil:
		return nil, err
	}
	j.read += int(b.Count())
	must.AtLeast("seglog: records of a batch", int(b.Count()), "records kept of it", kept, b.BaseOffset(),
		"is one counted twice?")
	j.kept += kept
	_, hasHorizon := b.DeleteHorizon()
	setHorizon := tombstones && !hasHorizon
	switch {
	case kept == int(b.Count()) && kept > 0 && !setHorizon:
		return b, nil
	case kept > 0:
		return j.rebuild(b, setHorizon)
	case !last && !j.lastOfProducer(b):
		return nil, nil
	case b.Count() == 0:
		return b, nil
	}
	return empty(b), nil
}

func (j *cleaning) lastOfProducer(b record.Batch) bool {
	p := j.c.prods.find(b.ProducerID())
	return p != nil && p.n > 0 && p.sent[p.n-1].offset == b.LastOffset()
}

// count returns how many records stay, and whether tombstones are among them.
func (j *cleaning) count(b record.Batch) (kept int, tombstones bool, err error) {
	it := b.Records(j.c.scratch, record.Limits{})
	for r, ok := it.Next(); ok; r, ok = it.Next() {
		if j.keep(b, it.Offset(r), r) {
			kept++
			tombstones = tombstones || r.Value == nil
		}
	}
	return kept, tombstones, it.Err()
}

// keep reports whether a record stays: the last one of its key, unless it is a tombstone whose time has come, and
// everything that has not been mapped.
func (j *cleaning) keep(b record.Batch, offset kafka.Offset, r record.Record) bool {
	switch {
	case offset >= j.end:
		return true
	case r.Key == nil || offset < j.keys.last(r.Key):
		return false
	case r.Value != nil:
		return true
	}
	horizon, set := b.DeleteHorizon()
	return !set || j.wall < horizon
}

// rebuild makes a batch of the records that stay. The first time it has tombstones, the batch gets the time
// from which on they may go (KIP-534).
func (j *cleaning) rebuild(b record.Batch, setHorizon bool) (record.Batch, error) {
	o := record.Rewrite(b)
	if setHorizon {
		o.HasDeleteHorizon, o.DeleteHorizon = true, j.wall+env.WallMillis(j.c.cfg.DeleteRetentionMs)
	}
	builder := record.NewBuilder(o)
	it := b.Records(j.c.scratch, record.Limits{})
	for r, ok := it.Next(); ok; r, ok = it.Next() {
		if o := it.Offset(r); j.keep(b, o, r) {
			builder.AddAt(o, it.Timestamp(r), r.Key, r.Value, r.Headers...)
		}
	}
	return builder.Build(), it.Err()
}

// empty is a batch without its records: offsets, epoch and producer stay.
func empty(b record.Batch) record.Batch {
	o := record.Rewrite(b)
	o.HasDeleteHorizon = false
	return record.NewBuilder(o).Build()
}
