package seglog

import (
	"slices"

	"gregor/core/env"
)

// cachedEntries bounds the index entries of sealed segments a log keeps in memory: 5 MB.
const cachedEntries = 256 << 10

// withIndex calls f when the segment's file is open and its indexes are in memory, or when the segment is gone.
func (x *indexes) withIndex(seg *segment, f func()) {
	if seg.gone || seg.file != 0 && !seg.absent {
		f()
		return
	}
	seg.waiting = append(seg.waiting, f)
	x.openLog(seg)
	if seg.absent && len(seg.waiting) == 1 {
		x.loadIndex(seg)
	}
}

// openLog opens a segment's .log for reading if that has not been done.
func (x *indexes) openLog(seg *segment) {
	if seg.file != 0 || seg.opening || seg.gone {
		return
	}
	seg.opening = true
	name := logName(seg.base)
	x.dir.disk.Open(x.dir.must("open "+name, func(now env.Now, e env.Event) {
		seg.opening = false
		if seg.gone {
			x.dir.closeFile(e.File)
		} else {
			seg.file = e.File
		}
		seg.wake()
	}), x.dir.path(name), env.MustExist)
}

// loadIndex reads a sealed segment's indexes. One that is missing is empty: lookups then walk further.
func (x *indexes) loadIndex(seg *segment) {
	x.dir.readFile(seg.name(indexSuffix), func(now env.Now, raw []byte) {
		seg.index.entries = decodeIndex(raw, seg.size)
		x.dir.readFile(seg.name(timeIndexSuffix), func(now env.Now, raw []byte) {
			seg.times.entries = decodeTimes(raw)
			seg.absent = false
			x.cacheIndex(seg)
			seg.wake()
		})
	})
}

func (s *segment) wake() {
	if !s.gone && (s.file == 0 || s.absent) {
		return
	}
	waiting := s.waiting
	s.waiting = nil
	for _, f := range waiting {
		f()
	}
}

// cacheIndex counts a sealed segment's entries among the cached ones and drops the oldest that are too many.
func (x *indexes) cacheIndex(seg *segment) {
	if !slices.Contains(x.cached, seg) {
		x.cached = append(x.cached, seg)
	}
	n := 0
	for _, s := range x.cached {
		n += s.index.len() + s.times.len()
	}
	for i := 0; n > cachedEntries && i < len(x.cached)-1; {
		old := x.cached[i]
		if !old.safe {
			i++ // being written, or the active one
			continue
		}
		n -= old.index.len() + old.times.len()
		x.cached = slices.Delete(x.cached, i, i+1)
		old.dropIndex()
	}
}

// dropIndex keeps the entries on disk only. Nothing is lost: a safe segment's files have them all.
func (s *segment) dropIndex() {
	s.index.entries, s.times.entries, s.absent = nil, nil, true
}

// seal ends a segment: its largest timestamp goes into the time index, where retention looks for it after a
// restart, and the indexes are written out for good.
func (x *indexes) seal(seg *segment) {
	seg.sealed = true
	seg.times.add(seg.maxTimestamp, int32(seg.maxTimestampAt-seg.base))
	x.pushIndexes(seg)
}

// detach wakes what waits for the segment, which is gone, and closes its indexes.
func (x *indexes) detach(seg *segment) {
	seg.gone = true
	x.closeIndex(&seg.index.out)
	x.closeIndex(&seg.times.out)
	for i, c := range x.cached {
		if c == seg {
			x.cached = append(x.cached[:i], x.cached[i+1:]...)
			break
		}
	}
	if seg.file != 0 || !seg.opening {
		seg.wake()
	}
}

// closeSegment closes all files of a segment that the log does not read any more.
func (x *indexes) closeSegment(seg *segment) {
	x.dir.closeFile(seg.file)
	seg.file = 0
	x.closeIndex(&seg.index.out)
	x.closeIndex(&seg.times.out)
	seg.gone = true
}
