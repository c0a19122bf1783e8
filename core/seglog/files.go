package seglog

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gregor/core/env"
	"gregor/core/kafka"
)

// The suffixes of a partition's files.
const (
	logSuffix       = ".log"
	indexSuffix     = ".index"
	timeIndexSuffix = ".timeindex"
	txnIndexSuffix  = ".txnindex"
	snapshotSuffix  = ".snapshot"

	deletedSuffix = ".deleted"
	cleanedSuffix = ".cleaned"
	swapSuffix    = ".swap"
	tempSuffix    = ".tmp"

	epochsFile       = "leader-epoch-checkpoint"
	metadataFile     = "partition.metadata"
	truncationMarker = "cut-not-synced" // see directory.truncateFile; not Kafka's
)

func fileName(base kafka.Offset, suffix string) string { return fmt.Sprintf("%020d%s", base, suffix) }
func logName(base kafka.Offset) string                 { return fileName(base, logSuffix) }
func (d *directory) path(name string) string           { return d.name + "/" + name }

// parseName splits a segment file's name into offset, kind and stage: 00000000000000000042.log.swap is 42,
// .log, .swap.
func parseName(name string) (base kafka.Offset, kind, stage string, ok bool) {
	digits, rest, found := strings.Cut(name, ".")
	if !found || len(digits) != 20 {
		return 0, "", "", false
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil {
		return 0, "", "", false
	}
	kind, stage, found = strings.Cut(rest, ".")
	if found {
		stage = "." + stage
	}
	return kafka.Offset(n), "." + kind, stage, true
}

// maxSmallFile bounds what is read into memory whole.
const maxSmallFile = 256 << 20

// readFile reads a small file whole; got is called with nil if there is no such file, or if no file of its kind could
// be as large. A file that is there and cannot be read fences the partition: if it counted as missing, what it holds
// would be lost when it is written again.
func (d *directory) readFile(name string, got func(env.Now, []byte)) {
	d.openToRead(name, func(now env.Now, f env.FileID, size env.Position) {
		switch {
		case f == 0:
			got(now, nil)
		case size > maxSmallFile:
			d.owner.warn("%s has %d bytes, and is not used: %d is the most", d.path(name), size, maxSmallFile)
			d.closeFile(f)
			got(now, nil)
		default:
			d.readAndClose(name, f, 0, int(size), got)
		}
	})
}

// readEntry reads the last whole time index entry of a file; none if there is no such file or entry.
func (d *directory) readEntry(name string, got func(env.Now, []byte)) {
	d.openToRead(name, func(now env.Now, f env.FileID, size env.Position) {
		if size < timeEntrySize {
			d.closeFile(f)
			got(now, nil)
			return
		}
		d.readAndClose(name, f, size/timeEntrySize*timeEntrySize-timeEntrySize, timeEntrySize, got)
	})
}

// openToRead opens a file, 0 if there is none of the name.
func (d *directory) openToRead(name string, opened func(now env.Now, f env.FileID, size env.Position)) {
	d.disk.Open(d.op(func(now env.Now, e env.Event) {
		if e.Err != nil && !errors.Is(e.Err, env.ErrNotExist) {
			d.owner.fence("open of " + name + ": " + e.Err.Error())
			return
		}
		opened(now, e.File, e.Size)
	}), d.path(name), env.MustExist)
}

func (d *directory) readAndClose(name string, f env.FileID, at env.Position, n int, got func(env.Now, []byte)) {
	d.disk.ReadAt(d.op(func(now env.Now, e env.Event) {
		d.closeFile(f)
		content := append([]byte(nil), e.Bytes...)
		e.Buffer.Release()
		if e.Err != nil {
			d.owner.fence("read of " + name + ": " + e.Err.Error())
			return
		}
		got(now, content)
	}), f, at, n)
}

// writeFile writes a small file whole and syncs it. Failure fences the partition.
func (d *directory) writeFile(name string, content []byte, done func(env.Now)) {
	what := "write of " + name
	d.disk.Open(d.must(what, func(now env.Now, opened env.Event) {
		f := opened.File
		d.disk.WriteAt(d.must(what, func(now env.Now, e env.Event) {
			d.disk.Sync(d.must("sync of "+name, func(now env.Now, e env.Event) {
				d.closeFile(f)
				d.names = true
				done(now)
			}), f)
		}), f, 0, content)
	}), d.path(name), env.CreateOrTrim)
}

// replaceFile is writeFile by way of a temporary file, so that a crash leaves the old content or the new.
func (d *directory) replaceFile(name string, content []byte, done func(env.Now)) {
	d.writeFile(name+tempSuffix, content, func(env.Now) {
		d.disk.Rename(d.must("rename of "+name, func(now env.Now, e env.Event) {
			d.names = true
			done(now)
		}), d.path(name+tempSuffix), d.path(name))
	})
}

func (d *directory) closeFile(f env.FileID) {
	if f != 0 {
		d.disk.Close(d.op(closed), f)
	}
}

// remove removes a file that may be gone already.
func (d *directory) remove(name string, done func(env.Now)) {
	d.disk.Remove(d.op(func(now env.Now, e env.Event) {
		if e.Err != nil && !errors.Is(e.Err, env.ErrNotExist) {
			d.owner.diskFailed(now, "removal of "+name, e)
			return
		}
		d.names = true
		done(now)
	}), d.path(name))
}

// removeAll removes files and makes that survive a power cut, so that none comes back under a new file's name.
func (d *directory) removeAll(now env.Now, names []string, done func(env.Now)) {
	if len(names) == 0 {
		done(now)
		return
	}
	left := len(names)
	for _, name := range names {
		d.remove(name, func(now env.Now) {
			if left--; left == 0 {
				d.sync(done)
			}
		})
	}
}

// truncateFile truncates the last segment's file to size and makes that durable. Until it is, a marker file records it:
// if the truncation were forgotten, a power cut could bring back bytes behind what is written from here on. The marker
// is durable before the truncation, and a start that finds it syncs the file first.
func (d *directory) truncateFile(name string, f env.FileID, size env.Position, done func(env.Now)) {
	what := "cutting of " + name
	d.writeFile(truncationMarker, []byte("the last segment was cut and is not synced yet\n"), func(env.Now) {
		d.disk.SyncDir(d.must(what, func(now env.Now, e env.Event) {
			d.disk.Truncate(d.must(what, func(now env.Now, e env.Event) {
				d.syncTruncation(name, f, done)
			}), f, size)
		}), d.name)
	})
}

// syncTruncation makes a truncation durable and removes the marker.
func (d *directory) syncTruncation(name string, f env.FileID, done func(env.Now)) {
	d.disk.Sync(d.must("cutting of "+name, func(now env.Now, e env.Event) {
		d.remove(truncationMarker, done)
	}), f)
}

// sync makes the names in the directory durable that are there when it is called.
func (d *directory) sync(done func(env.Now)) {
	d.disk.SyncDir(d.must("sync of the directory", func(now env.Now, e env.Event) { done(now) }), d.name)
}

// syncParent makes the directory's own name durable.
func (d *directory) syncParent(done func(env.Now)) {
	d.disk.SyncDir(d.must("sync of the data directory", func(now env.Now, e env.Event) { done(now) }), parentOf(d.name))
}

func parentOf(dir string) string { return dir[:max(strings.LastIndexByte(dir, '/'), 0)] }

// renameAway renames a file that may not be there.
func (d *directory) renameAway(name string, done func(env.Now)) {
	d.disk.Rename(d.op(func(now env.Now, e env.Event) {
		if e.Err != nil && !errors.Is(e.Err, env.ErrNotExist) {
			d.owner.diskFailed(now, "rename of "+name, e)
			return
		}
		done(now)
	}), d.path(name), d.path(name+deletedSuffix))
}
