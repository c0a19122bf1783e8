package seglog

import (
	"encoding/binary"

	"gregor/core/env"
	"gregor/core/must"
)

const timeEntrySize = 12

// timeEntry is a bound: up to the batch ending with base+last no timestamp is above at.
type timeEntry struct {
	at   env.WallMillis
	last int32
}

// timeIndex is a segment's .timeindex, like [offsetIndex].
type timeIndex struct {
	entries []timeEntry
	out     indexFile
}

func (x *timeIndex) len() int { return len(x.entries) }

// add appends an entry unless the timestamp has been seen: entries only rise.
func (x *timeIndex) add(at env.WallMillis, last int32) {
	if n := len(x.entries); n > 0 && x.entries[n-1].at >= at || at < 0 {
		return
	}
	if n := len(x.entries); n > 0 {
		must.AtLeast("seglog: offset of a time index entry", last, "that before it", x.entries[n-1].last, at,
			"was the index not truncated with its log?")
	}
	x.entries = append(x.entries, timeEntry{at, last})
}

// floor is the offset, relative to the base, up to which every timestamp is below at: 0 if unknown.
func (x *timeIndex) floor(at env.WallMillis) int32 {
	lo, hi := 0, len(x.entries)
	for lo < hi {
		if mid := (lo + hi) / 2; x.entries[mid].at < at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return 0
	}
	return x.entries[lo-1].last
}

func (x *timeIndex) encode(from int) []byte {
	out := make([]byte, 0, (len(x.entries)-from)*timeEntrySize)
	for _, e := range x.entries[from:] {
		out = binary.BigEndian.AppendUint64(out, uint64(e.at))
		out = binary.BigEndian.AppendUint32(out, uint32(e.last))
	}
	return out
}

// decodeTimes reads entries up to the first that contradicts the ones before it.
func decodeTimes(raw []byte) []timeEntry {
	entries := make([]timeEntry, 0, len(raw)/timeEntrySize)
	prev := timeEntry{-1, -1}
	for ; len(raw) >= timeEntrySize; raw = raw[timeEntrySize:] {
		e := timeEntry{env.WallMillis(binary.BigEndian.Uint64(raw)), int32(binary.BigEndian.Uint32(raw[8:]))}
		if e.at <= prev.at || e.last < prev.last || e.last < 0 {
			break
		}
		entries, prev = append(entries, e), e
	}
	return entries
}
