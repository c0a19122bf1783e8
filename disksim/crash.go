package disksim

import (
	"fmt"

	"gregor/core/env"
)

// Crash ends the process that used the disk: completed operations stay, of those in flight any part, and all
// files are closed.
func (d *Disk) Crash() {
	d.ends++
	r := d.rnd.ForkN("crash", d.ends)
	d.crashNames(r.IntN(len(d.names)+1), &r)
	for _, o := range d.ops {
		if o.kind != 0 {
			d.crashOp(o, &r)
		}
	}
	d.names = d.names[:0]
	d.handles = nil
	d.lastName = 0
	d.used = 0
	d.eachFile(d.root, "", func(_ string, n *inode) {
		n.opens, n.writing = 0, nil
		d.used += n.size
	})
}

// crashNames lets the first n operations on names in flight happen.
func (d *Disk) crashNames(n int, r *env.Rand) {
	for _, o := range d.names[:n] {
		switch {
		case o.kind == env.Opened:
			_, _ = d.open(o.path, o.how) // the process that would get the error is gone
		case o.kind == env.Removed:
			_ = d.remove(o.path)
		case o.mkdir:
			_ = d.mkdirAll(o.path)
		case o.kind == env.Renamed:
			_ = d.rename(o.path, o.to)
		}
	}
}

// crashOp lets an operation in flight happen in part and retires it.
func (d *Disk) crashOp(o *op, r *env.Rand) {
	switch o.kind {
	case env.Wrote:
		d.unwatch(o)
		d.put(o, min(r.IntN(o.n+1), o.fits(d.room())))
	case env.Truncated:
		if r.Chance(1, 2) && o.pos-o.node.size <= d.room() {
			o.node.truncate(o.pos)
		}
	}
	d.retire(o)
}

// PowerCut is a crash after which the seed, or Options.PowerCut, decides what the medium kept of what was not
// synced.
func (d *Disk) PowerCut() {
	d.Crash()
	d.powerCut()
}

// Wipe empties the disk. The process must not run.
func (d *Disk) Wipe() {
	if len(d.handles) > 0 {
		panic(fmt.Sprintf("disksim: Wipe with %d files open; crash the node first", len(d.handles)))
	}
	d.root = newDir()
	d.used = 0
}

// File is a file as Files and ReadFile show it to a person or a test.
type File struct {
	Path     string
	Size     env.Position
	Unsynced int // changes no Sync has covered
}

// Files lists all files by path, as they are now.
func (d *Disk) Files() []File {
	var list []File
	d.eachFile(d.root, "", func(path string, n *inode) {
		list = append(list, File{Path: path, Size: env.Position(n.size), Unsynced: len(n.list)})
	})
	return list
}

// ReadFile returns a file's present bytes.
func (d *Disk) ReadFile(path string) ([]byte, error) {
	n := d.find(path)
	if n == nil || n.dir {
		return nil, fmt.Errorf("%s: %w", path, env.ErrNotExist)
	}
	return n.copyOf(0, n.size), nil
}

// WriteFile puts a file on the disk, synced, with the directories above it. It is how a run begins on a disk
// that is not empty.
func (d *Disk) WriteFile(path string, b []byte) error {
	dir, _ := split(path)
	if err := d.mkdirAll(dir); err != nil {
		return err
	}
	n, err := d.open(path, env.CreateOrTrim)
	if err != nil {
		return err
	}
	n.write(0, [][]byte{b}, len(b), int64(len(b)))
	n.forget()
	d.used += n.size
	for at := dir; ; at, _ = split(at) {
		if err := d.syncDir(at, d.stamp, false); err != nil || at == "" {
			return err
		}
	}
}

// Used is the bytes of all files.
func (d *Disk) Used() int64 { return d.used }
