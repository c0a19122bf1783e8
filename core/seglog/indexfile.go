package seglog

import (
	"time"

	"gregor/core/env"
	"gregor/core/must"
)

// indexes are the index files of a log's segments: written behind the appends, synced when their segment is sealed, and
// read again when a lookup needs entries that are no longer in memory.
//
//	in memory --- sealed, files synced: safe --- too many entries in memory: absent --- withIndex reads them: in memory
type indexes struct {
	dir    *directory
	cached []*segment // sealed ones whose index entries are in memory, oldest first
	idle   indexTimer
}

// indexFile is an index on its way to its file.
type indexFile struct {
	id     env.FileID
	handed int  // entries that are in the file or on their way to it
	busy   bool // an operation is in flight
	synced bool
}

func (f *indexFile) rewind(n int) { f.handed = min(f.handed, n) }

func (x *indexes) createIndexes(seg *segment) {
	x.openIndex(seg, &seg.index.out, indexSuffix)
	x.openIndex(seg, &seg.times.out, timeIndexSuffix)
}

// openIndex creates an index file, or empties it; the entries follow by pushIndexes.
func (x *indexes) openIndex(seg *segment, f *indexFile, suffix string) {
	*f = indexFile{busy: true}
	name := seg.name(suffix)
	x.dir.disk.Open(x.dir.must("create "+name, func(now env.Now, e env.Event) {
		f.id, f.busy = e.File, false
		x.dir.names = true
		if seg.gone {
			x.closeIndex(f)
		}
		x.pushIndexes(seg)
	}), x.dir.path(name), env.CreateOrTrim)
}

// pushIndexes writes out the entries that are in memory only. A sealed segment's files are then synced and
// closed: only then is the segment safe to be trusted without a scan.
func (x *indexes) pushIndexes(seg *segment) {
	if seg.gone || seg.safe {
		return
	}
	if f := &seg.index.out; x.indexIdle(f) && f.handed < len(seg.index.entries) {
		raw := seg.index.encode(f.handed)
		x.writeIndex(seg, f, indexSuffix, raw, indexEntrySize)
	}
	if f := &seg.times.out; x.indexIdle(f) && f.handed < len(seg.times.entries) {
		raw := seg.times.encode(f.handed)
		x.writeIndex(seg, f, timeIndexSuffix, raw, timeEntrySize)
	}
	if seg.sealed {
		x.syncIndex(seg, &seg.index.out, len(seg.index.entries), indexSuffix)
		x.syncIndex(seg, &seg.times.out, len(seg.times.entries), timeIndexSuffix)
	}
}

func (x *indexes) closeIndex(f *indexFile) {
	x.dir.closeFile(f.id)
	f.id = 0
}

func (x *indexes) indexIdle(f *indexFile) bool { return f.id != 0 && !f.busy }

func (x *indexes) writeIndex(seg *segment, f *indexFile, suffix string, raw []byte, entry int) {
	if f.id == 0 || f.busy {
		must.Fail("seglog: %s is written while it is closed or busy (%v); has it two owners?", seg.name(suffix), f.busy)
	}
	must.Equal("seglog: bytes of index entries", len(raw), "a multiple", len(raw)/entry*entry, seg.base,
		"is an entry torn?")
	pos := env.Position(f.handed * entry)
	f.handed += len(raw) / entry
	f.busy, f.synced = true, false
	x.dir.disk.WriteAt(x.dir.must("write of "+seg.name(suffix), func(now env.Now, e env.Event) {
		f.busy = false
		x.pushIndexes(seg)
	}), f.id, pos, raw)
}

func (x *indexes) syncIndex(seg *segment, f *indexFile, entries int, suffix string) {
	if f.synced || !x.indexIdle(f) || f.handed < entries {
		return
	}
	f.busy = true
	x.dir.disk.Sync(x.dir.must("sync of "+seg.name(suffix), func(now env.Now, e env.Event) {
		f.busy, f.synced = false, true
		x.closeIndex(f)
		x.indexSafe(seg)
	}), f.id)
}

// indexSafe counts a segment whose indexes are durable as safe.
func (x *indexes) indexSafe(seg *segment) {
	if seg.safe = seg.index.out.synced && seg.times.out.synced; !seg.safe || seg.gone {
		return
	}
	must.Equal("seglog: index entries on disk", seg.index.out.handed, "in memory", len(seg.index.entries), seg.base,
		"was one added after the segment was sealed?")
	if seg.stage == "" {
		x.cacheIndex(seg)
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

func (x *indexes) pushIdleIndexes(now env.Now) {
	if seg := x.idle.dirty; seg != nil && now.Mono >= x.idle.due {
		x.idle = indexTimer{due: env.Never}
		x.pushIndexes(seg)
	}
}
