package seglog

import (
	"gregor/core/env"
	"gregor/core/must"
)

// Ops allocates the OpIDs of one owner, so that the node that receives an outcome finds the log it belongs to.
type Ops struct {
	owner uint32
	seq   uint32
}

// NewOps returns the allocator of an owner. Owners of one node must differ.
func NewOps(owner uint32) *Ops { return &Ops{owner: owner} }

// Next allocates an OpID. It is never zero.
func (o *Ops) Next() env.OpID {
	o.seq++
	if o.seq == 0 {
		o.seq = 1
	}
	return env.OpID(uint64(o.owner)<<32 | uint64(o.seq))
}

// Owner returns the owner of an op.
func Owner(op env.OpID) uint32 { return uint32(op >> 32) }

// then is what happens when an operation has come back.
type then func(env.Now, env.Event)

// directory is the folder of one log. It submits operations and remembers what follows each outcome. Its users name
// files, not paths. It knows nothing of batches and offsets.
type directory struct {
	disk    env.Disk
	ops     *Ops
	name    string
	owner   owner
	pending map[env.OpID]then
	names   bool // a name in it was created, replaced or removed since the last flush synced it
	parent  bool // likewise for its own name in the directory above
}

// owner is what a directory needs of its log when an operation fails.
type owner interface {
	diskFailed(now env.Now, what string, e env.Event) // the log becomes Full or Fenced, depending on the error
	fence(reason string)
	warn(format string, args ...any)
}

// op allocates an OpID and remembers what comes after it, whatever the outcome.
func (d *directory) op(f then) env.OpID {
	id := d.ops.Next()
	if d.pending[id] != nil {
		must.Fail("seglog: op %d of %s is in flight already; does another log have the same owner number?", id, d.name)
	}
	d.pending[id] = f
	return id
}

// must is op for operations whose failure fences the partition; what names the attempt.
func (d *directory) must(what string, f then) env.OpID {
	return d.op(func(now env.Now, e env.Event) {
		if e.Err != nil {
			e.Buffer.Release()
			d.owner.diskFailed(now, what, e)
			return
		}
		f(now, e)
	})
}

func (d *directory) resume(now env.Now, e env.Event) {
	f, ok := d.pending[e.Op]
	if !ok {
		e.Buffer.Release()
		if e.Kind == env.Opened && e.Err == nil {
			d.closeFile(e.File)
		}
		return
	}
	delete(d.pending, e.Op)
	f(now, e)
}

// nothing is what comes after the last step.
func nothing(env.Now) {}

// closed handles the outcome of closing a file. It cannot matter: what counts of the file was synced before.
//
//tidy:outcome what counts of a file is synced before it is closed, and of the others nothing counts
func closed(env.Now, env.Event) {}
