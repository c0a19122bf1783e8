package record

import (
	"encoding/binary"
	"fmt"
	"math"

	"gregor/core/env"
	"gregor/core/kafka"
)

// Options are the kind of batch that a [Builder] builds. The zero value is a plain uncompressed batch at offset 0.
type Options struct {
	Codec         Codec
	BaseOffset    kafka.Offset
	LeaderEpoch   kafka.LeaderEpoch
	Transactional bool
	Control       bool

	// The idempotent producer, if HasProducer. Without it id, epoch and sequence are written as -1.
	HasProducer   bool
	ProducerID    kafka.ProducerID
	ProducerEpoch kafka.ProducerEpoch
	BaseSequence  kafka.Sequence

	// What compaction keeps of the batch it rewrites. The last offset is at least LastOffset; with
	// LogAppendTime, MaxTimestamp is the time of all records; an empty batch keeps MaxTimestamp; with
	// HasDeleteHorizon, timestamps count from DeleteHorizon.
	LastOffset       kafka.Offset
	LogAppendTime    bool
	MaxTimestamp     env.WallMillis
	HasDeleteHorizon bool
	DeleteHorizon    env.WallMillis

	Scratch *Scratch // for compression; nil: the builder's own
}

// Rewrite is the options that keep everything of b but its records: what compaction builds its remains with.
func Rewrite(b Batch) Options {
	a := b.Attributes()
	o := Options{
		Codec: a.Codec(), BaseOffset: b.BaseOffset(), LeaderEpoch: b.LeaderEpoch(),
		Transactional: a.IsTransactional(), Control: a.IsControl(),
		HasProducer: b.ProducerID() >= 0, ProducerID: b.ProducerID(), ProducerEpoch: b.ProducerEpoch(),
		BaseSequence: b.BaseSequence(),
		LastOffset:   b.LastOffset(), LogAppendTime: a.LogAppendTime(), MaxTimestamp: b.MaxTimestamp(),
	}
	o.DeleteHorizon, o.HasDeleteHorizon = b.DeleteHorizon()
	return o
}

// Builder makes one batch at a time, record by record.
type Builder struct {
	opts  Options
	own   Scratch
	buf   []byte // the header's room, then records
	count int32
	last  int32 // offset delta of the last record
	base  env.WallMillis
	max   env.WallMillis
}

// NewBuilder starts a batch.
func NewBuilder(o Options) *Builder {
	b := new(Builder)
	b.Reset(o)
	return b
}

// Reset starts the next batch. What Build returned stays its receiver's.
func (b *Builder) Reset(o Options) {
	if b.buf == nil {
		b.buf = make([]byte, HeaderSize, 512)
	}
	b.opts, b.buf, b.count, b.last = o, b.buf[:HeaderSize], 0, -1
	b.base, b.max = NoTimestamp, NoTimestamp
	if o.HasDeleteHorizon {
		b.base = o.DeleteHorizon
	}
}

// Add appends a record at the next offset.
func (b *Builder) Add(ts env.WallMillis, key, value []byte, headers ...Header) {
	b.AddAt(b.opts.BaseOffset+kafka.Offset(b.last)+1, ts, key, value, headers...)
}

// AddAt appends a record at an offset above the last one, as compaction does when it drops records between.
// It panics if the offset does not rise or is out of a batch's reach.
func (b *Builder) AddAt(offset kafka.Offset, ts env.WallMillis, key, value []byte, headers ...Header) {
	delta := int64(offset - b.opts.BaseOffset)
	if delta <= int64(b.last) || delta > math.MaxInt32 {
		panic(fmt.Sprintf("record: offset %d added after %d to a batch at %d; offsets must rise",
			offset, b.opts.BaseOffset+kafka.Offset(b.last), b.opts.BaseOffset))
	}
	b.note(ts)
	b.last = int32(delta)
	b.buf = appendVarint(b.buf, int64(bodySize(delta, int64(ts-b.base), key, value, headers)))
	b.buf = appendBody(b.buf, delta, int64(ts-b.base), key, value, headers)
}

func (b *Builder) note(ts env.WallMillis) {
	if b.count == 0 && !b.opts.HasDeleteHorizon {
		b.base = ts
	}
	if b.count == 0 || ts > b.max {
		b.max = ts
	}
	b.count++
}

// Size is the batch's size so far, before compression.
func (b *Builder) Size() int { return len(b.buf) }

// SizeWith is what Size would be after Add of that record.
func (b *Builder) SizeWith(ts env.WallMillis, key, value []byte, headers ...Header) int {
	base := b.base
	if b.count == 0 && !b.opts.HasDeleteHorizon {
		base = ts
	}
	n := bodySize(int64(b.last)+1, int64(ts-base), key, value, headers)
	return len(b.buf) + sizeVarint(int64(n)) + n
}

// Count is how many records have been added.
func (b *Builder) Count() int32 { return b.count }

// Build ends the batch and gives it away. A batch without records is what compaction leaves of one whose
// offsets and sequence numbers it must keep. The builder makes no further batch before Reset.
func (b *Builder) Build() Batch {
	batch := b.payload()
	b.header(batch)
	batch.setCRC()
	return batch
}

func (b *Builder) payload() Batch {
	if b.opts.Codec == None || b.count == 0 {
		whole := b.buf
		b.buf = nil
		return whole
	}
	s := b.opts.Scratch
	if s == nil {
		s = &b.own
	}
	out := make([]byte, HeaderSize, HeaderSize+len(b.buf)/2)
	return Compress(out, b.buf[HeaderSize:], b.opts.Codec, s)
}

func (b *Builder) header(h Batch) {
	o := &b.opts
	h.SetBase(o.BaseOffset, o.LeaderEpoch)
	binary.BigEndian.PutUint32(h[atLength:], uint32(len(h)-lengthOverhead))
	h[atMagic] = Magic
	binary.BigEndian.PutUint16(h[atAttributes:], uint16(b.attributes()))
	binary.BigEndian.PutUint32(h[atLastOffsetDelta:], uint32(b.lastDelta()))
	binary.BigEndian.PutUint64(h[atBaseTimestamp:], uint64(b.base))
	binary.BigEndian.PutUint64(h[atMaxTimestamp:], uint64(b.maxTimestamp()))
	id, epoch, seq := kafka.ProducerID(-1), kafka.ProducerEpoch(-1), kafka.Sequence(-1)
	if o.HasProducer {
		id, epoch, seq = o.ProducerID, o.ProducerEpoch, o.BaseSequence
	}
	binary.BigEndian.PutUint64(h[atProducerID:], uint64(id))
	binary.BigEndian.PutUint16(h[atProducerEpoch:], uint16(epoch))
	binary.BigEndian.PutUint32(h[atBaseSequence:], uint32(seq))
	binary.BigEndian.PutUint32(h[atCount:], uint32(b.count))
}

func (b *Builder) attributes() Attributes {
	var a Attributes
	if b.count > 0 {
		a = Attributes(b.opts.Codec)
	}
	for _, f := range [...]struct {
		set  bool
		flag Attributes
	}{
		{b.opts.LogAppendTime, attrLogAppendTime}, {b.opts.Transactional, attrTransactional},
		{b.opts.Control, attrControl}, {b.opts.HasDeleteHorizon, attrDeleteHorizon},
	} {
		if f.set {
			a |= f.flag
		}
	}
	return a
}

func (b *Builder) lastDelta() int32 {
	return int32(max(int64(b.last), int64(b.opts.LastOffset-b.opts.BaseOffset), 0))
}

func (b *Builder) maxTimestamp() env.WallMillis {
	if b.opts.LogAppendTime || b.count == 0 {
		return b.opts.MaxTimestamp
	}
	return b.max
}

func bodySize(offsetDelta, tsDelta int64, key, value []byte, headers []Header) int {
	n := 1 + sizeVarint(tsDelta) + sizeVarint(offsetDelta) + sizeBytes(key) + sizeBytes(value) +
		sizeVarint(int64(len(headers)))
	for _, h := range headers {
		n += sizeVarint(int64(len(h.Key))) + len(h.Key) + sizeBytes(h.Value)
	}
	return n
}

func appendBody(dst []byte, offsetDelta, tsDelta int64, key, value []byte, headers []Header) []byte {
	dst = append(dst, 0)
	dst = appendVarint(dst, tsDelta)
	dst = appendVarint(dst, offsetDelta)
	dst = appendBytes(dst, key)
	dst = appendBytes(dst, value)
	dst = appendVarint(dst, int64(len(headers)))
	for _, h := range headers {
		dst = appendVarint(dst, int64(len(h.Key)))
		dst = append(dst, h.Key...)
		dst = appendBytes(dst, h.Value)
	}
	return dst
}

func sizeBytes(b []byte) int {
	if b == nil {
		return 1
	}
	return sizeVarint(int64(len(b))) + len(b)
}

func appendBytes(dst, b []byte) []byte {
	if b == nil {
		return append(dst, 1) // -1
	}
	return append(appendVarint(dst, int64(len(b))), b...)
}
