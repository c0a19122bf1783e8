package seglog

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// extent is what the log holds: its segments, and the offsets between which it lies.
//
//	start <= high <= end        what may be read, and what was appended
//	written <= end              the contiguous prefix that is in the files
type extent struct {
	tp       kafka.TopicPartition
	segments []*segment   // ascending, never empty when Ready; the last is active
	start    kafka.Offset // log start offset
	end      kafka.Offset // next to assign
	written  kafka.Offset
	high     kafka.Offset // high watermark
	size     env.Position
}

// search returns the index of the segment that holds offset, or the first one above it: the last whose base is not
// above it.
func (x *extent) search(offset kafka.Offset) int {
	lo, hi := 0, len(x.segments) // segments[:lo] begin at or below offset
	for lo < hi {
		if mid := (lo + hi) / 2; x.segments[mid].base <= offset {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return max(lo-1, 0)
}

func (x *extent) active() *segment { return x.segments[len(x.segments)-1] }

// endOf is the offset the segment after index i begins at, or the log's end.
func (x *extent) endOf(i int) kafka.Offset {
	if i+1 < len(x.segments) {
		return x.segments[i+1].base
	}
	return x.end
}

// setHigh moves the high watermark within what the log holds. Its owner may know more of the leader's log than is here
// yet.
func (x *extent) setHigh(to kafka.Offset) {
	must.AtLeast("seglog: log end", x.end, "log start", x.start, x.tp, "did a truncation pass the log start?")
	x.high = min(max(to, x.start), x.end)
}
