package disksim

import (
	"fmt"
	"math"

	"gregor/core/env"
)

// watch notes a write that begins: its bytes must stay as they are, and no other write may overlap it.
func (d *Disk) watch(o *op) {
	for _, w := range o.node.writing {
		if o.pos < w.pos+int64(w.n) && w.pos < o.pos+int64(o.n) {
			panic(fmt.Sprintf("disksim: WriteAt of %s [%d, %d) while [%d, %d) is in flight: overlapping writes have no order",
				d.handles[o.file-1].path, o.pos, o.pos+int64(o.n), w.pos, w.pos+int64(w.n)))
		}
	}
	o.node.writing = append(o.node.writing, o)
	if !d.opts.SkipChecks {
		o.sum = d.sample(o.parts)
	}
}

// sampled is how many pieces of a long part a sample looks at, and wholly how long a part it looks at all of,
// in bytes.
const (
	sampled = 16
	wholly  = 1024
)

// sample is a checksum of places spread over the parts of a write: enough to notice a buffer that was used again,
// at no cost to speak of.
func (d *Disk) sample(parts [][]byte) uint64 {
	var s uint64
	for _, p := range parts {
		if len(p) <= wholly {
			s = s*31 + d.engine.Sum(p)
			continue
		}
		for i := range sampled {
			at := i * (len(p) - 32) / (sampled - 1)
			s = s*31 + d.engine.Sum(p[at:at+32])
		}
	}
	return s
}

// digest folds what a write brings into the run's hash.
func (d *Disk) digest(o *op) {
	s := uint64(o.pos)
	for _, p := range o.parts {
		s = s*31 + d.engine.Sum(p)
	}
	d.engine.Hash(s)
}

// unwatch ends a write and checks that its bytes have not changed.
func (d *Disk) unwatch(o *op) {
	list := o.node.writing
	for i, w := range list {
		if w == o {
			list[i] = list[len(list)-1]
			o.node.writing = list[:len(list)-1]
			break
		}
	}
	if !d.opts.SkipChecks && d.sample(o.parts) != o.sum {
		panic(fmt.Sprintf("disksim: the bytes of WriteAt %d (%s, %d bytes at %d) changed before Wrote: was their buffer released too early?",
			o.id, d.handles[o.file-1].path, o.n, o.pos))
	}
	d.digest(o)
}

// applyWrite lets a write take effect, as far as faults and space allow.
func (d *Disk) applyWrite(o *op) error {
	d.unwatch(o)
	take, err := o.n, error(nil)
	if o.fail {
		take, err = o.node.rnd.IntN(o.n+1), env.ErrIO
	}
	if fits := o.fits(d.room()); take > fits {
		take, err = fits, env.ErrNoSpace
	}
	d.put(o, take)
	if err != nil {
		return fmt.Errorf("write of %s: %w", d.handles[o.file-1].path, err)
	}
	return nil
}

// put writes the first take bytes of an operation, in the right place or not.
func (d *Disk) put(o *op, take int) {
	if take == 0 {
		return
	}
	pos, length, before := o.pos, o.pos+int64(take), o.node.size
	if d.fault.misdirected(&d.opts) {
		pos, take = d.fault.elsewhere(o.node.size, take)
	}
	o.node.write(pos, o.parts, take, length)
	d.used += o.node.size - before
}

// fits is how many bytes of a write find place when the disk has room for so many more.
func (o *op) fits(room int64) int {
	beyond := o.pos + int64(o.n) - o.node.size
	if beyond <= room {
		return o.n
	}
	return max(0, o.n-int(min(beyond-room, int64(o.n))))
}

// room is how many bytes the files may still grow by.
func (d *Disk) space() *env.Space {
	if d.opts.CapacityBytes == 0 {
		return &env.Space{Total: -1, Usable: -1}
	}
	return &env.Space{Total: d.opts.CapacityBytes, Usable: d.room()}
}

func (d *Disk) room() int64 {
	if d.opts.CapacityBytes == 0 {
		return math.MaxInt64
	}
	return max(0, d.opts.CapacityBytes-d.used)
}
