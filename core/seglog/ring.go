package seglog

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// place is where a batch is: it holds the offsets [base, next).
type place struct {
	base, next kafka.Offset
	seg        *segment
	pos, size  int32
}

func (p *place) end() env.Position { return env.Position(p.pos) + env.Position(p.size) }

// tailBatches is how many batches at the end of a log are found without the disk.
const tailBatches = 512

// ring remembers the places of the last batches, contiguous and in order. It grows as far as it is used.
type ring struct {
	places []place
	head   int
	n      int
}

func (r *ring) at(i int) *place { return &r.places[(r.head+i)&(len(r.places)-1)] }

func (r *ring) push(p place) {
	if r.n > 0 {
		must.AtLeast("seglog: base offset of a batch", p.base, "end of the batch before it", r.at(r.n-1).next, p.pos,
			"was the ring not cleared by a truncation?")
	}
	switch {
	case r.n < len(r.places):
		r.n++
	case len(r.places) < tailBatches:
		r.grow()
		r.n++
	default:
		r.head = (r.head + 1) & (len(r.places) - 1)
	}
	*r.at(r.n - 1) = p
}

func (r *ring) grow() {
	bigger := make([]place, max(2*len(r.places), 8))
	for i := range r.n {
		bigger[i] = *r.at(i)
	}
	r.places, r.head = bigger, 0
}

func (r *ring) clear() { *r = ring{} }

// search is the number of batches that end at or below offset; the next one is the first to hold offset or
// something above it. ok is false if that may be before the ring.
func (r *ring) search(offset kafka.Offset) (i int, ok bool) {
	if r.n == 0 || offset < r.at(0).base {
		return 0, false
	}
	lo, hi := 0, r.n
	for lo < hi {
		if mid := (lo + hi) / 2; r.at(mid).next <= offset {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, true
}

// cut is the end of the last batch from i on that lies in seg and ends at or below to, or 0.
func (r *ring) cut(i int, seg *segment, to env.Position) env.Position {
	lo, hi := i, r.n
	for lo < hi {
		mid := (lo + hi) / 2
		if p := r.at(mid); p.seg == seg && p.end() <= to {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == i {
		return 0
	}
	return r.at(lo - 1).end()
}

// forget drops the places up to offset.
func (r *ring) forget(offset kafka.Offset) {
	for r.n > 0 && r.at(0).base < offset {
		r.head = (r.head + 1) & (len(r.places) - 1)
		r.n--
	}
}
