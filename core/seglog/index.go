package seglog

import (
	"encoding/binary"

	"gregor/core/env"
	"gregor/core/must"
)

const indexEntrySize = 8

// indexEntry is the place of one batch: it lies at position pos and ends with the offset base+last.
type indexEntry struct {
	last int32
	pos  int32
}

// offsetIndex is a segment's .index, in memory and on its way to the file.
type offsetIndex struct {
	entries []indexEntry
	out     indexFile
}

func (x *offsetIndex) len() int { return len(x.entries) }

func (x *offsetIndex) add(last, pos int32) {
	if n := len(x.entries); n > 0 {
		must.Above("seglog: offset of an index entry", last, "that before it", x.entries[n-1].last, pos,
			"was a batch indexed twice?")
		must.Above("seglog: position of an index entry", pos, "that before it", x.entries[n-1].pos, last,
			"was a batch indexed twice?")
	}
	x.entries = append(x.entries, indexEntry{last, pos})
}

// floor is the position of the last indexed batch that ends at or below offset, and the position of the next
// indexed one (or end).
func (x *offsetIndex) floor(rel int64, end env.Position) (at, next env.Position) {
	i := x.above(rel)
	if i < len(x.entries) {
		end = env.Position(x.entries[i].pos)
	}
	if i > 0 {
		at = env.Position(x.entries[i-1].pos)
	}
	return at, end
}

// above is the number of entries whose batch ends at or below rel.
func (x *offsetIndex) above(rel int64) int {
	lo, hi := 0, len(x.entries)
	for lo < hi {
		if mid := (lo + hi) / 2; int64(x.entries[mid].last) <= rel {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// cut is the greatest indexed position in (from, to], or 0: where a read may end at a batch's end.
func (x *offsetIndex) cut(from, to env.Position) env.Position {
	lo, hi := 0, len(x.entries)
	for lo < hi {
		if mid := (lo + hi) / 2; env.Position(x.entries[mid].pos) <= to {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo > 0 && env.Position(x.entries[lo-1].pos) > from {
		return env.Position(x.entries[lo-1].pos)
	}
	return 0
}

// truncate drops the entries of batches at or above pos.
func (x *offsetIndex) truncate(pos env.Position) {
	n := len(x.entries)
	for n > 0 && env.Position(x.entries[n-1].pos) >= pos {
		n--
	}
	x.entries = x.entries[:n]
	x.out.rewind(n)
}

func (x *offsetIndex) encode(from int) []byte {
	out := make([]byte, 0, (len(x.entries)-from)*indexEntrySize)
	for _, e := range x.entries[from:] {
		out = binary.BigEndian.AppendUint32(out, uint32(e.last))
		out = binary.BigEndian.AppendUint32(out, uint32(e.pos))
	}
	return out
}

// decodeIndex reads entries up to the first that contradicts the ones before it or the log's size: what
// follows is torn, and lookups do without.
func decodeIndex(raw []byte, size env.Position) []indexEntry {
	entries := make([]indexEntry, 0, len(raw)/indexEntrySize)
	prev := indexEntry{-1, -1}
	for ; len(raw) >= indexEntrySize; raw = raw[indexEntrySize:] {
		e := indexEntry{int32(binary.BigEndian.Uint32(raw)), int32(binary.BigEndian.Uint32(raw[4:]))}
		if e.last <= prev.last || e.pos <= prev.pos || env.Position(e.pos) >= size {
			break
		}
		entries, prev = append(entries, e), e
	}
	return entries
}
