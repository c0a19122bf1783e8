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

// readFile reads a small file whole. got is called with nil and the error if that fails; a missing file is
// env.ErrNotExist.
func (l *Log) readFile(name string, got func(env.Now, []byte, error)) {
	l.w.Disk.Open(l.op(func(now env.Now, e env.Event) {
		switch {
		case e.Err != nil:
			got(now, nil, e.Err)
		case e.Size > maxSmallFile:
			l.closeFile(e.File)
			got(now, nil, fmt.Errorf("%s has %d bytes; %d is the most", name, e.Size, maxSmallFile))
		default:
			l.readWhole(e.File, int(e.Size), got)
		}
	}), l.path(name), env.MustExist)
}

func (l *Log) readWhole(f env.FileID, n int, got func(env.Now, []byte, error)) {
	l.w.Disk.ReadAt(l.op(func(now env.Now, e env.Event) {
		l.closeFile(f)
		content := append([]byte(nil), e.Bytes...)
		e.Buffer.Release()
		if e.Err != nil {
			content = nil
		}
		got(now, content, e.Err)
	}), f, 0, n)
}

// readEntry reads the last whole time index entry of a file; none if there is no such file or entry.
func (l *Log) readEntry(name string, got func(env.Now, []byte)) {
	l.w.Disk.Open(l.op(func(now env.Now, e env.Event) {
		if e.Err != nil || e.Size < timeEntrySize {
			l.closeFile(e.File)
			got(now, nil)
			return
		}
		at := e.Size/timeEntrySize*timeEntrySize - timeEntrySize
		l.w.Disk.ReadAt(l.op(func(now env.Now, read env.Event) {
			l.closeFile(e.File)
			got(now, read.Bytes)
			read.Buffer.Release()
		}), e.File, at, timeEntrySize)
	}), l.path(name), env.MustExist)
}

// writeFile writes a small file whole and syncs it. Failure fences the partition.
func (l *Log) writeFile(name string, content []byte, done then) {
	what := "write of " + name
	l.w.Disk.Open(l.must(what, func(now env.Now, opened env.Event) {
		f := opened.File
		l.w.Disk.WriteAt(l.must(what, func(now env.Now, e env.Event) {
			l.w.Disk.Sync(l.must("sync of "+name, func(now env.Now, e env.Event) {
				l.closeFile(f)
				l.flusher.dir = true
				done(now, e)
			}), f)
		}), f, 0, content)
	}), l.path(name), env.CreateOrTrim)
}

// replaceFile is writeFile by way of a temporary file, so that a crash leaves the old content or the new.
func (l *Log) replaceFile(name string, content []byte, done then) {
	l.writeFile(name+tempSuffix, content, func(now env.Now, e env.Event) {
		l.w.Disk.Rename(l.must("rename of "+name, func(now env.Now, e env.Event) {
			l.flusher.dir = true
			done(now, e)
		}), l.path(name+tempSuffix), l.path(name))
	})
}

func (l *Log) closeFile(f env.FileID) {
	if f != 0 {
		l.w.Disk.Close(l.op(ignore), f)
	}
}

// remove removes a file that may be gone already.
func (l *Log) remove(name string, done then) {
	l.w.Disk.Remove(l.op(func(now env.Now, e env.Event) {
		if e.Err != nil && !errors.Is(e.Err, env.ErrNotExist) {
			l.fence("removal of " + name + ": " + e.Err.Error())
			return
		}
		l.flusher.dir = true
		done(now, e)
	}), l.path(name))
}
