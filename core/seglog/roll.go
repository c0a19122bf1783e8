package seglog

import (
	"math"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// roller creates segments: the first one of a log, and a new active one when the last is full or old.
//
//	created (opening) --- .log opened: writable --- directory synced: named --- roll or close: sealed
type roller struct {
	dir     *directory
	ext     *extent
	cfg     *Config
	w       *env.World
	rnd     *env.Rand
	indexes *indexes
	writes  *writeQueue
	prods   *producers
	snaps   *snapshots
	flusher *flusher
}

// mustRoll reports whether an append of size bytes needs a new segment. The rules are Kafka's.
func (s *segment) mustRoll(now env.Now, cfg *Config, size int, last kafka.Offset, ts env.WallMillis) bool {
	switch {
	case int64(s.size) > cfg.SegmentBytes-int64(size):
		return true
	case s.size > 0 && s.waited(now.Wall, ts) > cfg.maxSegmentMs()-s.jitter:
		return true
	}
	return s.indexFull(cfg.IndexSizeMaxBytes) || !s.reaches(last)
}

// roll seals the active segment and starts the next one where the log ends, so that no offset lies between two
// segments: recovery treats such a gap as a loss. Only an append whose offset is out of a segment's reach
// starts one at itself.
func (r *roller) roll(now env.Now, base kafka.Offset) {
	if base-r.ext.end <= math.MaxInt32/2 {
		base = r.ext.end
	}
	if old := r.ext.active(); old.base != base {
		r.indexes.seal(old)
	} else {
		return // empty, and the next segment would have its name
	}
	r.begin(now, base)
	if r.snaps.last != base { // else recovery has begun one a moment ago
		r.snaps.write(base, r.prods.encode(), nil)
	}
	r.flusher.ask(r.ext.end)
	r.w.Emit(env.Rolled{TopicPartition: r.ext.tp, Base: base})
}

// begin makes a new active segment and its files. The names of segments become durable one after the other: were
// a later one there after a power cut and an earlier one not, the log would seem to begin at the later one, as it
// does when retention has deleted what was before.
func (r *roller) begin(now env.Now, base kafka.Offset) {
	seg := newSegment(base, now.Wall)
	seg.jitter = r.rnd.Between(0, r.cfg.SegmentJitterMs)
	seg.opening = true
	n := len(r.ext.segments)
	must.AtLeast("seglog: base of a new segment", base, "log end", r.ext.end, r.ext.tp, "would it repeat offsets?")
	if n > 0 {
		must.Above("seglog: base of a new segment", base, "base of the active one", r.ext.segments[n-1].base, r.ext.tp,
			"is it rolled twice?")
	}
	r.ext.segments = append(r.ext.segments, seg)
	if n > 0 && !r.ext.segments[n-1].named {
		r.ext.segments[n-1].follower = seg
		return
	}
	r.create(seg)
}

// create makes a segment's three files. Appends to it wait for the first.
func (r *roller) create(seg *segment) {
	name := seg.name(logSuffix)
	r.dir.disk.Open(r.dir.must("create "+name, func(now env.Now, e env.Event) {
		seg.file, seg.opening = e.File, false
		r.dir.names = true
		r.writes.submitHeld(seg)
		r.dir.sync(func(now env.Now) {
			seg.named = true
			if f := seg.follower; f != nil {
				seg.follower = nil
				r.create(f)
			}
		})
	}), r.dir.path(name), env.MustCreate)
	r.indexes.createIndexes(seg)
}
