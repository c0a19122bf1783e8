package seglog

import (
	"errors"
	"fmt"
	"slices"

	"gregor/core/env"
	"gregor/core/record"
)

// maxSearches bounds the searches by time whose answers wait to be fetched. The oldest makes room.
const maxSearches = 16

// Found is the answer to a search by time. Offset is -1 if there is no such record.
type Found struct {
	Offset    env.Offset
	Timestamp env.WallMillis
	Epoch     env.LeaderEpoch
}

var nothingFound = Found{Offset: -1, Timestamp: record.NoTimestamp, Epoch: env.NoEpoch}

// search looks for the first record at or after a time: the time index says in which segment and from where,
// then batches and at last records are read.
type search struct {
	ts    env.WallMillis
	done  bool
	found Found
	seg   *segment
	blind bool // the index led astray
}

var errFound = errors.New("found")

// OffsetForTimestamp finds the first record at or after ts. While the status is ReadPending the disk is being
// asked; call again after a Complete.
func (l *Log) OffsetForTimestamp(now env.Now, ts env.WallMillis) (Found, ReadStatus) {
	if status := l.mayRead(l.start); status != ReadReady {
		return nothingFound, status
	}
	for i, s := range l.searches {
		if s.ts != ts {
			continue
		}
		if s.done {
			l.searches = slices.Delete(l.searches, i, i+1)
			return s.found, ReadReady
		}
		return nothingFound, ReadPending
	}
	i := l.segmentFor(0, ts)
	if i == len(l.segments) {
		return nothingFound, ReadReady
	}
	if len(l.searches) == maxSearches {
		l.searches = slices.Delete(l.searches, 0, 1)
	}
	s := &search{ts: ts, found: nothingFound}
	l.searches = append(l.searches, s)
	l.searchIn(now, s, i)
	return nothingFound, l.afterAsking()
}

// MaxTimestamp finds the first record with the largest timestamp in the log, like OffsetForTimestamp.
func (l *Log) MaxTimestamp(now env.Now) (Found, ReadStatus) {
	largest := record.NoTimestamp
	for _, seg := range l.segments {
		largest = max(largest, seg.maxTimestamp)
	}
	if largest < 0 {
		return nothingFound, l.mayRead(l.start)
	}
	found, status := l.OffsetForTimestamp(now, largest)
	if status == ReadReady && found.Offset < 0 && l.written < l.end && l.state == Ready {
		return found, ReadPending // it is on its way to the disk
	}
	return found, status
}

// segmentFor is the first segment from the i-th on with a timestamp at or above ts.
func (l *Log) segmentFor(i int, ts env.WallMillis) int {
	for i < len(l.segments) && l.segments[i].maxTimestamp < ts {
		i++
	}
	return i
}

// searchIn goes on with the i-th segment.
func (l *Log) searchIn(now env.Now, s *search, i int) {
	if i >= len(l.segments) {
		s.done = true
		return
	}
	seg := l.segments[i]
	s.seg, s.blind = seg, false
	l.withIndex(seg, func() {
		if seg.gone {
			s.done = true
			return
		}
		rel := max(int64(seg.times.floor(s.ts)), int64(l.start-seg.base))
		pos, _ := seg.index.floor(rel, seg.written)
		l.searchFrom(now, s, pos)
	})
}

func (l *Log) searchFrom(now env.Now, s *search, pos env.Position) {
	seg := s.seg
	sc := &scan{file: seg.file, name: logName(seg.base), pos: pos, end: seg.written, seg: seg}
	sc.visit = func(b record.Batch, pos env.Position) error { return l.searchBatch(s, b) }
	sc.done = func(now env.Now, err error) {
		switch {
		case err == nil:
			l.searchIn(now, s, l.segmentFor(l.search(seg.base)+1, s.ts))
		case err == errFound || seg.gone:
			s.done = true
		case s.blind:
			l.fence(fmt.Sprintf("%s is corrupt at position %d: %v", sc.name, sc.pos, err))
		default:
			s.blind = true
			l.searchFrom(now, s, 0)
		}
	}
	l.run(now, sc)
}

// searchBatch looks for the record in one batch.
func (l *Log) searchBatch(s *search, b record.Batch) error {
	switch {
	case s.done:
		return errFound // nobody waits for it any more
	case b.MaxTimestamp() < s.ts || b.LastOffset() < l.start:
		return nil
	}
	defer l.scratch.Trim(0)
	it := b.Records(&l.scratch, record.Limits{})
	for r, ok := it.Next(); ok; r, ok = it.Next() {
		if it.Timestamp(r) >= s.ts && it.Offset(r) >= l.start {
			s.found = Found{Offset: it.Offset(r), Timestamp: it.Timestamp(r), Epoch: b.LeaderEpoch()}
			return errFound
		}
	}
	if record.IsTooLarge(it.Err()) { // for one step: the whole batch is the answer, which begins no later
		s.found = Found{Offset: max(b.BaseOffset(), l.start), Timestamp: b.MaxTimestamp(), Epoch: b.LeaderEpoch()}
		return errFound
	}
	return it.Err()
}
