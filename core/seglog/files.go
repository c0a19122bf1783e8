package seglog

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gregor/core/env"
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

	epochsFile   = "leader-epoch-checkpoint"
	metadataFile = "partition.metadata"
	cutFile      = "cut-not-synced" // see Log.cutFile; not Kafka's
)

func fileName(base env.Offset, suffix string) string { return fmt.Sprintf("%020d%s", base, suffix) }
func logName(base env.Offset) string                 { return fileName(base, logSuffix) }
func (l *Log) path(name string) string               { return l.dir + "/" + name }

// parseName splits a segment file's name into offset, kind and stage: 00000000000000000042.log.swap is 42,
// .log, .swap.
func parseName(name string) (base env.Offset, kind, stage string, ok bool) {
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
	return env.Offset(n), "." + kind, stage, true
}

// maxSmallFile bounds what is read into memory whole.
const maxSmallFile = 256 << 20

// readFile reads a small file whole; got is called with nil if there is no such file, or if no file of its kind could be
// as large. A file that is there and cannot be read fences the partition: taken for missing, what it holds would be lost
// when it is written anew.
func (l *Log) readFile(name string, got func(env.Now, []byte)) {
	l.openToRead(name, func(now env.Now, f env.FileID, size env.Position) {
		switch {
		case f == 0:
			got(now, nil)
		case size > maxSmallFile:
			l.warn("%s has %d bytes, and is not used: %d is the most", l.path(name), size, maxSmallFile)
			l.closeFile(f)
			got(now, nil)
		default:
			l.readAndClose(name, f, 0, int(size), got)
		}
	})
}

// readEntry reads the last whole time index entry of a file; none if there is no such file or entry.
func (l *Log) readEntry(name string, got func(env.Now, []byte)) {
	l.openToRead(name, func(now env.Now, f env.FileID, size env.Position) {
		if size < timeEntrySize {
			l.closeFile(f)
			got(now, nil)
			return
		}
		l.readAndClose(name, f, size/timeEntrySize*timeEntrySize-timeEntrySize, timeEntrySize, got)
	})
}

// openToRead opens a file, 0 if there is none of the name.
func (l *Log) openToRead(name string, opened func(now env.Now, f env.FileID, size env.Position)) {
	l.w.Disk.Open(l.op(func(now env.Now, e env.Event) {
		if e.Err != nil && !errors.Is(e.Err, env.ErrNotExist) {
			l.fence("open of " + name + ": " + e.Err.Error())
			return
		}
		opened(now, e.File, e.Size)
	}), l.path(name), env.MustExist)
}

func (l *Log) readAndClose(name string, f env.FileID, at env.Position, n int, got func(env.Now, []byte)) {
	l.w.Disk.ReadAt(l.op(func(now env.Now, e env.Event) {
		l.closeFile(f)
		content := append([]byte(nil), e.Bytes...)
		e.Buffer.Release()
		if e.Err != nil {
			l.fence("read of " + name + ": " + e.Err.Error())
			return
		}
		got(now, content)
	}), f, at, n)
}

// writeFile writes a small file whole and syncs it. Failure fences the partition.
func (l *Log) writeFile(name string, content []byte, done func(env.Now)) {
	what := "write of " + name
	l.w.Disk.Open(l.must(what, func(now env.Now, opened env.Event) {
		f := opened.File
		l.w.Disk.WriteAt(l.must(what, func(now env.Now, e env.Event) {
			l.w.Disk.Sync(l.must("sync of "+name, func(now env.Now, e env.Event) {
				l.closeFile(f)
				l.flusher.dir = true
				done(now)
			}), f)
		}), f, 0, content)
	}), l.path(name), env.CreateOrTrim)
}

// replaceFile is writeFile by way of a temporary file, so that a crash leaves the old content or the new.
func (l *Log) replaceFile(name string, content []byte, done func(env.Now)) {
	l.writeFile(name+tempSuffix, content, func(env.Now) {
		l.w.Disk.Rename(l.must("rename of "+name, func(now env.Now, e env.Event) {
			l.flusher.dir = true
			done(now)
		}), l.path(name+tempSuffix), l.path(name))
	})
}

func (l *Log) closeFile(f env.FileID) {
	if f != 0 {
		l.w.Disk.Close(l.op(closed), f)
	}
}

// remove removes a file that may be gone already.
func (l *Log) remove(name string, done func(env.Now)) {
	l.w.Disk.Remove(l.op(func(now env.Now, e env.Event) {
		if e.Err != nil && !errors.Is(e.Err, env.ErrNotExist) {
			l.diskFailed(now, "removal of "+name, e)
			return
		}
		l.flusher.dir = true
		done(now)
	}), l.path(name))
}
