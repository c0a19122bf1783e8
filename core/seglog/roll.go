package seglog

import (
	"math"

	"gregor/core/env"
)

// shouldRoll says whether an append of size bytes needs a new segment. The rules are Kafka's.
func (l *Log) shouldRoll(now env.Now, size int, last env.Offset, ts env.WallMillis) bool {
	seg := l.active()
	switch {
	case int64(seg.size) > l.cfg.SegmentBytes-int64(size):
		return true
	case seg.size > 0 && seg.waited(now.Wall, ts) > l.cfg.maxSegmentMs()-seg.jitter:
		return true
	}
	return seg.indexFull(l.cfg.IndexSizeMaxBytes) || !seg.reaches(last)
}

// roll seals the active segment and starts the next one where the log ends, so that no offset lies between two
// segments: recovery takes such a gap for a loss. Only an append whose offset is out of a segment's reach
// starts one at itself.
func (l *Log) roll(now env.Now, base env.Offset) {
	if base-l.end <= math.MaxInt32/2 {
		base = l.end
	}
	if old := l.active(); old.base != base {
		l.seal(old)
	} else {
		return // empty, and the next segment would have its name
	}
	l.begin(now, base)
	if l.snapped != base { // else recovery has begun one a moment ago
		l.snapshot(base, nil)
	}
	l.flusher.want = max(l.flusher.want, l.end)
	l.w.Tell(env.Rolled{TopicPartition: l.tp, Base: base})
}

// begin makes a new active segment and its files. The names of segments become durable one after the other: were
// a later one there after a power cut and an earlier one not, the log would seem to begin at the later one, as it
// does when retention has deleted what was before.
func (l *Log) begin(now env.Now, base env.Offset) {
	seg := newSegment(base, now.Wall)
	seg.jitter = l.rnd.Between(0, l.cfg.SegmentJitterMs)
	seg.opening = true
	n := len(l.segments)
	l.segments = append(l.segments, seg)
	if n > 0 && !l.segments[n-1].named {
		l.segments[n-1].follower = seg
		return
	}
	l.create(seg)
}

// create makes a segment's three files. Appends to it wait for the first.
func (l *Log) create(seg *segment) {
	name := seg.name(logSuffix)
	l.w.Disk.Open(l.must("create "+name, func(now env.Now, e env.Event) {
		seg.file, seg.opening = e.File, false
		l.flusher.dir = true
		l.submitHeld(seg)
		l.w.Disk.SyncDir(l.must("sync of the directory", func(now env.Now, e env.Event) {
			seg.named = true
			if f := seg.follower; f != nil {
				seg.follower = nil
				l.create(f)
			}
		}), l.dir)
	}), l.path(name), env.MustCreate)
	l.createIndexes(seg)
}

// seal ends a segment: its largest timestamp goes into the time index, where retention looks for it after a
// restart, and the indexes are written out for good.
func (l *Log) seal(seg *segment) {
	seg.sealed = true
	seg.times.add(seg.maxTimestamp, int32(seg.maxTimestampAt-seg.base))
	l.pushIndexes(seg)
}
