package seglog

import (
	"errors"
	"fmt"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
	"gregor/core/record"
)

// truncation removes segments and truncates the file of the last one that stays; then the log is read again.
//
//	Truncate, StartAt: Loading --- nothing in flight: drained --- files removed, the last truncated and synced --- reload
type truncation struct {
	dir     *directory
	ext     *extent
	indexes *indexes
	trash   *trash
	snaps   *snapshots
	flusher *flusher
	writes  *writeQueue
	cleaner *cleaner
	reload  func(now env.Now, start, end kafka.Offset)
	then    func(env.Now) // what waits until nothing is in flight
}

// resume goes on with what waited until nothing is in flight.
func (t *truncation) resume(now env.Now) {
	if f := t.then; f != nil && t.drained() {
		t.then = nil
		f(now)
	}
}

func (t *truncation) drained() bool {
	written := t.writes.n == 0 && t.flusher.running == 0 && !t.cleaner.running()
	return written && (len(t.dir.pending) == 0 || mutants.Enabled && mutants.On().CutBeforeIndexes)
}

var errReached = errors.New("reached")

// truncate removes the segments from to on and truncates the one that holds it.
func (t *truncation) truncate(now env.Now, to kafka.Offset) {
	must.Above("seglog: log end", t.ext.end, "offset it is truncated to", to, t.ext.tp, "is there anything to truncate?")
	keep := 0
	if to >= t.ext.start {
		keep = t.ext.search(to) + 1
	}
	var names []string
	for _, seg := range t.ext.segments[keep:] {
		t.indexes.detach(seg)
		for _, kind := range [...]string{logSuffix, indexSuffix, timeIndexSuffix} {
			names = append(names, seg.name(kind))
		}
		t.trash.add(seg, now.Mono)
	}
	t.ext.segments = t.ext.segments[:keep]
	for i := len(t.snaps.at) - 1; i >= 0 && (t.snaps.at[i] > to || keep == 0); i-- {
		names = append(names, fileName(t.snaps.at[i], snapshotSuffix))
	}
	t.dir.removeAll(now, names, func(now env.Now) {
		if keep == 0 {
			t.reload(now, to, to)
			return
		}
		t.truncateSegment(now, t.ext.segments[keep-1], to)
	})
}

// truncateSegment finds the first batch that ends above to and truncates the file before it.
func (t *truncation) truncateSegment(now env.Now, seg *segment, to kafka.Offset) {
	t.indexes.withIndex(seg, func() {
		pos, _ := seg.index.floor(int64(to-1-seg.base), seg.size)
		end := to
		s := &scan{file: seg.file, name: logName(seg.base), pos: pos, end: seg.size}
		s.visit = func(b record.Batch, pos env.Position) error {
			if b.NextOffset() > to {
				end = min(to, b.BaseOffset())
				return errReached
			}
			return nil
		}
		s.done = func(now env.Now, err error) {
			if err != nil && err != errReached {
				t.dir.owner.fence(fmt.Sprintf("%s is corrupt at position %d: %v", s.name, s.pos, err))
				return
			}
			must.AtLeast("seglog: size of a segment", seg.size, "size it is truncated to", s.pos, t.ext.tp,
				"was it truncated before?")
			t.dir.truncateFile(logName(seg.base), seg.file, s.pos, func(now env.Now) { t.reload(now, t.ext.start, end) })
		}
		t.dir.run(now, s)
	})
}

// startAt drops every segment and the epochs.
func (t *truncation) startAt(now env.Now, offset kafka.Offset) {
	names := []string{epochsFile}
	for _, seg := range t.ext.segments {
		t.indexes.detach(seg)
		for _, kind := range [...]string{logSuffix, indexSuffix, timeIndexSuffix} {
			names = append(names, seg.name(kind))
		}
		t.trash.add(seg, now.Mono)
	}
	for _, snap := range t.snaps.at {
		names = append(names, fileName(snap, snapshotSuffix))
	}
	t.ext.segments, t.snaps.at = nil, nil
	t.flusher.flushed = offset
	t.dir.removeAll(now, names, func(now env.Now) { t.reload(now, offset, offset) })
}
