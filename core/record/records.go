package record

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

// Record is one record of a batch. Nil is null; an empty slice is empty.
type Record struct {
	OffsetDelta    int32
	TimestampDelta int64
	Key, Value     []byte
	Headers        []Header
}

// Header is a record's header. A nil Value is null.
type Header struct {
	Key   string
	Value []byte
}

// Iterator reads a batch's records in order. See [Batch.Records].
type Iterator struct {
	batch   Batch
	rest    []byte // of a batch that is not compressed
	n       int32
	count   int32
	packed  bool // the records come out of the scratch
	last    int32
	err     error
	scratch *Scratch
}

// Records iterates over the records of a batch, stored or produced; their offset deltas must rise but may have
// gaps:
//
//	it := b.Records(scratch, limits)
//	for r, ok := it.Next(); ok; r, ok = it.Next() { … }
//	if it.Err() != nil { … }
//
// The records of a compressed batch are decompressed as they are read: a record is good until the next Next, and the
// memory taken does not grow with their number. (Keys and values of a batch that is not compressed point into it.)
func (b Batch) Records(s *Scratch, lim Limits) Iterator {
	it := Iterator{batch: b, scratch: s, last: -1}
	if it.err = validateSize(b); it.err != nil {
		return it
	}
	it.count = b.Count()
	if it.err = validateCounts(b); it.err != nil || it.count == 0 {
		return it
	}
	if b.Attributes().Codec() != None {
		it.packed, it.err = true, s.open(b, lim)
	} else if it.rest = b[HeaderSize:]; len(it.rest) > lim.maxUncompressed() {
		it.err = overLimit(len(it.rest), lim)
	}
	return it
}

// Next reads the next record.
func (it *Iterator) Next() (Record, bool) {
	switch {
	case it.err != nil:
		return Record{}, false
	case it.n == it.count:
		return it.finish()
	}
	body, err := it.body()
	if err != nil {
		return it.fail(err)
	}
	var l layout
	if f := l.parse(body); f != sound {
		return it.fail(f.errorAt(it.n, body))
	}
	if l.offsetDelta <= it.last || l.offsetDelta > it.batch.LastOffsetDelta() {
		return it.fail(invalid("record %d: offset delta %d is not between %d and %d", it.n, l.offsetDelta,
			it.last+1, it.batch.LastOffsetDelta()))
	}
	it.last = l.offsetDelta
	it.n++
	return Record{OffsetDelta: l.offsetDelta, TimestampDelta: l.timestampDelta, Key: l.key.of(body),
		Value: l.value.of(body), Headers: it.headers(body, &l)}, true
}

// body cuts the next record off.
func (it *Iterator) body() ([]byte, error) {
	if it.packed {
		return it.scratch.plain.body(it.n)
	}
	body, next := cutBody(it.rest, 0)
	if next == bad {
		return nil, badSize(it.n, len(it.rest))
	}
	it.rest = it.rest[next:]
	return body, nil
}

// finish sees to it that nothing follows the last record.
func (it *Iterator) finish() (Record, bool) {
	left := len(it.rest)
	if it.packed {
		left = it.scratch.plain.rest()
		it.err = it.scratch.plain.failed()
		it.scratch.shut()
		it.packed = false
	}
	if left > 0 && it.err == nil {
		it.err = trailing(left, it.count)
	}
	return Record{}, false
}

func (it *Iterator) fail(err error) (Record, bool) {
	it.err = err
	return Record{}, false
}

// Err returns why Next stopped before the last record.
func (it *Iterator) Err() error { return it.err }

// Offset is the record's offset in its partition.
func (it *Iterator) Offset(r Record) kafka.Offset {
	return it.batch.BaseOffset() + kafka.Offset(r.OffsetDelta)
}

// Timestamp is the record's time: its own, or the broker's if the batch has LogAppendTime.
func (it *Iterator) Timestamp(r Record) env.WallMillis {
	if it.batch.Attributes().LogAppendTime() {
		return it.batch.MaxTimestamp()
	}
	return it.batch.BaseTimestamp() + env.WallMillis(r.TimestampDelta)
}

// headers collects what parse has found sound.
func (it *Iterator) headers(body []byte, l *layout) []Header {
	if l.headers == 0 {
		return nil
	}
	list, i := it.scratch.headers[:0], l.headersAt
	for range l.headers {
		var key, value extent
		key, i = parseBytes(body, i)
		value, i = parseBytes(body, i)
		list = append(list, Header{Key: string(key.of(body)), Value: value.of(body)})
	}
	it.scratch.headers = list
	return list
}
