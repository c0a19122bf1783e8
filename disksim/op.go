package disksim

import (
	"fmt"

	"gregor/core/env"
)

// op is one operation in flight.
type op struct {
	slot, gen uint32
	kind      env.Kind
	id        env.OpID
	cause     uint64
	file      env.FileID
	node      *inode
	pos       int64
	n         int
	parts     [][]byte
	sum       uint64 // a sample of the parts when they were submitted
	path, to  string
	how       env.OpenMode
	mkdir     bool
	upto      uint64 // what a Sync or SyncDir covers
	fail      bool
}

// newOp returns an operation that is not in use.
func (d *Disk) newOp(k env.Kind, id env.OpID) *op {
	slot, fresh := d.slots.Take()
	if fresh {
		d.ops = append(d.ops, &op{slot: slot})
	}
	o := d.ops[slot]
	o.kind, o.id, o.cause = k, id, d.engine.Cause()
	return o
}

func (d *Disk) newFileOp(k env.Kind, id env.OpID, f env.FileID) *op {
	h := d.handle(f, k)
	h.using++
	o := d.newOp(k, id)
	o.file, o.node = f, h.node
	return o
}

// retire gives an operation back. Its generation moves on, so that a Fire still to come finds nothing.
func (d *Disk) retire(o *op) {
	clear(o.parts)
	*o = op{slot: o.slot, gen: o.gen + 1, parts: o.parts[:0]}
	d.slots.Return(o.slot)
}

// submitName queues an operation on names behind the earlier ones.
func (d *Disk) submitName(o *op) {
	d.names = append(d.names, o)
	d.schedule(o, &d.order, 0, 0)
}

// schedule draws when an operation completes.
func (d *Disk) schedule(o *op, r *env.Rand, bytes int, extra int64) {
	draw := r.Uint64()
	at := d.startFor(bytes).Add(d.takes(draw, extra))
	if o.isName() {
		at = max(at, d.lastName+1)
		d.lastName = at
	}
	d.engine.At(at, uint32(draw), uint64(o.gen)<<32|uint64(o.slot))
}

// isName reports whether an operation is one of those that take effect in the order they were submitted.
func (o *op) isName() bool {
	switch o.kind {
	case env.Opened, env.Renamed, env.Removed, env.Listed, env.Spaced:
		return true
	}
	return false
}

// Fire completes the operation of a slot: it takes effect and its outcome goes to the node. An operation that
// a crash overtook is no longer there; Fire then reports false.
func (d *Disk) Fire(slot uint64) bool {
	o := d.ops[uint32(slot)]
	if o.gen != uint32(slot>>32) {
		return false
	}
	d.event = env.Event{Kind: o.kind, Op: o.id, File: o.file}
	d.event.Err = d.apply(o)
	d.finish(o)
	cause := o.cause
	d.about, d.aboutTo = o.path, o.to
	d.retire(o)
	d.engine.Deliver(&d.event, cause)
	return true
}

// apply lets an operation take effect and fills in the outcome's fields.
func (d *Disk) apply(o *op) error {
	switch o.kind {
	case env.Opened:
		return d.applyOpen(o)
	case env.Read:
		return d.applyRead(o)
	case env.Wrote:
		return d.applyWrite(o)
	case env.Truncated:
		return d.applyTruncate(o)
	case env.Synced:
		return d.applySync(o)
	case env.DirSynced:
		return d.syncDir(o.path, o.upto, o.fail)
	case env.Removed:
		if forced(&d.fault.nextNames) {
			return fmt.Errorf("removal of %s: %w", o.path, env.ErrIO)
		}
		return d.remove(o.path)
	case env.FileClosed:
		d.closeFile(o)
		return nil
	case env.Listed:
		entries, err := d.list(o.path)
		d.event.Entries = entries
		return err
	case env.Spaced:
		d.event.Space = d.space()
		return nil
	case env.Renamed:
		if o.mkdir {
			return d.mkdirAll(o.path)
		}
		if forced(&d.fault.nextNames) {
			return fmt.Errorf("rename of %s: %w", o.path, env.ErrIO)
		}
		return d.rename(o.path, o.to)
	}
	panic(fmt.Sprintf("disksim: operation of kind %v", o.kind))
}

// finish takes an operation out of the lists it stands in.
func (d *Disk) finish(o *op) {
	switch {
	case o.isName():
		if d.names[0] != o {
			panic(fmt.Sprintf("disksim: %v of %q completes before %v of %q, submitted earlier", o.kind, o.path, d.names[0].kind,
				d.names[0].path))
		}
		d.names = append(d.names[:0], d.names[1:]...)
	case o.kind == env.DirSynced, o.kind == env.FileClosed:
	default:
		d.release(o.file)
	}
}

func (d *Disk) applyOpen(o *op) error {
	n, err := d.open(o.path, o.how)
	if err != nil {
		return err
	}
	n.opens++
	d.handles = append(d.handles, handle{node: n, path: o.path})
	d.event.File = env.FileID(len(d.handles))
	d.event.Size = env.Position(n.size)
	return nil
}

func (d *Disk) closeFile(o *op) {
	d.handles[o.file-1].node = nil
	o.node.opens--
	d.drop(o.node)
}

func (d *Disk) applyRead(o *op) error {
	if o.fail {
		return fmt.Errorf("read of %s: %w", d.handles[o.file-1].path, env.ErrIO)
	}
	d.rot(o.node, o.pos, o.n)
	b := d.buffers.Take(int(max(0, min(int64(o.n), o.node.size-o.pos))))
	o.node.readAt(b.Bytes, o.pos)
	d.event.Bytes, d.event.Buffer = b.Bytes, b
	return nil
}

func (d *Disk) applyTruncate(o *op) error {
	grows := o.pos - o.node.size
	if grows > 0 && d.room() < grows {
		return fmt.Errorf("truncate of %s: %w", d.handles[o.file-1].path, env.ErrNoSpace)
	}
	d.used += grows
	o.node.truncate(o.pos)
	d.engine.Hash(uint64(o.pos))
	return nil
}

func (d *Disk) applySync(o *op) error {
	if o.fail {
		o.node.decide(o.upto, doomed)
		return fmt.Errorf("sync of %s: %w", d.handles[o.file-1].path, env.ErrIO)
	}
	o.node.decide(o.upto, durable)
	return nil
}
