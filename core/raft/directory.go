package raft

import (
	"errors"

	"gregor/core/env"
	"gregor/core/seglog"
)

// then is what happens when a disk operation has completed.
type then func(env.Event)

// directory carries out the replica's own operations on the disk: on every file of its directory that is not the log's.
type directory struct {
	life    *life
	name    string
	ops     *seglog.Ops
	pending map[env.OpID]then
}

// op allocates an OpID and remembers what comes after it, whatever the outcome.
func (d *directory) op(f then) env.OpID {
	id := d.ops.Next()
	d.pending[id] = f
	return id
}

// must is op for operations whose failure ends the replica; what names the operation.
func (d *directory) must(what string, f then) env.OpID {
	return d.op(func(e env.Event) {
		if e.Err != nil {
			e.Buffer.Release()
			d.life.fail("%s: %v", what, e.Err)
			return
		}
		f(e)
	})
}

// resume goes on after a completed operation. A replica that failed goes on with nothing.
func (d *directory) resume(e env.Event) {
	f, ok := d.pending[e.Op]
	if !ok || d.life.state == Failed {
		e.Buffer.Release()
		return
	}
	delete(d.pending, e.Op)
	f(e)
}

// closed ignores the outcome of closing a file.
//
//tidy:outcome what counts of a file is synced before it is closed, and of the others nothing counts
func closed(env.Event) {}

func (d *directory) path(name string) string { return d.name + "/" + name }

func (d *directory) disk() env.Disk { return d.life.world.Disk }

func (d *directory) open(name string, mode env.OpenMode, id env.OpID) {
	d.disk().Open(id, d.path(name), mode)
}

func (d *directory) close(f env.FileID) {
	if f != 0 {
		d.disk().Close(d.op(closed), f)
	}
}

// remove removes a file that may be gone already.
func (d *directory) remove(name string, done func()) {
	d.disk().Remove(d.op(func(e env.Event) {
		if e.Err != nil && !errors.Is(e.Err, env.ErrNotExist) {
			d.life.fail("removal of %s: %v", name, e.Err)
			return
		}
		done()
	}), d.path(name))
}

// removeAll removes files, durably.
func (d *directory) removeAll(names []string, done func()) {
	left := len(names)
	if left == 0 {
		done()
		return
	}
	for _, name := range names {
		d.remove(name, func() {
			if left--; left == 0 {
				d.sync(done)
			}
		})
	}
}

// sync makes the directory's names survive a power cut.
func (d *directory) sync(done func()) {
	d.disk().SyncDir(d.must("sync of "+d.name, func(env.Event) { done() }), d.name)
}

// publish renames a file that is written and synced to its final name, durably.
func (d *directory) publish(name string, done func()) {
	d.disk().Rename(d.must("rename of "+name+partSuffix, func(env.Event) { d.sync(done) }), d.path(name+partSuffix),
		d.path(name))
}
