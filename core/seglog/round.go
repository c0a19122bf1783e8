package seglog

import (
	"errors"
	"fmt"
	"math"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/record"
)

// cleaning is one round of compaction: first the dirty segments are read for the last offset of every key, then
// all segments up to there are rewritten without what newer records have replaced, group by group. Nothing in
// memory changes before a group is committed.
//
//	mapSegment* --- mapped --- nextGroup --- begin: .cleaned --- rewrite* --- settle: synced --- commit: .swap
//	                              ^                                                                 |
//	                              +---- replaceIndexes --- old segments away, durably --- replace --+
//	                              |
//	                              +--- no group left: finish
//
// Until commit a round can be abandoned at any time; from commit on it is finished, after a crash by the loader.
type cleaning struct {
	c     *cleaner
	keys  keyMap
	start kafka.Offset // where the dirty part begins
	end   kafka.Offset // where the mapped part ends
	bound kafka.Offset // where it may end
	wall  env.WallMillis

	group      []*segment // being rewritten
	member     int        // of the group
	out        *segment
	buf        []byte
	dead       bool
	committing bool
	read, kept int
}

var (
	errFull = errors.New("the key map is full")
	errDead = errors.New("cleaning was stopped")
)

func (c *cleaner) start(now env.Now, from, to kafka.Offset) {
	must.AtLeast("seglog: high watermark", c.ext.high, "end of a compaction", to, c.ext.tp,
		"is what may yet be truncated compacted?")
	if c.job != nil {
		must.Fail("seglog: a compaction of %s to offset %d begins while one to %d is under way; has it two owners?", c.ext.tp,
			to, c.job.bound)
	}
	j := &cleaning{c: c, keys: keyMap{}, start: from, end: from, bound: to, wall: now.Wall}
	c.job = j
	j.mapSegment(now, c.ext.search(from))
}

// mapSegment reads the keys of the i-th segment.
func (j *cleaning) mapSegment(now env.Now, i int) {
	c := j.c
	if i >= len(c.ext.segments) || c.ext.endOf(i) > j.bound {
		j.mapped(now)
		return
	}
	seg := c.ext.segments[i]
	c.indexes.withIndex(seg, func() {
		if j.dead {
			return
		}
		pos, _ := seg.index.floor(int64(j.start-seg.base), seg.size)
		s := &scan{file: seg.file, name: logName(seg.base), pos: pos, end: seg.size, seg: seg, visit: j.mapBatch}
		s.next = func(now env.Now) { c.later(now, func(now env.Now) { c.dir.run(now, s) }) }
		s.done = func(now env.Now, err error) {
			switch {
			case j.dead:
			case err == errFull:
				j.mapped(now)
			case err != nil:
				j.fail(now, s, err)
			default:
				j.end = c.ext.endOf(i)
				c.later(now, func(now env.Now) { j.mapSegment(now, i+1) })
			}
		}
		c.dir.run(now, s)
	})
}

// keptScratch bounds the buffers that one batch leaves to the next.
const keptScratch = 1 << 20

// mapBatch enters a batch's keys. The map may outgrow its bound by one batch, so that there is progress.
func (j *cleaning) mapBatch(b record.Batch, pos env.Position) error {
	switch {
	case j.dead:
		return errDead
	case b.LastOffset() < j.start || b.Attributes().IsControl():
		return nil
	case len(j.keys) >= j.c.cfg.CleanerMaxKeys:
		return errFull
	}
	defer j.c.scratch.Trim(keptScratch)
	it := b.Records(j.c.scratch, record.Limits{})
	for r, ok := it.Next(); ok; r, ok = it.Next() {
		if o := it.Offset(r); r.Key != nil && o >= j.start {
			j.keys.put(r.Key, o)
		}
	}
	j.end = b.NextOffset()
	if record.IsTooLarge(it.Err()) {
		return nil // it stays as it is, see filter, and what it has not entered only stays longer
	}
	return it.Err()
}

// mapped begins to rewrite: all that is to be kept is known.
func (j *cleaning) mapped(now env.Now) {
	j.c.w.Emit(env.Cleaning{TopicPartition: j.c.ext.tp, To: j.end})
	j.nextGroup(now, 0)
}

// nextGroup gathers the segments from the i-th on that go into one new segment, and starts it.
func (j *cleaning) nextGroup(now env.Now, i int) {
	c := j.c
	switch {
	case c.owner.State() != Ready:
		j.abandon(now) // for Close or Truncate, which wait
		return
	case i >= len(c.ext.segments) || c.ext.segments[i].base >= j.end:
		j.finish(now)
		return
	}
	j.group = append(j.group[:0], c.ext.segments[i])
	size := c.ext.segments[i].size
	for k := i + 1; k < len(c.ext.segments) && c.ext.segments[k].base < j.end; k++ {
		next := c.ext.segments[k]
		size += next.size
		if int64(size) > c.cfg.SegmentBytes || c.ext.endOf(k)-1-j.group[0].base > math.MaxInt32 || !next.sealed {
			break
		}
		j.group = append(j.group, next)
	}
	j.begin(now)
}

// begin creates the group's new segment.
func (j *cleaning) begin(now env.Now) {
	c, last := j.c, j.group[len(j.group)-1]
	out := newSegment(j.group[0].base, last.created)
	out.stage = cleanedSuffix
	j.out, j.member = out, 0
	name := out.name(logSuffix)
	c.dir.disk.Open(c.dir.must("create "+name, func(now env.Now, e env.Event) {
		out.file = e.File
		if j.dead {
			c.dir.closeFile(e.File)
			return
		}
		c.indexes.createIndexes(out)
		j.rewrite(now)
	}), c.dir.path(name), env.CreateOrTrim)
}

// rewrite copies the next member of the group.
func (j *cleaning) rewrite(now env.Now) {
	c := j.c
	if j.member == len(j.group) {
		j.settle(now)
		return
	}
	seg := j.group[j.member]
	c.indexes.withIndex(seg, func() {
		if j.dead {
			return
		}
		s := &scan{file: seg.file, name: logName(seg.base), end: seg.size, seg: seg}
		s.visit = func(b record.Batch, pos env.Position) error {
			last := j.member == len(j.group)-1 && pos+env.Position(len(b)) == seg.size
			return j.copyBatch(b, last)
		}
		s.next = func(now env.Now) { j.write(now, func(now env.Now) { c.dir.run(now, s) }) }
		s.done = func(now env.Now, err error) {
			switch {
			case j.dead:
			case err != nil:
				j.fail(now, s, err)
			default:
				j.member++
				j.write(now, j.rewrite)
			}
		}
		c.dir.run(now, s)
	})
}

// write writes what has been kept of a chunk; then comes the next slice.
func (j *cleaning) write(now env.Now, then func(env.Now)) {
	c, out, buf := j.c, j.out, j.buf
	if len(buf) == 0 {
		c.later(now, then)
		return
	}
	pos := out.written
	c.dir.disk.WriteAt(c.dir.must("write of "+out.name(logSuffix), func(now env.Now, e env.Event) {
		if j.dead {
			return
		}
		out.written += env.Position(len(buf))
		j.buf = buf[:0]
		c.later(now, then)
	}), out.file, pos, buf)
	j.buf = nil
}

// copyBatch keeps of a batch what is to be kept. The last batch of a group stays, if need be without records, so
// that no offset lies between two segments.
func (j *cleaning) copyBatch(b record.Batch, last bool) error {
	if j.dead {
		return errDead
	}
	kept, err := j.filter(b, last)
	j.c.scratch.Trim(keptScratch)
	if kept == nil || err != nil {
		return err
	}
	out := j.out
	if int64(out.size)+int64(len(kept)) > math.MaxInt32 {
		return fmt.Errorf("what is kept outgrows a segment")
	}
	out.note(kept, out.size, j.c.cfg.IndexIntervalBytes)
	out.size += env.Position(len(kept))
	j.buf = append(j.buf, kept...)
	return nil
}

// fail ends a round that cannot read a batch. The log goes on uncompacted.
func (j *cleaning) fail(now env.Now, s *scan, err error) {
	c := j.c
	c.owner.warn("%s is not compacted: %s at position %d: %v", c.ext.tp, s.name, s.pos, err)
	j.abandon(now)
	c.until(env.Never)
}

// abandon ends the round and removes its unfinished segment. The next round comes after a pause.
func (j *cleaning) abandon(now env.Now) {
	c, out := j.c, j.out
	j.dead = true
	c.scratch.Trim(0)
	c.job, c.resume = nil, nil
	c.begin(now, c.cfg.CleanerBackoffMs)
	if out == nil || out.stage == "" {
		return
	}
	c.indexes.detach(out)
	c.dir.closeFile(out.file)
	out.file = 0
	for _, kind := range [...]string{logSuffix, indexSuffix, timeIndexSuffix} {
		c.dir.remove(out.name(kind), nothing)
	}
}

// finish ends the round.
func (j *cleaning) finish(now env.Now) {
	c := j.c
	j.dead = true
	c.scratch.Trim(0)
	c.job = nil
	must.AtLeast("seglog: end of a compaction", j.end, "its start", j.start, c.ext.tp, "did it map nothing?")
	c.cleanedTo = max(c.cleanedTo, j.end)
	c.begin(now, c.cfg.CleanerBackoffMs)
	c.w.Emit(env.Cleaned{TopicPartition: c.ext.tp, From: c.ext.segments[0].base, To: j.end, Read: j.read, Kept: j.kept})
	c.owner.proceed(now)
}
