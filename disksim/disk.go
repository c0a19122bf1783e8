package disksim

import (
	"fmt"

	"gregor/core/env"
	"gregor/core/env/buffers"
	"gregor/core/slab"
)

// Disk is one node's disk. It is an env.Disk to the node's running incarnation.
//
//tidy:size every operation of env.Disk with its apply, its faults and its options
type Disk struct {
	engine Engine
	opts   Options
	rnd    env.Rand // parent of the streams of files, names and power cuts
	root   *inode
	used   int64  // bytes of all files
	stamp  uint64 // counts changes of names
	ends   uint64 // counts crashes and power cuts
	marks  int

	created map[string]uint64 // how often each path was created

	handles  []handle // index FileID-1, of this incarnation
	ops      []*op    // in flight or free
	slots    slab.Numbers
	names    []*op // operations on names in flight, in the order submitted
	lastName env.Instant
	order    env.Rand // draws for operations on names
	busyTill env.Instant
	stalled  env.Instant
	fault    faults
	buffers  buffers.Pool
	event    env.Event // the outcome being delivered
	about    string    // the path that it is about,
	aboutTo  string    // and the new one of a rename
}

// handle is an open file.
type handle struct {
	node    *inode // nil once closed
	path    string
	using   int // operations in flight and regions pinned
	closing *op
}

var _ env.Disk = (*Disk)(nil)

// New makes an empty disk. All its randomness is forked from rnd.
func New(engine Engine, o Options, rnd env.Rand) *Disk {
	d := &Disk{engine: engine, opts: o, rnd: rnd, root: newDir(), created: map[string]uint64{}}
	d.order = rnd.Fork("names")
	d.fault = newFaults(rnd)
	d.buffers.Scribble = !o.SkipChecks
	return d
}

// Open is env.Disk's Open.
func (d *Disk) Open(id env.OpID, path string, how env.OpenMode) {
	o := d.newOp(env.Opened, id)
	o.path, o.how = path, how
	d.submitName(o)
}

// MkdirAll is env.Disk's MkdirAll.
func (d *Disk) MkdirAll(id env.OpID, dir string) {
	o := d.newOp(env.Renamed, id)
	o.path, o.mkdir = dir, true
	d.submitName(o)
}

// Rename is env.Disk's Rename.
func (d *Disk) Rename(id env.OpID, from, to string) {
	o := d.newOp(env.Renamed, id)
	o.path, o.to = from, to
	d.submitName(o)
}

// Remove is env.Disk's Remove.
func (d *Disk) Remove(id env.OpID, path string) {
	o := d.newOp(env.Removed, id)
	o.path = path
	d.submitName(o)
}

// List is env.Disk's List.
func (d *Disk) List(id env.OpID, dir string) {
	o := d.newOp(env.Listed, id)
	o.path = dir
	d.submitName(o)
}

// Space is env.Disk's Space.
func (d *Disk) Space(id env.OpID) { d.submitName(d.newOp(env.Spaced, id)) }

// SyncDir is env.Disk's SyncDir. It covers the names as they are now, not as they will be when it completes.
func (d *Disk) SyncDir(id env.OpID, dir string) {
	o := d.newOp(env.DirSynced, id)
	o.path, o.upto = dir, d.stamp
	o.fail = d.fault.sync(&d.opts)
	d.schedule(o, &d.order, 0, d.opts.SyncNanos)
}

// ReadAt is env.Disk's ReadAt.
func (d *Disk) ReadAt(id env.OpID, f env.FileID, pos env.Position, n int) {
	o := d.newFileOp(env.Read, id, f)
	o.pos, o.n = int64(pos), n
	o.fail = d.fault.read(&d.opts)
	d.schedule(o, &o.node.rnd, n, 0)
}

// WriteAt is env.Disk's WriteAt.
func (d *Disk) WriteAt(id env.OpID, f env.FileID, pos env.Position, parts ...[]byte) {
	o := d.newFileOp(env.Wrote, id, f)
	o.pos = int64(pos)
	o.parts = append(o.parts[:0], parts...)
	for _, p := range parts {
		o.n += len(p)
	}
	d.watch(o)
	o.fail = d.fault.write(&d.opts)
	d.schedule(o, &o.node.rnd, o.n, 0)
}

// Truncate is env.Disk's Truncate.
func (d *Disk) Truncate(id env.OpID, f env.FileID, size env.Position) {
	o := d.newFileOp(env.Truncated, id, f)
	o.pos = int64(size)
	d.schedule(o, &o.node.rnd, 0, 0)
}

// Sync is env.Disk's Sync. It covers what has taken effect by now, not what will have when it completes.
func (d *Disk) Sync(id env.OpID, f env.FileID) {
	o := d.newFileOp(env.Synced, id, f)
	o.upto = o.node.next()
	o.fail = d.fault.sync(&d.opts)
	d.schedule(o, &o.node.rnd, 0, d.opts.SyncNanos)
}

// Close is env.Disk's Close. It waits for operations and pinned regions; submitting more is a bug.
func (d *Disk) Close(id env.OpID, f env.FileID) {
	h := d.handle(f, env.FileClosed)
	o := d.newOp(env.FileClosed, id)
	o.file, o.node = f, h.node
	h.closing = o
	if h.using == 0 {
		d.schedule(o, &o.node.rnd, 0, 0)
	}
}

// handle returns an open file that may still be used.
func (d *Disk) handle(f env.FileID, k env.Kind) *handle {
	if f == 0 || int(f) > len(d.handles) {
		panic(fmt.Sprintf("disksim: %v of file %d, which was never opened in this incarnation", k, f))
	}
	h := &d.handles[f-1]
	if h.node == nil || h.closing != nil {
		panic(fmt.Sprintf("disksim: %v of file %d (%s) after Close was submitted", k, f, h.path))
	}
	return h
}

// Pin keeps a file open while a Region of it waits to be sent.
func (d *Disk) Pin(f env.FileID) { d.handle(f, env.Sent).using++ }

// Unpin undoes one Pin.
func (d *Disk) Unpin(f env.FileID) { d.release(f) }

// release ends one use of a file; the last one lets a waiting Close go on.
func (d *Disk) release(f env.FileID) {
	h := &d.handles[f-1]
	if h.using--; h.using == 0 && h.closing != nil {
		d.schedule(h.closing, &h.node.rnd, 0, 0)
	}
}

// Region copies a pinned file's bytes, as they are now, into dst. It fails where a read would, and where the
// file ends early.
func (d *Disk) Region(f env.FileID, pos env.Position, dst []byte) error {
	n := d.handles[f-1].node
	if d.fault.read(&d.opts) {
		return fmt.Errorf("region of %s: %w", d.handles[f-1].path, env.ErrIO)
	}
	d.rot(n, int64(pos), len(dst))
	if got := n.readAt(dst, int64(pos)); got < len(dst) {
		return fmt.Errorf("region of %s: %d bytes at %d, the file has %d: %w", d.handles[f-1].path, len(dst), pos, got,
			env.ErrIO)
	}
	return nil
}
