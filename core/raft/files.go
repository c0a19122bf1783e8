package raft

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gregor/core/env"
	"gregor/core/seglog"
)

// The names in the partition's directory that are not the log's.
const (
	stateFile        = "quorum-state"
	checkpointSuffix = ".checkpoint"
	partSuffix       = ".part"
	logSuffix        = ".log"
)

// then is what happens when an operation has come back.
type then func(env.Event)

// files are the replica's own operations on the disk.
type files struct {
	ops     *seglog.Ops
	pending map[env.OpID]then
}

// op allocates an OpID and remembers what comes after it, whatever the outcome.
func (r *Replica) op(f then) env.OpID {
	id := r.files.ops.Next()
	r.files.pending[id] = f
	return id
}

// must is op for operations whose failure ends the replica; what says what was attempted.
func (r *Replica) must(what string, f then) env.OpID {
	return r.op(func(e env.Event) {
		if e.Err != nil {
			e.Buffer.Release()
			r.fail("%s: %v", what, e.Err)
			return
		}
		f(e)
	})
}

func (r *Replica) resume(e env.Event) {
	f, ok := r.files.pending[e.Op]
	if !ok || r.state == Failed {
		e.Buffer.Release()
		return
	}
	delete(r.files.pending, e.Op)
	f(e)
}

// closed takes the outcome of closing a file.
//
//tidy:outcome what counts of a file is synced before it is closed, and of the others nothing counts
func closed(env.Event) {}

func (r *Replica) path(name string) string { return r.cfg.Dir + "/" + name }

func (r *Replica) closeFile(f env.FileID) {
	if f != 0 {
		r.w.Disk.Close(r.op(closed), f)
	}
}

// remove removes a file that may be gone already.
func (r *Replica) remove(name string, done func()) {
	r.w.Disk.Remove(r.op(func(e env.Event) {
		if e.Err != nil && !errors.Is(e.Err, env.ErrNotExist) {
			r.fail("removal of %s: %v", name, e.Err)
			return
		}
		done()
	}), r.path(name))
}

// syncDir makes the directory's names survive a power cut.
func (r *Replica) syncDir(done func()) {
	r.w.Disk.SyncDir(r.must("sync of "+r.cfg.Dir, func(env.Event) { done() }), r.cfg.Dir)
}

// publish gives a file that is written and synced its name, durably.
func (r *Replica) publish(name string, done func()) {
	r.w.Disk.Rename(r.must("rename of "+name+partSuffix, func(env.Event) { r.syncDir(done) }), r.path(name+partSuffix), r.path(name))
}

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
	return SnapshotID{env.Offset(end), env.LeaderEpoch(epoch)}, err1 == nil && err2 == nil
}

// booting is what was found in the directory.
type booting struct {
	hasState bool
	junk     []string
	bases    []env.Offset // of .log files
	names    []string     // of all files with such a base
}

// boot lists the directory and sorts what is in it.
func (r *Replica) boot() {
	dir := r.cfg.Dir
	parent := dir[:max(strings.LastIndexByte(dir, '/'), 0)]
	r.w.Disk.MkdirAll(r.must("creation of "+dir, func(env.Event) {
		r.w.Disk.SyncDir(r.must("sync of the data directory", func(env.Event) {
			r.w.Disk.List(r.must("listing of "+dir, func(e env.Event) { r.bootFrom(e.Entries) }), dir)
		}), parent)
	}), dir)
}

func (r *Replica) bootFrom(entries []env.DirEntry) {
	var b booting
	for _, e := range entries {
		id, isCheckpoint := parseCheckpoint(e.Name)
		switch {
		case e.Dir:
		case e.Name == stateFile:
			b.hasState = true
		case strings.HasSuffix(e.Name, partSuffix):
			b.junk = append(b.junk, e.Name)
		case isCheckpoint:
			r.snaps = append(r.snaps, snapshot{id: id, size: e.Size})
		default:
			b.note(e.Name)
		}
	}
	slices.SortFunc(r.snaps, func(a, b snapshot) int { return int(min(max(a.id.End-b.id.End, -1), 1)) })
	b.bury(r.latest())
	r.removeAll(b.junk, func() { r.readState(b.hasState) })
}

// note remembers a segment's file.
func (b *booting) note(name string) {
	digits, kind, _ := strings.Cut(name, ".")
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || len(digits) != 20 {
		return
	}
	b.names = append(b.names, name)
	if "."+kind == logSuffix {
		b.bases = append(b.bases, env.Offset(n))
	}
}

// bury adds the segments that lie wholly below the newest snapshot to what is removed. A power cut may have brought
// some of them back and others not, and the log must not be taken for one with a hole.
func (b *booting) bury(latest SnapshotID) {
	keep := env.Offset(0)
	for _, base := range b.bases {
		if base <= latest.End {
			keep = max(keep, base)
		}
	}
	for _, name := range b.names {
		digits, _, _ := strings.Cut(name, ".")
		n, _ := strconv.ParseUint(digits, 10, 63)
		if env.Offset(n) < keep {
			b.junk = append(b.junk, name)
		}
	}
}

func (r *Replica) removeAll(names []string, done func()) {
	left := len(names)
	if left == 0 {
		done()
		return
	}
	for _, name := range names {
		r.remove(name, func() {
			if left--; left == 0 {
				r.syncDir(done)
			}
		})
	}
}

// latest is the newest snapshot; the zero SnapshotID if there is none.
func (r *Replica) latest() SnapshotID {
	if n := len(r.snaps); n > 0 {
		return r.snaps[n-1].id
	}
	return SnapshotID{}
}
