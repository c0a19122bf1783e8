package seglog

import (
	"fmt"
	"math"

	"gregor/core/env"
)

// ReadRequest asks for batches.
type ReadRequest struct {
	From        env.Offset
	MaxBytes    int
	UpTo        env.Offset // exclusive bound: high watermark, last stable offset, or EndOffset
	MinOneBatch bool       // return the first batch even if it is larger than MaxBytes
	Into        []env.Segment
}

// ReadResult is where the batches lie. The first one holds From or the next offset there is; the last one may
// be cut short by MaxBytes, as Kafka's may, but none reaches beyond UpTo.
type ReadResult struct {
	Segments []env.Segment // Into with the regions appended
	Bytes    int
	Pin      Pin // give it back with Unpin when the regions have been sent
}

// ReadStatus says what became of a read.
type ReadStatus uint8

// The statuses.
const (
	ReadReady      ReadStatus = iota
	ReadPending               // the disk is being asked: call again after a Complete of this log
	ReadOutOfRange            // the offset is below LogStart or above EndOffset
	ReadFenced                // the log is Fenced, Closing or Closed
)

func (s ReadStatus) String() string {
	return [...]string{"ready", "pending", "out of range", "fenced"}[s]
}

// Pin keeps a segment's file from being closed and removed. The zero Pin holds nothing.
type Pin struct{ seg *segment }

// Unpin gives a Pin back. Each is given back once.
func (l *Log) Unpin(p Pin) {
	if p.seg == nil {
		return
	}
	if p.seg.pins--; p.seg.pins < 0 {
		panic(fmt.Sprintf("seglog: segment %d of %s was unpinned once more than it was pinned; a Pin was given back twice",
			p.seg.base, l.tp))
	}
}

// Read finds batches. It never reads them: the result says where they are in the file.
func (l *Log) Read(now env.Now, r ReadRequest) (ReadResult, ReadStatus) {
	res := ReadResult{Segments: r.Into}
	if status := l.mayRead(r.From); status != ReadReady {
		return res, status
	}
	upTo := min(r.UpTo, l.written)
	if r.From >= upTo || r.MaxBytes <= 0 && !r.MinOneBatch {
		return res, ReadReady
	}
	first, ok := l.locate(now, r.From)
	if !ok {
		return res, ReadPending
	}
	if first.base >= upTo {
		return res, ReadReady // nothing but a gap up to the bound
	}
	end, ok := l.readEnd(now, first, upTo, r.MaxBytes)
	if !ok || first.seg.file == 0 {
		l.openLog(first.seg)
		return res, l.afterAsking()
	}
	if end < first.end() {
		if !r.MinOneBatch || upTo < first.next {
			return res, ReadReady
		}
		end = first.end()
	}
	return first.region(res, end), ReadReady
}

// afterAsking is the status of a call that had to ask the disk, which may have fenced the log at once.
func (l *Log) afterAsking() ReadStatus {
	if l.state == Fenced {
		return ReadFenced
	}
	return ReadPending
}

func (l *Log) mayRead(from env.Offset) ReadStatus {
	switch {
	case l.state == Loading:
		return ReadPending
	case !l.state.Readable():
		return ReadFenced
	case from < l.start || from > l.end:
		return ReadOutOfRange
	}
	return ReadReady
}

func (p *place) region(res ReadResult, end env.Position) ReadResult {
	n := int(end) - int(p.pos)
	res.Segments = append(res.Segments, env.Segment{Region: env.Region{File: p.seg.file, Pos: env.Position(p.pos), Length: n}})
	res.Bytes = n
	res.Pin = Pin{p.seg}
	p.seg.pins++
	return res
}

// readEnd is the position where a read that begins with first ends: before the batch that reaches upTo, and
// within limit bytes, at a batch's end if one is known. ok is false if upTo has to be looked up.
func (l *Log) readEnd(now env.Now, first place, upTo env.Offset, limit int) (end env.Position, ok bool) {
	most := env.Position(first.pos) + env.Position(min(max(limit, 0), math.MaxInt32))
	end, ok = l.boundOf(now, first, upTo, most)
	if !ok || end <= most {
		return end, ok
	}
	if i, in := l.tail.search(first.base); in {
		if cut := l.tail.cut(i, first.seg, most); cut > 0 {
			return cut, true
		}
	}
	if cut := first.seg.index.cut(env.Position(first.pos), most); cut > 0 {
		return cut, true
	}
	return most, true
}

// boundOf is the position in first's segment below which every batch ends at or below upTo. If that is above
// most it need not be exact.
func (l *Log) boundOf(now env.Now, first place, upTo env.Offset, most env.Position) (env.Position, bool) {
	seg := first.seg
	switch i := l.search(upTo); {
	case upTo >= l.written:
		return seg.written, true
	case l.segments[i] != seg:
		return seg.size, true
	}
	if first.next >= upTo {
		return boundWithin(first, upTo), true
	}
	if at, _ := seg.index.floor(int64(upTo-1-seg.base), seg.written); at >= most {
		return at, true // that batch ends below upTo, and begins beyond what is wanted
	}
	p, ok := l.locate(now, upTo)
	switch {
	case !ok:
		return 0, false
	case p.seg != seg:
		return seg.written, true
	}
	return env.Position(p.pos), true
}

// boundWithin is the bound if first is the last batch that could be below upTo.
func boundWithin(first place, upTo env.Offset) env.Position {
	if first.next == upTo {
		return first.end()
	}
	return env.Position(first.pos)
}

// locate finds the batch that holds offset or, in a gap, the next one: in the tail, among the places found
// lately, or else by asking the disk.
func (l *Log) locate(now env.Now, offset env.Offset) (place, bool) {
	if i, ok := l.tail.search(offset); ok && i < l.tail.n {
		return *l.tail.at(i), true
	}
	if p, ok := l.places.find(offset); ok {
		return p, true
	}
	l.lookUp(now, offset)
	return place{}, false
}
