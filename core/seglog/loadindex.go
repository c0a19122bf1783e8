package seglog

import (
	"slices"

	"gregor/core/env"
)

// cachedEntries bounds the index entries of sealed segments a log keeps in memory: 5 MB.
const cachedEntries = 256 << 10

// withIndex calls f when the segment's file is open and its indexes are in memory, or when the segment is gone.
func (l *Log) withIndex(seg *segment, f func()) {
	if seg.gone || seg.file != 0 && !seg.absent {
		f()
		return
	}
	seg.waiting = append(seg.waiting, f)
	l.openLog(seg)
	if seg.absent && len(seg.waiting) == 1 {
		l.loadIndex(seg)
	}
}

// openLog opens a segment's .log for reading if that has not been done.
func (l *Log) openLog(seg *segment) {
	if seg.file != 0 || seg.opening || seg.gone {
		return
	}
	seg.opening = true
	name := logName(seg.base)
	l.w.Disk.Open(l.must("open "+name, func(now env.Now, e env.Event) {
		seg.opening = false
		if seg.gone {
			l.closeFile(e.File)
		} else {
			seg.file = e.File
		}
		seg.wake()
	}), l.path(name), env.MustExist)
}

// loadIndex reads a sealed segment's indexes. One that is missing is empty: lookups then walk further.
func (l *Log) loadIndex(seg *segment) {
	l.readFile(seg.name(indexSuffix), func(now env.Now, raw []byte) {
		seg.index.entries = decodeIndex(raw, seg.size)
		l.readFile(seg.name(timeIndexSuffix), func(now env.Now, raw []byte) {
			seg.times.entries = decodeTimes(raw)
			seg.absent = false
			l.cacheIndex(seg)
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
func (l *Log) cacheIndex(seg *segment) {
	if !slices.Contains(l.cached, seg) {
		l.cached = append(l.cached, seg)
	}
	n := 0
	for _, s := range l.cached {
		n += s.index.len() + s.times.len()
	}
	for i := 0; n > cachedEntries && i < len(l.cached)-1; {
		old := l.cached[i]
		if !old.safe {
			i++ // being written, or the active one
			continue
		}
		n -= old.index.len() + old.times.len()
		l.cached = slices.Delete(l.cached, i, i+1)
		old.dropIndex()
	}
}

// dropIndex keeps the entries on disk only. Nothing is lost: a safe segment's files have them all.
func (s *segment) dropIndex() {
	s.index.entries, s.times.entries, s.absent = nil, nil, true
}
