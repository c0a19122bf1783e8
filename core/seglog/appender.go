package seglog

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
	"gregor/core/record"
)

// appender enters batches into the active segment and everything that remembers them, and submits their write.
type appender struct {
	ext     *extent
	cfg     *Config
	w       *env.World
	tail    *ring
	writes  *writeQueue
	epochs  *epochs
	prods   *producers
	flusher *flusher
	parts   [][]byte // scratch
}

// check refuses a batch that is out of its producer's order, and recognizes one that was appended
// already. A producer the log does not know may begin with any sequence number (KIP-360).
func (p *appender) check(a *Append) (AppendResult, bool, *Error) {
	b := a.Batch
	known := p.prods.find(b.ProducerID())
	if known == nil {
		return AppendResult{}, false, nil
	}
	if s := known.duplicate(b); s != nil {
		return p.duplicate(a, s), true, nil
	}
	return AppendResult{}, false, known.check(b)
}

// duplicate answers a retry. It may be acknowledged when the first copy may.
func (p *appender) duplicate(a *Append, s *sentBatch) AppendResult {
	a.Buffer.Release()
	base := s.offset - kafka.Offset(s.delta)
	if mutants.Enabled && mutants.On().DuplicateWrongOffset {
		base = p.ext.end
	}
	if p.w.Facts != nil {
		p.w.Facts.Emit(env.DuplicateDropped{TopicPartition: p.ext.tp, ProducerID: a.Batch.ProducerID(),
			BaseSequence: a.Batch.BaseSequence(), Base: base})
	}
	return AppendResult{Base: base, Last: s.offset, LogAppendTime: p.cfg.appendTime(s.timestamp), LogStart: p.ext.start,
		Duplicate: true}
}

// write enters the batches into the active segment and everything that remembers them, and submits the write.
func (p *appender) write(a *Append, size int, last kafka.Offset) {
	seg := p.ext.active()
	must.AtLeast("seglog: last offset of an append", last, "log end", p.ext.end, p.ext.tp,
		"were offsets assigned from an older end?")
	w := p.writes.push()
	*w = write{seg: seg, pos: seg.size, size: size, next: last + 1, buf: a.Buffer}
	p.parts = p.parts[:0]
	for i := -1; i < len(a.More); i++ {
		b := a.batch(i)
		p.enter(seg, b)
		p.parts = append(p.parts, b)
	}
	p.writes.bytes += size
	p.ext.end = last + 1
	p.writes.submit(w, p.parts)
	clear(p.parts)
	p.flusher.holdStable()
}

// enter places one batch at the end of the segment, in memory.
func (p *appender) enter(seg *segment, b record.Batch) {
	must.AtLeast("seglog: base offset of a batch", b.BaseOffset(), "base of its segment", seg.base, p.ext.tp,
		"was the segment rolled after it?")
	seg.note(b, seg.size, p.cfg.IndexIntervalBytes)
	p.tail.push(place{base: b.BaseOffset(), next: b.NextOffset(), seg: seg, pos: int32(seg.size), size: int32(len(b))})
	seg.size += env.Position(len(b))
	p.ext.size += env.Position(len(b))
	p.epochs.noteAndSave(b.LeaderEpoch(), b.BaseOffset())
	p.prods.note(b)
	if p.w.Facts != nil {
		p.w.Facts.Emit(env.Appended{TopicPartition: p.ext.tp, Epoch: b.LeaderEpoch(), Base: b.BaseOffset(),
			Last: b.LastOffset(), ProducerID: b.ProducerID(), ProducerEpoch: b.ProducerEpoch(),
			BaseSequence: b.BaseSequence(), CRC: b.CRC()})
	}
}
