package seglog

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/mutants"
	"gregor/core/record"
)

// recovery reads the segments that must be read, in order, and rebuilds what is made from them: indexes,
// producers, epochs, and the end of the log.
type recovery struct {
	ld       *loader
	i        int          // segment being read
	unsynced int          // first segment that may hold anything after the crash
	from     kafka.Offset // of the snapshot the producers were loaded from
	next     kafka.Offset // expected
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
	r := &ld.rec
	r.ld = ld
	for _, base := range ld.bases {
		seg := newSegment(base, now.Wall)
		seg.size = ld.sizes[base]
		seg.named, seg.sealed, seg.safe, seg.absent = true, true, true, true
		seg.written, seg.synced = seg.size, seg.size
		ld.ext.segments = append(ld.ext.segments, seg)
		if seg.size > math.MaxInt32 {
			ld.dir.owner.fence(fmt.Sprintf("%s has %d bytes; %d is the most", logName(base), seg.size, math.MaxInt32))
			return
		}
	}
	if len(ld.ext.segments) == 0 {
		r.next = ld.known.LogStart
		ld.conclude(now)
		return
	}
	r.unsynced = len(ld.ext.segments)
	if !ld.known.Clean {
		// A segment that ends at the recovery point may have been the last one again since, and its indexes have
		// been built again: it is read as well.
		r.unsynced = ld.ext.search(ld.known.RecoveryPoint - 1)
	}
	ld.loadSnapshot(now, len(ld.snaps.at)-1)
}

// loadSnapshot loads the last sound snapshot that is not above what will be read anyway. A corrupt one is
// removed.
func (ld *loader) loadSnapshot(now env.Now, i int) {
	r := &ld.rec
	for i >= 0 && r.unsynced < len(ld.ext.segments) && ld.snaps.at[i] > ld.ext.segments[r.unsynced].base {
		i--
	}
	if i < 0 {
		r.from = ld.ext.segments[0].base
		if ld.known.Clean {
			r.from = math.MaxInt64 // as in Kafka, a clean log without snapshots has no producers
		}
		ld.plan(now)
		return
	}
	name := fileName(ld.snaps.at[i], snapshotSuffix)
	ld.dir.readFile(name, func(now env.Now, raw []byte) {
		list, ok := decodeSnapshot(raw)
		if !ok {
			ld.snaps.at = slices.Delete(ld.snaps.at, i, i+1)
			ld.dir.remove(name, func(now env.Now) { ld.loadSnapshot(now, i-1) })
			return
		}
		for _, p := range list {
			if !p.expired(now.Wall, ld.cfg.ProducerIDExpirationMs) {
				ld.prods.put(p)
			}
		}
		r.from = ld.snaps.at[i]
		ld.plan(now)
	})
}

// plan finds the first segment to read and begins.
func (ld *loader) plan(now env.Now) {
	r := &ld.rec
	last := len(ld.ext.segments) - 1
	r.i = min(r.unsynced, last, ld.ext.search(r.from))
	if !ld.epochsReachStart() {
		r.i, ld.hasEpochs, ld.epochs.entries = 0, false, nil
	}
	for i, seg := range ld.ext.segments {
		if !ld.indexFiles[seg.name(indexSuffix)] || !ld.indexFiles[seg.name(timeIndexSuffix)] {
			seg.safe = false
			r.i = min(r.i, i)
		}
	}
	r.next = ld.ext.segments[r.i].base
	ld.largest(now, 0)
}

// epochsReachStart reports whether the epochs are known from the log start on. They are not if the checkpoint is
// gone, or if it followed a log start that went back in the crash.
func (ld *loader) epochsReachStart() bool {
	first := max(ld.known.LogStart, ld.ext.segments[0].base)
	empty := len(ld.ext.segments) == 1 && ld.ext.segments[0].size == 0
	return ld.hasEpochs && (empty || len(ld.epochs.entries) > 0 && ld.epochs.entries[0].Start <= first)
}

// largest reads the last time index entry of the segments that are not read otherwise: retention goes by it.
func (ld *loader) largest(now env.Now, i int) {
	if i >= ld.rec.i {
		ld.read(now)
		return
	}
	seg := ld.ext.segments[i]
	ld.dir.readEntry(seg.name(timeIndexSuffix), func(now env.Now, raw []byte) {
		if entries := decodeTimes(raw); len(entries) > 0 {
			last := entries[len(entries)-1]
			seg.maxTimestamp, seg.maxTimestampAt = last.at, seg.base+kafka.Offset(last.last)
		}
		ld.largest(now, i+1)
	})
}

// read reads segment r.i. Its indexes are built again if they may be damaged, or if it is the last one; otherwise
// they stay untouched, so that they are still safe should the next crash come at once.
func (ld *loader) read(now env.Now) {
	r := &ld.rec
	seg := ld.ext.segments[r.i]
	if r.i == len(ld.ext.segments)-1 && ld.known.Clean && seg.safe && ld.hasEpochs && r.from >= seg.base {
		ld.indexes.withIndex(seg, func() { ld.readTail(now, seg) })
		return
	}
	if r.i >= r.unsynced {
		seg.synced = 0
	}
	if r.i >= r.unsynced || r.i == len(ld.ext.segments)-1 || !seg.safe {
		seg.absent, seg.safe = false, false
	}
	ld.indexes.withIndex(seg, func() { ld.readFrom(now, seg, 0) })
}

// readTail reads the end of a segment that was closed cleanly, from its last index entry on; the first batch's
// header gives the time that segment.ms counts from.
func (ld *loader) readTail(now env.Now, seg *segment) {
	r := &ld.rec
	until := int64(math.MaxInt32)
	if r.from != math.MaxInt64 {
		until = int64(r.from - seg.base)
	}
	pos, _ := seg.index.floor(until, seg.size)
	if n := len(seg.times.entries); n > 0 {
		last := seg.times.entries[n-1]
		seg.maxTimestamp, seg.maxTimestampAt = last.at, seg.base+kafka.Offset(last.last)
	}
	if pos == 0 {
		seg.index.entries, seg.times.entries = nil, nil
		ld.readFrom(now, seg, 0)
		return
	}
	r.tail = true
	seg.index.truncate(pos + 1)
	ld.dir.disk.ReadAt(ld.dir.must("read of "+logName(seg.base), func(now env.Now, e env.Event) {
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
	ld.dir.run(now, s)
}

// visitor checks and records one batch of a segment after the other.
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
	if all, above := r.ld.ext.segments, r.i+1; above < len(all) && last >= all[above].base {
		return fmt.Errorf("offsets [%d, %d] reach into the next segment", base, last)
	}
	return nil
}

func (r *recovery) enter(seg *segment, b record.Batch, pos env.Position) {
	ld := r.ld
	if n := seg.index.len(); seg.safe && !r.tail {
		seg.noteTime(b, pos)
	} else if n == 0 || env.Position(seg.index.entries[n-1].pos) < pos {
		seg.note(b, pos, ld.cfg.IndexIntervalBytes)
	} else {
		seg.sinceIndex = int64(len(b))
	}
	skips := mutants.Enabled && mutants.On().RecoverSkipsEpochZero && b.LeaderEpoch() == 0 // R13 (KAFKA-10432)
	if b.LeaderEpoch() != ld.epochs.of(b.BaseOffset()) && !skips {
		ld.epochs.note(b.LeaderEpoch(), b.BaseOffset())
	}
	if b.BaseOffset() >= r.from {
		ld.prods.note(b)
	}
	ld.tail.push(place{base: b.BaseOffset(), next: r.next, seg: seg, pos: int32(pos), size: int32(len(b))})
}

// readDone judges what was read of a segment and goes on to the next.
func (ld *loader) readDone(now env.Now, err error) {
	r := &ld.rec
	seg := ld.ext.segments[r.i]
	point := ld.point()
	switch {
	case err != nil && r.tail:
		// The index was wrong, or the log was not left clean after all.
		ld.known.Clean = false
		ld.owner.reread(now)
		return
	case err != nil && r.next < point:
		ld.refuse("%s is corrupt at position %d, offset %d, below the recovery point %d: %v",
			logName(seg.base), r.at, r.next, point, err)
		return
	case err != nil:
		r.dropTail(ld, seg, fmt.Sprintf("%s at position %d: %v", logName(seg.base), r.at, err))
	case r.i+1 < len(ld.ext.segments):
		ok := ld.joins(ld.ext.segments[r.i+1].base)
		if ld.refused {
			return
		}
		if ok {
			r.i++
			r.next = ld.ext.segments[r.i].base
			ld.read(now)
			return
		}
	}
	ld.conclude(now)
}

// point is the offset below which nothing may be missing.
func (ld *loader) point() kafka.Offset {
	rec := ld.known
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
	ld.refused = true
	ld.owner.damaged(fmt.Sprintf(format, args...))
}

// joins judges the way from one segment to the next one's base. Segments follow each other without a gap (see
// roll), so a gap above the recovery point is a file that lost its end: what follows is dropped.
func (ld *loader) joins(base kafka.Offset) bool {
	r := &ld.rec
	point := ld.point()
	switch gap := base - r.next; {
	case gap == 0 || gap > math.MaxInt32/2:
		return true
	case r.next >= point:
		r.dropTail(ld, ld.ext.segments[r.i], fmt.Sprintf("offsets %d to %d are missing", r.next, base-1))
		return false
	case ld.cfg.CleanupCompact && base <= point:
		return true
	default:
		ld.refuse("%s ends at offset %d, the next segment begins at %d; the recovery point is %d",
			logName(ld.ext.segments[r.i].base), r.next, base, point)
		return false
	}
}

// dropTail ends the log after what has been read: the rest of the segment and all later ones are dropped.
func (r *recovery) dropTail(ld *loader, seg *segment, reason string) {
	r.reason = reason
	r.lost = seg.size - r.at
	r.torn = seg.size > r.at
	for _, later := range ld.ext.segments[r.i+1:] {
		r.lost += later.size
		r.gone = append(r.gone, ld.names(later.base)...)
		later.gone = true
		ld.dir.closeFile(later.file)
	}
	ld.ext.segments = ld.ext.segments[:r.i+1]
	seg.safe = false
	seg.size, seg.written = r.at, r.at
	seg.synced = min(seg.synced, r.at)
}

// conclude makes the truncation durable before anything is appended: bytes or names that came back after a power cut
// would otherwise join what is written from now on.
func (ld *loader) conclude(now env.Now) {
	r := &ld.rec
	if point := ld.point(); r.next < point && point > ld.known.LogStart {
		ld.refuse("the log ends at offset %d, below the recovery point %d", r.next, point)
		return
	}
	if r.next < ld.known.LogStart {
		ld.startOver(now)
		return
	}
	r.dropSnapshots(r.next)
	ld.dir.removeAll(now, r.gone, func(now env.Now) {
		switch {
		case r.torn:
			ld.dir.truncateFile(logName(ld.ext.active().base), ld.ext.active().file, ld.ext.active().size, ld.settle)
		case ld.truncated && len(ld.ext.segments) > 0:
			seg := ld.ext.active()
			ld.indexes.withIndex(seg, func() { ld.dir.syncTruncation(logName(seg.base), seg.file, ld.settle) })
		default:
			ld.settle(now)
		}
	})
}

// startOver drops a log that ends below its start: what is left of it had been deleted.
func (ld *loader) startOver(now env.Now) {
	r := &ld.rec
	for _, seg := range ld.ext.segments {
		r.lost += seg.size
		r.gone = append(r.gone, ld.names(seg.base)...)
		seg.gone = true
		ld.dir.closeFile(seg.file)
	}
	if len(ld.ext.segments) > 0 {
		r.reason = fmt.Sprintf("the log ended at offset %d, below its start %d", r.next, ld.known.LogStart)
	}
	ld.ext.segments, ld.epochs.entries, r.torn, ld.stale = nil, nil, false, true
	ld.tail.clear()
	ld.prods.clear()
	r.next = ld.known.LogStart
	r.dropSnapshots(0)
	ld.dir.removeAll(now, r.gone, ld.settle)
}

// settle makes durable what the next start relies on, before a record is appended:
//
//  1. partition.metadata's content, under another name,
//  2. its own name, and those that a crash may have left undecided, of which leader-epoch-checkpoint's is relied on,
//  3. then come the segments, and records in them.
//
// Whatever a power cut leaves of this, a directory with records in it names their topic: if the directory is to go when
// that topic does, and comes back since its new name was not durable, the next topic of the name does not use it.
func (ld *loader) settle(now env.Now) {
	switch {
	case !ld.known.Named && ld.known.TopicID != (kafka.UUID{}):
		ld.dir.replaceFile(metadataFile, fmt.Appendf(nil, "version: 0\ntopic_id: %s", ld.known.TopicID), func(env.Now) {
			ld.known.Named = true
			ld.syncNames()
		})
	case ld.known.Clean:
		ld.finish(now)
	default:
		ld.syncNames()
	}
}

func (ld *loader) syncNames() {
	ld.dir.names, ld.dir.parent = true, true
	ld.dir.sync(func(now env.Now) { ld.finish(now) })
}

// dropSnapshots drops those beyond the end, and those that belong to no segment but the last of them.
func (r *recovery) dropSnapshots(end kafka.Offset) {
	ld := r.ld
	kept := ld.snaps.at[:0]
	for i, s := range ld.snaps.at {
		_, ofSegment := slices.BinarySearchFunc(ld.ext.segments, s, func(g *segment, s kafka.Offset) int {
			return int(g.base - s)
		})
		if s > end || !ofSegment && i != len(ld.snaps.at)-1 {
			r.gone = append(r.gone, fileName(s, snapshotSuffix))
			continue
		}
		kept = append(kept, s)
	}
	ld.snaps.at = kept
}
