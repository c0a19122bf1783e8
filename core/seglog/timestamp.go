package seglog

import (
	"errors"
	"fmt"
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// maxSearches bounds the searches by time whose answers wait to be fetched. The oldest makes room.
const maxSearches = 16

// Found is the answer to a search by time. Offset is -1 if there is no such record.
type Found struct {
	Offset    kafka.Offset
	Timestamp env.WallMillis
	Epoch     kafka.LeaderEpoch
}

var nothingFound = Found{Offset: -1, Timestamp: record.NoTimestamp, Epoch: kafka.NoEpoch}

// search looks for the first record at or after a time: the time index gives the segment and the position,
// then batches and at last records are read.
type search struct {
	ts    env.WallMillis
	done  bool
	found Found
	seg   *segment
	blind bool // the index misled the reader
}

// searches are the searches by time under way, and those whose answers wait to be fetched.
type searches struct {
	dir     *directory
	ext     *extent
	indexes *indexes
	scratch *record.Scratch
	list    []*search
}

var errFound = errors.New("found")

// OffsetForTimestamp finds the first record at or after ts. While the status is ReadPending the disk is being
// read; call again after a Complete.
func (l *Log) OffsetForTimestamp(now env.Now, ts env.WallMillis) (Found, ReadStatus) {
	if status := l.state.mayRead(&l.ext, l.ext.start); status != ReadReady {
		return nothingFound, status
	}
	found, status := l.searches.find(now, ts)
	if status == ReadPending {
		status = l.state.afterAsking()
	}
	return found, status
}

// MaxTimestamp finds the first record with the largest timestamp in the log, like OffsetForTimestamp.
func (l *Log) MaxTimestamp(now env.Now) (Found, ReadStatus) {
	largest := record.NoTimestamp
	for _, seg := range l.ext.segments {
		largest = max(largest, seg.maxTimestamp)
	}
	if largest < 0 {
		return nothingFound, l.state.mayRead(&l.ext, l.ext.start)
	}
	found, status := l.OffsetForTimestamp(now, largest)
	if status == ReadReady && found.Offset < 0 && l.ext.written < l.ext.end && l.state == Ready {
		return found, ReadPending // it is on its way to the disk
	}
	return found, status
}

// find returns what a search has found, and begins one unless it is under way.
func (ss *searches) find(now env.Now, ts env.WallMillis) (Found, ReadStatus) {
	for i, s := range ss.list {
		if s.ts != ts {
			continue
		}
		if s.done {
			ss.list = slices.Delete(ss.list, i, i+1)
			return s.found, ReadReady
		}
		return nothingFound, ReadPending
	}
	i := ss.ext.segmentFor(0, ts)
	if i == len(ss.ext.segments) {
		return nothingFound, ReadReady
	}
	if len(ss.list) == maxSearches {
		ss.list = slices.Delete(ss.list, 0, 1)
	}
	s := &search{ts: ts, found: nothingFound}
	ss.list = append(ss.list, s)
	ss.searchIn(now, s, i)
	return nothingFound, ReadPending
}

// stop ends the searches under way: they would read on to the end of the log.
func (ss *searches) stop() {
	for _, s := range ss.list {
		s.done = true
	}
}

// segmentFor is the first segment from the i-th on with a timestamp at or above ts.
func (x *extent) segmentFor(i int, ts env.WallMillis) int {
	for i < len(x.segments) && x.segments[i].maxTimestamp < ts {
		i++
	}
	return i
}

// searchIn goes on with the i-th segment.
func (ss *searches) searchIn(now env.Now, s *search, i int) {
	if i >= len(ss.ext.segments) {
		s.done = true
		return
	}
	seg := ss.ext.segments[i]
	s.seg, s.blind = seg, false
	ss.indexes.withIndex(seg, func() {
		if seg.gone {
			s.done = true
			return
		}
		rel := max(int64(seg.times.floor(s.ts)), int64(ss.ext.start-seg.base))
		pos, _ := seg.index.floor(rel, seg.written)
		ss.searchFrom(now, s, pos)
	})
}

func (ss *searches) searchFrom(now env.Now, s *search, pos env.Position) {
	seg := s.seg
	sc := &scan{file: seg.file, name: logName(seg.base), pos: pos, end: seg.written, seg: seg}
	sc.visit = func(b record.Batch, pos env.Position) error { return ss.searchBatch(s, b) }
	sc.done = func(now env.Now, err error) {
		switch {
		case err == nil:
			ss.searchIn(now, s, ss.ext.segmentFor(ss.ext.search(seg.base)+1, s.ts))
		case err == errFound || seg.gone:
			s.done = true
		case s.blind:
			ss.dir.owner.fence(fmt.Sprintf("%s is corrupt at position %d: %v", sc.name, sc.pos, err))
		default:
			s.blind = true
			ss.searchFrom(now, s, 0)
		}
	}
	ss.dir.run(now, sc)
}

// searchBatch looks for the record in one batch.
func (ss *searches) searchBatch(s *search, b record.Batch) error {
	switch {
	case s.done:
		return errFound // no caller waits for it any more
	case b.MaxTimestamp() < s.ts || b.LastOffset() < ss.ext.start:
		return nil
	}
	defer ss.scratch.Trim(0)
	it := b.Records(ss.scratch, record.Limits{})
	for r, ok := it.Next(); ok; r, ok = it.Next() {
		if it.Timestamp(r) >= s.ts && it.Offset(r) >= ss.ext.start {
			s.found = Found{Offset: it.Offset(r), Timestamp: it.Timestamp(r), Epoch: b.LeaderEpoch()}
			return errFound
		}
	}
	if record.IsTooLarge(it.Err()) { // for one step: the whole batch is the answer, which begins no later
		s.found = Found{Offset: max(b.BaseOffset(), ss.ext.start), Timestamp: b.MaxTimestamp(), Epoch: b.LeaderEpoch()}
		return errFound
	}
	return it.Err()
}
