package seglog

import (
	"math"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// segment is one .log with its indexes. The last one of a log is active: batches are appended to it.
type segment struct {
	base    kafka.Offset
	stage   string       // "" or ".cleaned" while compaction writes it
	size    env.Position // assigned to batches, written or not
	written env.Position // contiguously on disk
	synced  env.Position // surviving a power cut

	file    env.FileID // zero until opened
	opening bool
	index   offsetIndex
	times   timeIndex
	absent  bool     // the entries of both indexes are in their files only
	waiting []func() // what goes on when the file is open and the indexes are here

	maxTimestamp   env.WallMillis // of all batches, NoTimestamp if none has one
	maxTimestampAt kafka.Offset   // last offset of the batch that has it
	firstTimestamp env.WallMillis // largest of the first batch: what segment.ms counts from
	created        env.WallMillis // and this if the first batch has none
	jitter         int64          // ms subtracted from segment.ms
	sinceIndex     int64          // bytes appended since the last index entry

	named    bool     // its name survives a power cut
	follower *segment // to be created when it does

	sealed bool // not appended to any more
	safe   bool // sealed, and its indexes survive a power cut
	pins   int
	gone   bool // deleted, replaced or truncated: a scan or lookup that holds it must search again
}

func newSegment(base kafka.Offset, now env.WallMillis) *segment {
	s := &segment{base: base, created: now}
	s.forgetTimes()
	return s
}

func (s *segment) name(kind string) string { return fileName(s.base, kind) + s.stage }

func (s *segment) forgetTimes() {
	s.maxTimestamp, s.maxTimestampAt, s.firstTimestamp = record.NoTimestamp, s.base, record.NoTimestamp
}

// reaches reports whether offset can be written relative to the segment's base.
func (s *segment) reaches(offset kafka.Offset) bool {
	return offset >= s.base && offset-s.base <= math.MaxInt32
}

// note records a batch at pos: timestamps, and an index entry when index.interval.bytes have passed.
func (s *segment) note(b record.Batch, pos env.Position, interval int64) {
	last := b.LastOffset()
	s.noteTime(b, pos)
	if s.sinceIndex > interval {
		s.index.add(int32(last-s.base), int32(pos))
		s.times.add(s.maxTimestamp, int32(s.maxTimestampAt-s.base))
		s.sinceIndex = 0
	}
	s.sinceIndex += int64(b.Size())
}

// noteTime records the timestamps of a batch at pos.
func (s *segment) noteTime(b record.Batch, pos env.Position) {
	ts := b.MaxTimestamp()
	if pos == 0 {
		s.firstTimestamp = ts
	}
	if ts > s.maxTimestamp {
		s.maxTimestamp, s.maxTimestampAt = ts, b.LastOffset()
	}
}

// waited is how long the segment has waited to be rolled, counted from its first batch's timestamp to the new
// one's, or on the wall clock if there is none. Kafka counts so.
func (s *segment) waited(now, incoming env.WallMillis) int64 {
	if s.firstTimestamp >= 0 {
		return int64(incoming - s.firstTimestamp)
	}
	return int64(now - s.created)
}

// indexFull reports whether an index has no room for the entries of another batch and of the roll.
func (s *segment) indexFull(maxBytes int64) bool {
	return int64(s.index.len()+1) > maxBytes/indexEntrySize || int64(s.times.len()+1) >= maxBytes/timeEntrySize
}
