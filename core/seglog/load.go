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
	truncated bool // the last segment was truncated and that is not durable
	hasEpochs bool // leader-epoch-checkpoint is there, and sound
	stale     bool // it has to be written again
	rec       recovery
}

// load lists the directory and sorts what is in it.
func (l *Log) load(now env.Now) {
	l.state = Loading
	l.epochs.reset()
	l.dir.disk.MkdirAll(l.dir.must("creation of "+l.dir.name, func(now env.Now, e env.Event) {
		l.dir.disk.List(l.dir.must("listing of "+l.dir.name, func(now env.Now, e env.Event) {
			ld := &loader{l: l, sizes: map[env.Offset]env.Position{}, indexes: map[string]bool{},
				hints: map[env.Offset][]string{}, fresh: len(e.Entries) == 0}
			ld.sort(e.Entries)
			ld.clear(now)
		}), l.dir.name)
	}), l.dir.name)
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
		case e.Name == truncationMarker:
			ld.truncated = true
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
		ld.l.snaps.at = append(ld.l.snaps.at, base)
	}
}

// sortSwaps keeps the replacements that were complete when the crash came. Those with a .cleaned file beside or below
// them were not.
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
	ld.l.dir.removeAll(now, junk, func(now env.Now) { ld.swap(now) })
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
	l.dir.disk.Rename(l.dir.must("rename of "+logName(base)+swapSuffix, func(now env.Now, e env.Event) {
		l.dir.sync(func(now env.Now) { ld.swapScan(now, base) })
	}), l.dir.path(logName(base)+swapSuffix), l.dir.path(logName(base)))
}

// swapScan finds out which segments the replacement stands for: all that its offsets reach.
func (ld *loader) swapScan(now env.Now, base env.Offset) {
	l := ld.l
	l.dir.disk.Open(l.dir.must("open of "+logName(base), func(now env.Now, e env.Event) {
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
			l.dir.closeFile(e.File)
			ld.sizes[base] = e.Size
			if i, found := slices.BinarySearch(ld.bases, base); !found {
				ld.bases = slices.Insert(ld.bases, i, base)
			}
			ld.swapped(now, base, r.next)
		}
		l.dir.run(now, s)
	}), l.dir.path(logName(base)), env.MustExist)
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
			old = append(old, name) // of the replaced segment, or unfinished: recovery builds it again
			delete(ld.indexes, name)
		}
	}
	hints := ld.hints[base]
	ld.swaps = ld.swaps[1:]
	ld.l.dir.removeAll(now, old, func(now env.Now) {
		ld.l.dir.removeAll(now, hints, func(now env.Now) { ld.swap(now) })
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
	if i, found := slices.BinarySearch(ld.l.snaps.at, base); found {
		names = append(names, fileName(base, snapshotSuffix))
		ld.l.snaps.at = slices.Delete(ld.l.snaps.at, i, i+1)
	}
	return names
}

// readEpochs reads leader-epoch-checkpoint. Without a sound one every batch is asked for its epoch.
func (ld *loader) readEpochs() {
	l := ld.l
	l.dir.readFile(epochsFile, func(now env.Now, raw []byte) {
		ld.hasEpochs = false
		if entries, ok := decodeEpochs(raw); ok {
			l.epochs.entries, ld.hasEpochs = entries, true
		}
		ld.missVanished()
		ld.recover(now)
	})
}
