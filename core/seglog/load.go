package seglog

import (
	"slices"
	"strings"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// loader brings a log from its files into memory: it completes or undoes what a crash interrupted, then recovers. It is
// dropped when the log is Ready.
//
//	list --- sort --- clear: what a crash left is removed --- swap: each finished compaction is completed --- readEpochs
//	  --- recover: which segments must be read --- loadSnapshot --- plan --- largest: timestamps of the others
//	  --- read: segment by segment --- conclude: what was lost is truncated durably --- settle: names --- finish
//
// Damage below the recovery point leads from read and conclude to refuse: the log is Fenced, and its files stay.
type loader struct {
	dir     *directory
	ext     *extent
	indexes *indexes
	tail    *ring
	epochs  *epochs
	prods   *producers
	snaps   *snapshots
	flusher *flusher
	roller  *roller
	cfg     *Config
	w       *env.World
	known   *Recovery
	owner   loaderOwner

	sizes      map[kafka.Offset]env.Position // of the .log files
	bases      []kafka.Offset                // of the .log files, ascending
	indexFiles map[string]bool               // .index and .timeindex files by name
	hints      map[kafka.Offset][]string     // .swap files by base
	swaps      []kafka.Offset                // their bases, ascending
	junk       []string                      // to remove

	fresh     bool // the directory was empty
	truncated bool // the last segment was truncated and that is not durable
	hasEpochs bool // leader-epoch-checkpoint is there, and sound
	stale     bool // it has to be written again
	rec       recovery
	refused   bool // the log is damaged, and Fenced
}

// loaderOwner is what a loader needs of its log.
type loaderOwner interface {
	recovered(now env.Now) // the log is Ready
	reread(now env.Now)    // once more, as after a crash
	damaged(reason string) // what was in the log for sure is not there
}

// load reads the directory. What was read before has been forgotten.
func (l *Log) load(now env.Now) {
	l.state = Loading
	ld := &loader{dir: &l.dir, ext: &l.ext, indexes: &l.indexes, tail: &l.finder.tail, epochs: &l.epochs, prods: &l.prods,
		snaps: &l.snaps, flusher: &l.flusher, roller: &l.roller, cfg: &l.cfg, w: &l.w, known: &l.rec, owner: l}
	ld.list()
}

// list lists the directory and sorts what is in it.
func (ld *loader) list() {
	ld.epochs.reset()
	ld.dir.disk.MkdirAll(ld.dir.must("creation of "+ld.dir.name, func(now env.Now, e env.Event) {
		ld.dir.disk.List(ld.dir.must("listing of "+ld.dir.name, func(now env.Now, e env.Event) {
			ld.sizes, ld.indexFiles = map[kafka.Offset]env.Position{}, map[string]bool{}
			ld.hints, ld.fresh = map[kafka.Offset][]string{}, len(e.Entries) == 0
			ld.sort(e.Entries)
			ld.clear(now)
		}), ld.dir.name)
	}), ld.dir.name)
}

// sort puts every name in its place. Unknown names are left alone.
func (ld *loader) sort(entries []env.DirEntry) {
	minCleaned := kafka.Offset(1<<63 - 1)
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

func (ld *loader) enter(base kafka.Offset, kind string, e env.DirEntry) {
	switch kind {
	case logSuffix:
		ld.sizes[base] = e.Size
		ld.bases = append(ld.bases, base)
	case indexSuffix, timeIndexSuffix, txnIndexSuffix:
		ld.indexFiles[e.Name] = true
	case snapshotSuffix:
		ld.snaps.at = append(ld.snaps.at, base)
	}
}

// sortSwaps keeps the replacements that were complete when the crash came. Those with a .cleaned file beside or below
// them were not.
func (ld *loader) sortSwaps(minCleaned kafka.Offset) {
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
	swapped := func(base kafka.Offset) bool {
		_, found := slices.BinarySearch(ld.swaps, base)
		return found
	}
	var names []string
	for name := range ld.indexFiles {
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
	ld.dir.removeAll(now, junk, func(now env.Now) { ld.swap(now) })
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
	ld.dir.disk.Rename(ld.dir.must("rename of "+logName(base)+swapSuffix, func(now env.Now, e env.Event) {
		ld.dir.sync(func(now env.Now) { ld.swapScan(now, base) })
	}), ld.dir.path(logName(base)+swapSuffix), ld.dir.path(logName(base)))
}

// swapScan finds out which segments the replacement stands for: all that its offsets reach.
func (ld *loader) swapScan(now env.Now, base kafka.Offset) {
	ld.dir.disk.Open(ld.dir.must("open of "+logName(base), func(now env.Now, e env.Event) {
		r := &recovery{ld: ld, next: base}
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
			ld.dir.closeFile(e.File)
			ld.sizes[base] = e.Size
			if i, found := slices.BinarySearch(ld.bases, base); !found {
				ld.bases = slices.Insert(ld.bases, i, base)
			}
			ld.swapped(now, base, r.next)
		}
		ld.dir.run(now, s)
	}), ld.dir.path(logName(base)), env.MustExist)
}

// swapped removes the segments that a replacement reaching from base to end has replaced, then its hints.
func (ld *loader) swapped(now env.Now, base, end kafka.Offset) {
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
		if name := fileName(base, kind); ld.indexFiles[name] {
			old = append(old, name) // of the replaced segment, or unfinished: recovery builds it again
			delete(ld.indexFiles, name)
		}
	}
	hints := ld.hints[base]
	ld.swaps = ld.swaps[1:]
	ld.dir.removeAll(now, old, func(now env.Now) {
		ld.dir.removeAll(now, hints, func(now env.Now) { ld.swap(now) })
	})
}

// names lists a segment's files that are there, and forgets them.
func (ld *loader) names(base kafka.Offset) []string {
	names := []string{logName(base)}
	delete(ld.sizes, base)
	for _, kind := range [...]string{indexSuffix, timeIndexSuffix, txnIndexSuffix} {
		if name := fileName(base, kind); ld.indexFiles[name] {
			names = append(names, name)
			delete(ld.indexFiles, name)
		}
	}
	if i, found := slices.BinarySearch(ld.snaps.at, base); found {
		names = append(names, fileName(base, snapshotSuffix))
		ld.snaps.at = slices.Delete(ld.snaps.at, i, i+1)
	}
	return names
}

// readEpochs reads leader-epoch-checkpoint. Without a sound one the epochs are collected from all batches.
func (ld *loader) readEpochs() {
	ld.dir.readFile(epochsFile, func(now env.Now, raw []byte) {
		ld.hasEpochs = false
		if entries, ok := decodeEpochs(raw); ok {
			ld.epochs.entries, ld.hasEpochs = entries, true
		}
		ld.missVanished()
		ld.recover(now)
	})
}
