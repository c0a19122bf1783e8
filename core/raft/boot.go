package raft

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gregor/core/env"
	"gregor/core/kafka"
)

// The names in the partition's directory that are not the log's.
const (
	stateFileName    = "quorum-state"
	checkpointSuffix = ".checkpoint"
	partSuffix       = ".part"
	logSuffix        = ".log"
)

func checkpointName(id SnapshotID) string {
	return fmt.Sprintf("%020d-%010d%s", id.End, id.Epoch, checkpointSuffix)
}

// parseCheckpoint reads a checkpoint's name.
func parseCheckpoint(name string) (SnapshotID, bool) {
	base, ok := strings.CutSuffix(name, checkpointSuffix)
	if !ok || len(base) != 31 || base[20] != '-' {
		return SnapshotID{}, false
	}
	end, err1 := strconv.ParseUint(base[:20], 10, 63)
	epoch, err2 := strconv.ParseUint(base[21:], 10, 31)
	return SnapshotID{kafka.Offset(end), kafka.LeaderEpoch(epoch)}, err1 == nil && err2 == nil
}

// listing is what a start finds in the directory.
type listing struct {
	hasState  bool
	snapshots []snapshot     // ascending
	junk      []string       // to be removed
	bases     []kafka.Offset // of .log files
	names     []string       // of all files with such a base
}

// inspect sorts the entries of the directory.
func inspect(entries []env.DirEntry) listing {
	var l listing
	for _, e := range entries {
		id, isCheckpoint := parseCheckpoint(e.Name)
		switch {
		case e.Dir:
		case e.Name == stateFileName:
			l.hasState = true
		case strings.HasSuffix(e.Name, partSuffix):
			l.junk = append(l.junk, e.Name)
		case isCheckpoint:
			l.snapshots = append(l.snapshots, snapshot{id: id, size: e.Size})
		default:
			l.addSegment(e.Name)
		}
	}
	slices.SortFunc(l.snapshots, func(a, b snapshot) int { return int(min(max(a.id.End-b.id.End, -1), 1)) })
	if n := len(l.snapshots); n > 0 {
		l.dropBelow(l.snapshots[n-1].id.End)
	}
	return l
}

// addSegment remembers a segment's file.
func (l *listing) addSegment(name string) {
	digits, kind, _ := strings.Cut(name, ".")
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || len(digits) != 20 {
		return
	}
	l.names = append(l.names, name)
	if "."+kind == logSuffix {
		l.bases = append(l.bases, kafka.Offset(n))
	}
}

// dropBelow adds the segments that lie wholly below the newest snapshot's end to the junk. A power cut may have
// restored some of them and others not, and the log would have a hole.
func (l *listing) dropBelow(end kafka.Offset) {
	keep := kafka.Offset(0)
	for _, base := range l.bases {
		if base <= end {
			keep = max(keep, base)
		}
	}
	for _, name := range l.names {
		digits, _, _ := strings.Cut(name, ".")
		n, _ := strconv.ParseUint(digits, 10, 63)
		if kafka.Offset(n) < keep {
			l.junk = append(l.junk, name)
		}
	}
}

// boot reads the directory, then quorum-state, and then opens the log.
func (r *Replica) boot() {
	dir := r.cfg.Dir
	parent := dir[:max(strings.LastIndexByte(dir, '/'), 0)]
	disk := r.dir.disk()
	disk.MkdirAll(r.dir.must("creation of "+dir, func(env.Event) {
		disk.SyncDir(r.dir.must("sync of the data directory", func(env.Event) {
			disk.List(r.dir.must("listing of "+dir, func(e env.Event) { r.bootFrom(inspect(e.Entries)) }), dir)
		}), parent)
	}), dir)
}

func (r *Replica) bootFrom(found listing) {
	r.snapshots.list = found.snapshots
	r.dir.removeAll(found.junk, func() {
		r.state.read(found.hasState, func(e election) {
			r.at.election = e
			r.log.open()
		})
	})
}
