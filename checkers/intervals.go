package checkers

import (
	"cmp"
	"slices"

	"gregor/core/kafka"
)

// interval is one known offset with the interval in which it was appended, and the earliest it can have been.
type interval struct {
	offset       kafka.Offset
	value        string
	call, ret    uint64
	earliest     uint64
	earliestFrom int // the interval whose call makes it so late
}

// intervals are the offsets that are still in the log, in order. Of a record whose send's outcome is not known, or
// that lies where no acknowledgement said, only the call counts, and the first read.
func (p *partition) intervals() []interval {
	out := make([]interval, 0, len(p.versions))
	for i := range p.versions {
		v := &p.versions[i]
		if p.log != nil && p.lostAt(v) {
			continue
		}
		s := interval{offset: v.offset, value: v.values[0], ret: never}
		if w := v.writer; w != nil {
			s.call = w.called
			if w.acked() && w.offset == v.offset {
				s.ret = w.returned
			}
		}
		s.ret = min(s.ret, v.seen)
		out = append(out, s)
	}
	latest, from := uint64(0), 0
	for i := range out {
		if out[i].call > latest {
			latest, from = out[i].call, i
		}
		out[i].earliest, out[i].earliestFrom = latest, from
	}
	return out
}

// intervalsBelow is how many of the known offsets lie below o.
func intervalsBelow(intervals []interval, o kafka.Offset) int {
	n, _ := slices.BinarySearchFunc(intervals, o, func(s interval, o kafka.Offset) int { return cmp.Compare(s.offset, o) })
	return n
}

// soundEnds are the end offsets that no later loss can have made wrong. Replicas lose records by elections too.
func (p *partition) soundEnds(ix *index) []endRead {
	var out []endRead
	watched := ix.watched(p)
	for _, e := range p.ends {
		if !p.lossy || !watched && !ix.faultAfter(e.called) {
			out = append(out, e)
		}
	}
	return out
}
