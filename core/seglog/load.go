package seglog

import (
	"slices"
	"strings"

	"gregor/core/env"
	"gregor/core/record"
)

// loader brings a log from its files into memory: it completes or undoes what a crash interrupted, then
// recovers. It is dropped when the log is Ready.
type loader struct {
	l       *Log
	sizes   map[env.Offset]env.Position // of the .log files
	bases   []env.Offset                // of the .log files, ascending
	indexes map[string]bool             // .index and .timeindex files by name
	hints   map[env.Offset][]string     // .swap files by base
	swaps   []env.Offset                // their bases, ascending
	junk    []string                    // to remove

	fresh     bool // the directory was empty
	cut       bool // the last segment was cut and that is not durable
	hasEpochs bool // leader-epoch-checkpoint is there, and sound
	stale     bool // it has to be written anew
	rec       recovery
}

// load lists the directory and sorts what is in it.
func (l *Log) load(now env.Now) {
	l.state = Loading
	l.epochs = epochs{unsafe: allSafe}
	l.w.Disk.MkdirAll(l.must("creation of "+l.dir, func(now env.Now, e env.Event) {
		l.w.Disk.List(l.must("listing of "+l.dir, func(now env.Now, e env.Event) {
			ld := &loader{l: l, sizes: map[env.Offset]env.Position{}, indexes: map[string]bool{},
				hints: map[env.Offset][]string{}, fresh: len(e.Entries) == 0}
			ld.sort(e.Entries)
			ld.clear(now)
		}), l.dir)
	}), l.dir)
}

// sort puts every name in its place. Unknown names are left alone.
func (ld *loader) sort(entries []env.DirEntry) {
	minCleaned := env.Offset(1<<63 - 1)
	for _, e := range entries {
		base, kind, stage, ok := parseName(e.Name)
		switch {
		case e.Dir:
		case e.Name == epochsFile:
			ld.hasEpochs = true
		case e.Name == cutFile:
			ld.cut = true
		case strings.HasSuffix(e.Name, tempSuffix) || ok && stage == deletedSuffix:
			ld.junk = append(ld.junk, e.Name)
		case ok && stage == cleanedSuffix:
			ld.junk = append(ld.junk, e.Name)
			minCleaned = min(minCleaned, base)
		case ok && stage == swapSuffix:
			ld.hints[base] = append(ld.hints[base], e.Name)
		case ok && stage == "":
			ld.enter(base, kind, e)
		}
	}
	ld.sortSwaps(minCleaned)
}

func (ld *loader) enter(base env.Offset, kind string, e env.DirEntry) {
	switch kind {
	case logSuffix:
		ld.sizes[base] = e.Size
		ld.bases = append(ld.bases, base)
	case indexSuffix, timeIndexSuffix, txnIndexSuffix:
		ld.indexes[e.Name] = true
	case snapshotSuffix:
		ld.l.snaps = append(ld.l.snaps, base)
	}
}

// sortSwaps keeps the replacements that were complete when the crash came: a .cleaned file beside or below one
// says that it was not.
func (ld *loader) sortSwaps(minCleaned env.Offset) {
	for base := range ld.hints {
		ld.swaps = append(ld.swaps, base)
	}
	slices.Sort(ld.swaps)
	for len(ld.swaps) > 0 && ld.swaps[len(ld.swaps)-1] >= minCleaned {
		last := len(ld.swaps) - 1
		ld.junk = append(ld.junk, ld.hints[ld.swaps[last]]...)
		ld.swaps = ld.swaps[:last]
	}
}

// clear removes what a crash left behind, and indexes without a log.
func (ld *loader) clear(now env.Now) {
	swapped := func(base env.Offset) bool {
		_, found := slices.BinarySearch(ld.swaps, base)
		return found
	}
	var names []string
	for name := range ld.indexes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		base, _, _, _ := parseName(name)
		if _, ok := ld.sizes[base]; !ok && !swapped(base) {
			ld.junk = append(ld.junk, name)
		}
	}
	junk := ld.junk
	ld.junk = nil
	ld.l.removeAll(now, junk, func(now env.Now) { ld.swap(now) })
}

// removeAll removes files and makes that survive a power cut, so that none comes back under a new file's name.
func (l *Log) removeAll(now env.Now, names []string, done func(env.Now)) {
	if len(names) == 0 {
		done(now)
		return
	}
	left := len(names)
	for _, name := range names {
		l.remove(name, func(now env.Now) {
			if left--; left == 0 {
				l.w.Disk.SyncDir(l.must("sync of the directory", func(now env.Now, e env.Event) { done(now) }), l.dir)
			}
		})
	}
}

// swap completes the replacements that compaction had made durable as .swap files, the lowest first.
func (ld *loader) swap(now env.Now) {
	if len(ld.swaps) == 0 {
		ld.readEpochs()
		return
	}
	base := ld.swaps[0]
	if !slices.Contains(ld.hints[base], logName(base)+swapSuffix) {
		ld.swapScan(now, base)
		return
	}
	l := ld.l
	l.w.Disk.Rename(l.must("rename of "+logName(base)+swapSuffix, func(now env.Now, e env.Event) {
		l.w.Disk.SyncDir(l.must("sync of the directory", func(now env.Now, e env.Event) { ld.swapScan(now, base) }), l.dir)
	}), l.path(logName(base)+swapSuffix), l.path(logName(base)))
}

// swapScan finds out which segments the replacement stands for: all that its offsets reach.
func (ld *loader) swapScan(now env.Now, base env.Offset) {
	l := ld.l
	l.w.Disk.Open(l.must("open of "+logName(base), func(now env.Now, e env.Event) {
		r := &recovery{l: l, next: base}
		seg := newSegment(base, now.Wall)
		s := &scan{file: e.File, name: logName(base), end: e.Size}
		s.visit = func(b record.Batch, pos env.Position) error {
			err := r.check(seg, b, pos)
			if err == nil {
				r.next = b.NextOffset()
			}
			return err
		}
		s.done = func(now env.Now, err error) {
			l.closeFile(e.File)
			ld.sizes[base] = e.Size
			if i, found := slices.BinarySearch(ld.bases, base); !found {
				ld.bases = slices.Insert(ld.bases, i, base)
			}
			ld.swapped(now, base, r.next)
		}
		l.run(now, s)
	}), l.path(logName(base)), env.MustExist)
}

// swapped removes the segments that a replacement reaching from base to end has replaced, then its hints.
func (ld *loader) swapped(now env.Now, base, end env.Offset) {
	var old []string
	kept := ld.bases[:0]
	for _, b := range ld.bases {
		if b <= base || b >= end {
			kept = append(kept, b)
			continue
		}
		old = append(old, ld.names(b)...)
	}
	ld.bases = kept
	for _, kind := range [...]string{indexSuffix, timeIndexSuffix} {
		if name := fileName(base, kind); ld.indexes[name] {
			old = append(old, name) // of the replaced segment, or unfinished: made anew by recovery
			delete(ld.indexes, name)
		}
	}
	hints := ld.hints[base]
	ld.swaps = ld.swaps[1:]
	ld.l.removeAll(now, old, func(now env.Now) {
		ld.l.removeAll(now, hints, func(now env.Now) { ld.swap(now) })
	})
}

// names lists a segment's files that are there, and forgets them.
func (ld *loader) names(base env.Offset) []string {
	names := []string{logName(base)}
	delete(ld.sizes, base)
	for _, kind := range [...]string{indexSuffix, timeIndexSuffix, txnIndexSuffix} {
		if name := fileName(base, kind); ld.indexes[name] {
			names = append(names, name)
			delete(ld.indexes, name)
		}
	}
	if i, found := slices.BinarySearch(ld.l.snaps, base); found {
		names = append(names, fileName(base, snapshotSuffix))
		ld.l.snaps = slices.Delete(ld.l.snaps, i, i+1)
	}
	return names
}

// readEpochs reads leader-epoch-checkpoint. Without a sound one every batch is asked for its epoch.
func (ld *loader) readEpochs() {
	l := ld.l
	l.readFile(epochsFile, func(now env.Now, raw []byte) {
		ld.hasEpochs = false
		if entries, ok := decodeEpochs(raw); ok {
			l.epochs.entries, ld.hasEpochs = entries, true
		}
		ld.missVanished()
		ld.recover(now)
	})
}

func parentOf(dir string) string { return dir[:max(strings.LastIndexByte(dir, '/'), 0)] }
