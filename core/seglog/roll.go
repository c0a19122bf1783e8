package seglog

import (
	"math"

	"gregor/core/env"
)

// shouldRoll says whether an append of size bytes needs a new segment. The rules are Kafka's.
func (l *Log) shouldRoll(now env.Now, size int, last env.Offset, ts env.WallMillis) bool {
	seg := l.ext.active()
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
	if base-l.ext.end <= math.MaxInt32/2 {
		base = l.ext.end
	}
	if old := l.ext.active(); old.base != base {
		l.indexes.seal(old)
	} else {
		return // empty, and the next segment would have its name
	}
	l.begin(now, base)
	if l.snaps.last != base { // else recovery has begun one a moment ago
		l.snaps.write(base, l.prods.encode(), nil)
	}
	l.flusher.want = max(l.flusher.want, l.ext.end)
	l.w.Tell(env.Rolled{TopicPartition: l.ext.tp, Base: base})
}

// begin makes a new active segment and its files. The names of segments become durable one after the other: were
// a later one there after a power cut and an earlier one not, the log would seem to begin at the later one, as it
// does when retention has deleted what was before.
func (l *Log) begin(now env.Now, base env.Offset) {
	seg := newSegment(base, now.Wall)
	seg.jitter = l.rnd.Between(0, l.cfg.SegmentJitterMs)
	seg.opening = true
	n := len(l.ext.segments)
	l.ext.segments = append(l.ext.segments, seg)
	if n > 0 && !l.ext.segments[n-1].named {
		l.ext.segments[n-1].follower = seg
		return
	}
	l.create(seg)
}

// create makes a segment's three files. Appends to it wait for the first.
func (l *Log) create(seg *segment) {
	name := seg.name(logSuffix)
	l.dir.disk.Open(l.dir.must("create "+name, func(now env.Now, e env.Event) {
		seg.file, seg.opening = e.File, false
		l.dir.names = true
		l.writes.submitHeld(seg)
		l.dir.sync(func(now env.Now) {
			seg.named = true
			if f := seg.follower; f != nil {
				seg.follower = nil
				l.create(f)
			}
		})
	}), l.dir.path(name), env.MustCreate)
	l.indexes.createIndexes(seg)
}
