package seglog

import (
	"time"

	"gregor/core/env"
)

// indexFile is an index on its way to its file.
type indexFile struct {
	id     env.FileID
	handed int  // entries the file has or is being given
	busy   bool // an operation is in flight
	synced bool
}

func (f *indexFile) rewind(n int) { f.handed = min(f.handed, n) }

func (l *Log) createIndexes(seg *segment) {
	l.openIndex(seg, &seg.index.out, indexSuffix)
	l.openIndex(seg, &seg.times.out, timeIndexSuffix)
}

// openIndex makes an index file anew; the entries follow by pushIndexes.
func (l *Log) openIndex(seg *segment, f *indexFile, suffix string) {
	*f = indexFile{busy: true}
	name := seg.name(suffix)
	l.w.Disk.Open(l.must("create "+name, func(now env.Now, e env.Event) {
		f.id, f.busy = e.File, false
		l.flusher.dir = true
		if seg.gone {
			l.closeIndex(f)
		}
		l.pushIndexes(seg)
	}), l.path(name), env.CreateOrTrim)
}

// pushIndexes writes out the entries that are in memory only. A sealed segment's files are then synced and
// closed: only then is the segment safe to be trusted without a scan.
func (l *Log) pushIndexes(seg *segment) {
	if seg.gone || seg.safe {
		return
	}
	if f := &seg.index.out; l.indexIdle(f) && f.handed < len(seg.index.entries) {
		raw := seg.index.encode(f.handed)
		l.writeIndex(seg, f, indexSuffix, raw, indexEntrySize)
	}
	if f := &seg.times.out; l.indexIdle(f) && f.handed < len(seg.times.entries) {
		raw := seg.times.encode(f.handed)
		l.writeIndex(seg, f, timeIndexSuffix, raw, timeEntrySize)
	}
	if seg.sealed {
		l.syncIndex(seg, &seg.index.out, len(seg.index.entries), indexSuffix)
		l.syncIndex(seg, &seg.times.out, len(seg.times.entries), timeIndexSuffix)
	}
}

func (l *Log) closeIndex(f *indexFile) {
	l.closeFile(f.id)
	f.id = 0
}

func (l *Log) indexIdle(f *indexFile) bool { return f.id != 0 && !f.busy }

func (l *Log) writeIndex(seg *segment, f *indexFile, suffix string, raw []byte, entry int) {
	pos := env.Position(f.handed * entry)
	f.handed += len(raw) / entry
	f.busy, f.synced = true, false
	l.w.Disk.WriteAt(l.must("write of "+seg.name(suffix), func(now env.Now, e env.Event) {
		f.busy = false
		l.pushIndexes(seg)
	}), f.id, pos, raw)
}

func (l *Log) syncIndex(seg *segment, f *indexFile, entries int, suffix string) {
	if f.synced || !l.indexIdle(f) || f.handed < entries {
		return
	}
	f.busy = true
	l.w.Disk.Sync(l.must("sync of "+seg.name(suffix), func(now env.Now, e env.Event) {
		f.busy, f.synced = false, true
		l.closeIndex(f)
		l.indexSafe(seg)
	}), f.id)
}

// indexSafe counts a segment whose indexes are durable as safe.
func (l *Log) indexSafe(seg *segment) {
	if seg.safe = seg.index.out.synced && seg.times.out.synced; !seg.safe || seg.gone {
		return
	}
	if seg.stage == "" {
		l.cacheIndex(seg)
	}
	seg.wake()
}

// indexIdleTime is how long an index entry waits for company before it is written.
const indexIdleTime = time.Second

// indexTimer writes index entries out some time after the first of them.
type indexTimer struct {
	due   env.Instant
	dirty *segment
}

func (t *indexTimer) note(now env.Now, seg *segment) {
	if t.dirty == nil && seg.index.out.handed < len(seg.index.entries) {
		t.dirty, t.due = seg, now.Mono.Add(indexIdleTime)
	}
}

func (l *Log) pushIdleIndexes(now env.Now) {
	if seg := l.indexed.dirty; seg != nil && now.Mono >= l.indexed.due {
		l.indexed = indexTimer{due: env.Never}
		l.pushIndexes(seg)
	}
}
