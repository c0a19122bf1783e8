package seglog

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// ReadRequest selects batches.
type ReadRequest struct {
	From        kafka.Offset
	MaxBytes    int
	UpTo        kafka.Offset // exclusive bound: high watermark, last stable offset, or EndOffset
	MinOneBatch bool         // return the first batch even if it is larger than MaxBytes
	Into        []env.Segment
}

// ReadResult is where the batches lie. The first one holds From or the next offset there is; the last one may
// be cut short by MaxBytes, as Kafka's may, but none reaches beyond UpTo.
type ReadResult struct {
	Segments []env.Segment // Into with the regions appended
	Bytes    int
	Pin      Pin // release it with Unpin when the regions have been sent
}

// ReadStatus is the outcome of a read.
type ReadStatus uint8

// The statuses.
const (
	ReadReady      ReadStatus = iota
	ReadPending               // a read of the disk is in flight: call again after a Complete of this log
	ReadOutOfRange            // the offset is below LogStart or above EndOffset
	ReadFenced                // the log is Fenced, Closing or Closed
)

func (s ReadStatus) String() string {
	return [...]string{"ready", "pending", "out of range", "fenced"}[s]
}

// Pin keeps a segment's file from being closed and removed. The zero Pin holds nothing.
type Pin struct{ seg *segment }

// Unpin releases a Pin. Each is released once.
func (l *Log) Unpin(p Pin) { p.release(l.ext.tp) }

func (p Pin) release(tp kafka.TopicPartition) {
	if p.seg == nil {
		return
	}
	if p.seg.pins--; p.seg.pins < 0 {
		must.Fail("seglog: segment %d of %s was unpinned once more than it was pinned; was a Pin released twice?", p.seg.base,
			tp)
	}
}

// Read finds batches. It never reads them: the result holds their place in the file.
func (l *Log) Read(now env.Now, r ReadRequest) (ReadResult, ReadStatus) {
	res := ReadResult{Segments: r.Into}
	if status := l.state.mayRead(&l.ext, r.From); status != ReadReady {
		return res, status
	}
	upTo := min(r.UpTo, l.ext.written)
	if r.From >= upTo || r.MaxBytes <= 0 && !r.MinOneBatch {
		return res, ReadReady
	}
	first, ok := l.finder.locate(now, r.From)
	if !ok {
		return res, ReadPending
	}
	if first.base >= upTo {
		return res, ReadReady // nothing but a gap up to the bound
	}
	end, ok := l.finder.readEnd(now, first, upTo, r.MaxBytes)
	if !ok || first.seg.file == 0 {
		l.indexes.openLog(first.seg)
		return res, l.state.afterAsking()
	}
	if end < first.end() {
		if !r.MinOneBatch || upTo < first.next {
			return res, ReadReady
		}
		end = first.end()
	}
	return first.region(res, end), ReadReady
}

// afterAsking returns the status of a call that submitted a read, which may have fenced the log at once.
func (s State) afterAsking() ReadStatus {
	if s == Fenced {
		return ReadFenced
	}
	return ReadPending
}

func (s State) mayRead(x *extent, from kafka.Offset) ReadStatus {
	switch {
	case s == Loading:
		return ReadPending
	case !s.Readable():
		return ReadFenced
	case from < x.start || from > x.end:
		return ReadOutOfRange
	}
	return ReadReady
}

func (p *place) region(res ReadResult, end env.Position) ReadResult {
	n := int(end) - int(p.pos)
	must.Above("seglog: bytes of a read", n, "zero", 0, p.base, "does it end before its first batch?")
	must.AtLeast("seglog: written end of a segment", p.seg.written, "end of a read", end, p.seg.base,
		"does a response name bytes that may still change?")
	region := env.Region{File: p.seg.file, Pos: env.Position(p.pos), Length: n}
	res.Segments = append(res.Segments, env.Segment{Region: region})
	res.Bytes = n
	res.Pin = Pin{p.seg}
	p.seg.pins++
	return res
}
