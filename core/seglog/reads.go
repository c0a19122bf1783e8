package seglog

import (
	"math"

	"gregor/core/env"
	"gregor/core/kafka"
)

// readEnd is the position where a read that begins with first ends: before the batch that reaches upTo, and
// within limit bytes, at a batch's end if one is known. ok is false if upTo has to be looked up.
func (f *finder) readEnd(now env.Now, first place, upTo kafka.Offset, limit int) (end env.Position, ok bool) {
	most := env.Position(first.pos) + env.Position(min(max(limit, 0), math.MaxInt32))
	end, ok = f.boundOf(now, first, upTo, most)
	if !ok || end <= most {
		return end, ok
	}
	if i, in := f.tail.search(first.base); in {
		if cut := f.tail.cut(i, first.seg, most); cut > 0 {
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
func (f *finder) boundOf(now env.Now, first place, upTo kafka.Offset, most env.Position) (env.Position, bool) {
	seg := first.seg
	switch i := f.ext.search(upTo); {
	case upTo >= f.ext.written:
		return seg.written, true
	case f.ext.segments[i] != seg:
		return seg.size, true
	}
	if first.next >= upTo {
		return boundWithin(first, upTo), true
	}
	if at, _ := seg.index.floor(int64(upTo-1-seg.base), seg.written); at >= most {
		return at, true // that batch ends below upTo, and begins beyond what is wanted
	}
	p, ok := f.locate(now, upTo)
	switch {
	case !ok:
		return 0, false
	case p.seg != seg:
		return seg.written, true
	}
	return env.Position(p.pos), true
}

// boundWithin is the bound if first is the last batch that could be below upTo.
func boundWithin(first place, upTo kafka.Offset) env.Position {
	if first.next == upTo {
		return first.end()
	}
	return env.Position(first.pos)
}

// locate finds the batch that holds offset or, in a gap, the next one: in the tail, among the places found
// lately, or else by asking the disk.
func (f *finder) locate(now env.Now, offset kafka.Offset) (place, bool) {
	if i, ok := f.tail.search(offset); ok && i < f.tail.n {
		return *f.tail.at(i), true
	}
	if p, ok := f.places.find(offset); ok {
		return p, true
	}
	f.lookUp(now, offset)
	return place{}, false
}
