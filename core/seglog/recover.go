package seglog

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gregor/core/env"
	"gregor/core/mutants"
	"gregor/core/record"
)

// recovery reads the segments that must be read, in order, and rebuilds what is made from them: indexes,
// producers, epochs, and the end of the log.
type recovery struct {
	l        *Log
	i        int        // segment being read
	unsynced int        // first segment that may hold anything after the crash
	from     env.Offset // of the snapshot the producers were loaded from
	next     env.Offset // expected
	at       env.Position
	lost     env.Position
	reason   string
	gone     []string // files of segments that were dropped
	torn     bool     // the last segment must be truncated
	tail     bool     // only the end of the last segment is read
}

// recover decides what to read: after a crash everything from the recovery point on; in any case what a
// missing index, the epochs or the producers need; and of the last segment the end.
func (ld *loader) recover(now env.Now) {
	l, r := ld.l, &ld.rec
	r.l = l
	for _, base := range ld.bases {
		seg := newSegment(base, now.Wall)
		seg.size = ld.sizes[base]
		seg.named, seg.sealed, seg.safe, seg.absent = true, true, true, true
		seg.written, seg.synced = seg.size, seg.size
		l.ext.segments = append(l.ext.segments, seg)
		if seg.size > math.MaxInt32 {
			l.fence(fmt.Sprintf("%s has %d bytes; %d is the most", logName(base), seg.size, math.MaxInt32))
			return
		}
	}
	if len(l.ext.segments) == 0 {
		r.next = l.rec.LogStart
		ld.conclude(now)
		return
	}
	r.unsynced = len(l.ext.segments)
	if !l.rec.Clean {
		// A segment that ends at the recovery point may have been the last one again since, and its indexes have
		// been built again: it is read as well.
		r.unsynced = l.ext.search(l.rec.RecoveryPoint - 1)
	}
	ld.loadSnapshot(now, len(l.snaps.at)-1)
}

// loadSnapshot loads the last sound snapshot that is not above what will be read anyway. A corrupt one is
// removed.
func (ld *loader) loadSnapshot(now env.Now, i int) {
	l, r := ld.l, &ld.rec
	for i >= 0 && r.unsynced < len(l.ext.segments) && l.snaps.at[i] > l.ext.segments[r.unsynced].base {
		i--
	}
	if i < 0 {
		r.from = l.ext.segments[0].base
		if l.rec.Clean {
			r.from = math.MaxInt64 // Kafka, too, takes a clean log without snapshots for one without producers
		}
		ld.plan(now)
		return
	}
	name := fileName(l.snaps.at[i], snapshotSuffix)
	l.dir.readFile(name, func(now env.Now, raw []byte) {
		list, ok := decodeSnapshot(raw)
		if !ok {
			l.snaps.at = slices.Delete(l.snaps.at, i, i+1)
			l.dir.remove(name, func(now env.Now) { ld.loadSnapshot(now, i-1) })
			return
		}
		for _, p := range list {
			if !p.expired(now.Wall, l.cfg.ProducerIDExpirationMs) {
				l.prods.put(p)
			}
		}
		r.from = l.snaps.at[i]
		ld.plan(now)
	})
}

// plan finds the first segment to read and begins.
func (ld *loader) plan(now env.Now) {
	l, r := ld.l, &ld.rec
	last := len(l.ext.segments) - 1
	r.i = min(r.unsynced, last, l.ext.search(r.from))
	if !ld.epochsReachStart() {
		r.i, ld.hasEpochs, l.epochs.entries = 0, false, nil
	}
	for i, seg := range l.ext.segments {
		if !ld.indexes[seg.name(indexSuffix)] || !ld.indexes[seg.name(timeIndexSuffix)] {
			seg.safe = false
			r.i = min(r.i, i)
		}
	}
	r.next = l.ext.segments[r.i].base
	ld.largest(now, 0)
}

// epochsReachStart reports whether the epochs are known from the log start on. They are not if the checkpoint is
// gone, or if it followed a log start that went back in the crash.
func (ld *loader) epochsReachStart() bool {
	l := ld.l
	first := max(l.rec.LogStart, l.ext.segments[0].base)
	empty := len(l.ext.segments) == 1 && l.ext.segments[0].size == 0
	return ld.hasEpochs && (empty || len(l.epochs.entries) > 0 && l.epochs.entries[0].Start <= first)
}

// largest reads the last time index entry of the segments that are not read otherwise: retention goes by it.
func (ld *loader) largest(now env.Now, i int) {
	l := ld.l
	if i >= ld.rec.i {
		ld.read(now)
		return
	}
	seg := l.ext.segments[i]
	l.dir.readEntry(seg.name(timeIndexSuffix), func(now env.Now, raw []byte) {
		if entries := decodeTimes(raw); len(entries) > 0 {
			last := entries[len(entries)-1]
			seg.maxTimestamp, seg.maxTimestampAt = last.at, seg.base+env.Offset(last.last)
		}
		ld.largest(now, i+1)
	})
}

// read reads segment r.i. Its indexes are built again if they may be damaged, or if it is the last one; otherwise
// they stay untouched, so that they are still safe should the next crash come at once.
func (ld *loader) read(now env.Now) {
	l, r := ld.l, &ld.rec
	seg := l.ext.segments[r.i]
	if r.i == len(l.ext.segments)-1 && l.rec.Clean && seg.safe && ld.hasEpochs && r.from >= seg.base {
		l.indexes.withIndex(seg, func() { ld.readTail(now, seg) })
		return
	}
	if r.i >= r.unsynced {
		seg.synced = 0
	}
	if r.i >= r.unsynced || r.i == len(l.ext.segments)-1 || !seg.safe {
		seg.absent, seg.safe = false, false
	}
	l.indexes.withIndex(seg, func() { ld.readFrom(now, seg, 0) })
}

// readTail reads the end of a segment that was closed cleanly, from its last index entry on; the first batch's
// header gives the time that segment.ms counts from.
func (ld *loader) readTail(now env.Now, seg *segment) {
	l, r := ld.l, &ld.rec
	until := int64(math.MaxInt32)
	if r.from != math.MaxInt64 {
		until = int64(r.from - seg.base)
	}
	pos, _ := seg.index.floor(until, seg.size)
	if n := len(seg.times.entries); n > 0 {
		last := seg.times.entries[n-1]
		seg.maxTimestamp, seg.maxTimestampAt = last.at, seg.base+env.Offset(last.last)
	}
	if pos == 0 {
		seg.index.entries, seg.times.entries = nil, nil
		ld.readFrom(now, seg, 0)
		return
	}
	r.tail = true
	seg.index.truncate(pos + 1)
	l.dir.disk.ReadAt(l.dir.must("read of "+logName(seg.base), func(now env.Now, e env.Event) {
		if len(e.Bytes) == record.HeaderSize {
			seg.firstTimestamp = record.Batch(e.Bytes).MaxTimestamp()
		}
		e.Buffer.Release()
		ld.readFrom(now, seg, pos)
	}), seg.file, 0, record.HeaderSize)
}

func (ld *loader) readFrom(now env.Now, seg *segment, pos env.Position) {
	r := &ld.rec
	s := &scan{file: seg.file, name: logName(seg.base), pos: pos, end: seg.size, visit: r.visitor(seg)}
	s.done = func(now env.Now, err error) {
		r.at = s.pos
		ld.readDone(now, err)
	}
	ld.l.dir.run(now, s)
}

// visitor takes in one batch of a segment after the other.
func (r *recovery) visitor(seg *segment) func(record.Batch, env.Position) error {
	return func(b record.Batch, pos env.Position) error {
		if err := r.check(seg, b, pos); err != nil {
			return err
		}
		r.next = b.NextOffset()
		r.enter(seg, b, pos)
		return nil
	}
}

// check refuses a batch that cannot have been written where it is.
func (r *recovery) check(seg *segment, b record.Batch, pos env.Position) error {
	if err := record.ValidateStored(b); err != nil {
		return err
	}
	base, last := b.BaseOffset(), b.LastOffset()
	if base < r.next && pos > 0 || base < seg.base || last < base || !seg.reaches(last) {
		return fmt.Errorf("offsets [%d, %d] where %d was expected", base, last, r.next)
	}
	if all, above := r.l.ext.segments, r.i+1; above < len(all) && last >= all[above].base {
		return fmt.Errorf("offsets [%d, %d] reach into the next segment", base, last)
	}
	return nil
}

func (r *recovery) enter(seg *segment, b record.Batch, pos env.Position) {
	l := r.l
	if n := seg.index.len(); seg.safe && !r.tail {
		seg.noteTime(b, pos)
	} else if n == 0 || env.Position(seg.index.entries[n-1].pos) < pos {
		seg.note(b, pos, l.cfg.IndexIntervalBytes)
	} else {
		seg.sinceIndex = int64(len(b))
	}
	skips := mutants.Enabled && mutants.On().RecoverSkipsEpochZero && b.LeaderEpoch() == 0 // R13 (KAFKA-10432)
	if b.LeaderEpoch() != l.EpochAt(b.BaseOffset()) && !skips {
		l.epochs.note(b.LeaderEpoch(), b.BaseOffset())
	}
	if b.BaseOffset() >= r.from {
		l.prods.note(b)
	}
	l.finder.tail.push(place{base: b.BaseOffset(), next: r.next, seg: seg, pos: int32(pos), size: int32(len(b))})
}

// readDone judges what was read of a segment and goes on to the next.
func (ld *loader) readDone(now env.Now, err error) {
	l, r := ld.l, &ld.rec
	seg := l.ext.segments[r.i]
	point := ld.point()
	switch {
	case err != nil && r.tail:
		// The index was wrong, or the log was not left clean after all.
		l.rec.Clean = false
		l.reset(now)
		l.load(now)
		return
	case err != nil && r.next < point:
		ld.refuse("%s is corrupt at position %d, offset %d, below the recovery point %d: %v",
			logName(seg.base), r.at, r.next, point, err)
		return
	case err != nil:
		r.dropTail(ld, seg, fmt.Sprintf("%s at position %d: %v", logName(seg.base), r.at, err))
	case r.i+1 < len(l.ext.segments):
		ok := ld.joins(l.ext.segments[r.i+1].base)
		if l.state == Fenced {
			return
		}
		if ok {
			r.i++
			r.next = l.ext.segments[r.i].base
			ld.read(now)
			return
		}
	}
	ld.conclude(now)
}

// point is the offset below which nothing may be missing.
func (ld *loader) point() env.Offset {
	rec := ld.l.rec
	if point := max(rec.RecoveryPoint, rec.Least); point > rec.LogStart {
		return point
	}
	return math.MinInt64
}

// ErrIncomplete is the kind of error of a log that lacks what was in it for sure: it is damaged, or files are missing.
var ErrIncomplete = errors.New("the log is incomplete")

// incomplete is an error of that kind, with a text of its own.
type incomplete struct{ error }

func (incomplete) Is(target error) bool { return target == ErrIncomplete }

// refuse fences a log that lacks what was in it for sure. What is left of it stays as it is.
func (ld *loader) refuse(format string, args ...any) {
	l := ld.l
	l.fence(fmt.Sprintf(format, args...))
	l.err = incomplete{l.err}
}

// joins judges the way from one segment to the next one's base. Segments follow each other without a gap (see
// roll), so a gap above the recovery point is a file that lost its end: what follows is dropped.
func (ld *loader) joins(base env.Offset) bool {
	l, r := ld.l, &ld.rec
	point := ld.point()
	switch gap := base - r.next; {
	case gap == 0 || gap > math.MaxInt32/2:
		return true
	case r.next >= point:
		r.dropTail(ld, l.ext.segments[r.i], fmt.Sprintf("offsets %d to %d are missing", r.next, base-1))
		return false
	case l.cfg.CleanupCompact && base <= point:
		return true
	default:
		ld.refuse("%s ends at offset %d, the next segment begins at %d; the recovery point is %d",
			logName(l.ext.segments[r.i].base), r.next, base, point)
		return false
	}
}

// dropTail ends the log after what has been read: the rest of the segment and all later ones are dropped.
func (r *recovery) dropTail(ld *loader, seg *segment, reason string) {
	l := r.l
	r.reason = reason
	r.lost = seg.size - r.at
	r.torn = seg.size > r.at
	for _, later := range l.ext.segments[r.i+1:] {
		r.lost += later.size
		r.gone = append(r.gone, ld.names(later.base)...)
		later.gone = true
		l.dir.closeFile(later.file)
	}
	l.ext.segments = l.ext.segments[:r.i+1]
	seg.safe = false
	seg.size, seg.written = r.at, r.at
	seg.synced = min(seg.synced, r.at)
}

// conclude makes the truncation durable before anything is appended: bytes or names that came back after a power cut
// would otherwise join what is written from now on.
func (ld *loader) conclude(now env.Now) {
	l, r := ld.l, &ld.rec
	if point := ld.point(); r.next < point && point > l.rec.LogStart {
		ld.refuse("the log ends at offset %d, below the recovery point %d", r.next, point)
		return
	}
	if r.next < l.rec.LogStart {
		ld.startOver(now)
		return
	}
	r.dropSnapshots(r.next)
	l.dir.removeAll(now, r.gone, func(now env.Now) {
		switch {
		case r.torn:
			l.dir.truncateFile(logName(l.ext.active().base), l.ext.active().file, l.ext.active().size, ld.settle)
		case ld.truncated && len(l.ext.segments) > 0:
			seg := l.ext.active()
			l.indexes.withIndex(seg, func() { l.dir.syncTruncation(logName(seg.base), seg.file, ld.settle) })
		default:
			ld.settle(now)
		}
	})
}

// startOver drops a log that ends below its start: what is left of it had been deleted.
func (ld *loader) startOver(now env.Now) {
	l, r := ld.l, &ld.rec
	for _, seg := range l.ext.segments {
		r.lost += seg.size
		r.gone = append(r.gone, ld.names(seg.base)...)
		seg.gone = true
		l.dir.closeFile(seg.file)
	}
	if len(l.ext.segments) > 0 {
		r.reason = fmt.Sprintf("the log ended at offset %d, below its start %d", r.next, l.rec.LogStart)
	}
	l.ext.segments, l.epochs.entries, r.torn, ld.stale = nil, nil, false, true
	l.finder.tail.clear()
	l.prods.clear()
	r.next = l.rec.LogStart
	r.dropSnapshots(0)
	l.dir.removeAll(now, r.gone, ld.settle)
}

// settle makes durable what the next start relies on, before the log takes a record:
//
//  1. partition.metadata's content, under another name,
//  2. its own name, and those that a crash may have left undecided, of which leader-epoch-checkpoint's is relied on,
//  3. then come the segments, and records in them.
//
// Whatever a power cut leaves of this, a directory with records in it names their topic: if the directory is to go when
// that topic does, and comes back since its new name was not durable, the next topic of the name does not take it.
func (ld *loader) settle(now env.Now) {
	l := ld.l
	switch {
	case !l.rec.Named && l.rec.TopicID != (env.UUID{}):
		l.dir.replaceFile(metadataFile, fmt.Appendf(nil, "version: 0\ntopic_id: %s", l.rec.TopicID), func(env.Now) {
			l.rec.Named = true
			ld.syncNames()
		})
	case l.rec.Clean:
		ld.finish(now)
	default:
		ld.syncNames()
	}
}

func (ld *loader) syncNames() {
	l := ld.l
	l.dir.names, l.dir.parent = true, true
	l.dir.sync(func(now env.Now) { ld.finish(now) })
}

// dropSnapshots drops those beyond the end, and those that belong to no segment but the last of them.
func (r *recovery) dropSnapshots(end env.Offset) {
	l := r.l
	kept := l.snaps.at[:0]
	for i, s := range l.snaps.at {
		_, ofSegment := slices.BinarySearchFunc(l.ext.segments, s, func(g *segment, s env.Offset) int {
			return int(g.base - s)
		})
		if s > end || !ofSegment && i != len(l.snaps.at)-1 {
			r.gone = append(r.gone, fileName(s, snapshotSuffix))
			continue
		}
		kept = append(kept, s)
	}
	l.snaps.at = kept
}
