package disksim

import (
	"time"

	"gregor/core/env"
)

// faults draws what goes wrong, each fault from a stream of its own: one that is switched off moves none of
// the others.
type faults struct {
	tails, stalls, reads, writes, syncs, rots, strays env.Rand

	nextReads, nextWrites, nextSyncs, nextNames int // so many fail whatever is drawn
}

func newFaults(r env.Rand) faults {
	return faults{tails: r.Fork("tail"), stalls: r.Fork("stall"), reads: r.Fork("read error"),
		writes: r.Fork("write error"),
		syncs:  r.Fork("sync error"), rots: r.Fork("bit rot"), strays: r.Fork("misdirected")}
}

const million = 1_000_000

// hit draws a chance per million.
func hit(r *env.Rand, perMillion int) bool { return perMillion > 0 && r.IntN(million) < perMillion }

// forced uses up one of the operations that are to fail in any case.
func forced(n *int) bool {
	if *n == 0 {
		return false
	}
	*n--
	return true
}

func (f *faults) read(o *Options) bool {
	return forced(&f.nextReads) || hit(&f.reads, o.ReadErrorPerMillion)
}

func (f *faults) write(o *Options) bool {
	return forced(&f.nextWrites) || hit(&f.writes, o.WriteErrorPerMillion)
}

func (f *faults) sync(o *Options) bool {
	return forced(&f.nextSyncs) || hit(&f.syncs, o.SyncErrorPerMillion)
}

func (f *faults) misdirected(o *Options) bool { return hit(&f.strays, o.MisdirectedPerMillion) }

// elsewhere picks where in a file of that size a misdirected write lands, and how much of it fits.
func (f *faults) elsewhere(size int64, n int) (int64, int) {
	pos := int64(f.strays.IntN(int(size/sector)+1)) * sector
	return pos, int(min(int64(n), max(0, size-pos)))
}

// rot flips a bit among those about to be read.
func (d *Disk) rot(n *inode, pos int64, length int) {
	end := min(n.size, pos+int64(length))
	if end > pos && hit(&d.fault.rots, d.opts.BitRotPerMillion) {
		n.flip(d.fault.rots.Between(pos, end-1), uint(d.fault.rots.IntN(8)))
	}
}

// startFor returns when the device is done with the transfer of some bytes that begins now.
func (d *Disk) startFor(bytes int) env.Instant {
	at := d.engine.Now()
	if hit(&d.fault.stalls, d.opts.StallPerMillion) {
		d.Stall(time.Duration(d.opts.StallNanos))
	}
	at = max(at, d.stalled)
	if d.opts.BytesPerSecond > 0 && bytes > 0 {
		at = max(at, d.busyTill).Add(time.Duration(int64(bytes) * int64(time.Second) / d.opts.BytesPerSecond))
		d.busyTill = at
	}
	return at
}

// takes is how long an operation takes besides its transfer. draw is its entity's next random number.
func (d *Disk) takes(draw uint64, extra int64) time.Duration {
	t := d.opts.LatencyNanos + extra
	if d.opts.JitterNanos > 0 {
		t += int64(draw>>1) % (d.opts.JitterNanos + 1)
	}
	if hit(&d.fault.tails, d.opts.TailPerMillion) {
		t += d.fault.tails.Between(0, d.opts.TailNanos)
	}
	return time.Duration(t)
}

// Stall lets nothing complete that is submitted before d has passed.
func (d *Disk) Stall(t time.Duration) { d.stalled = max(d.stalled, d.engine.Now().Add(t)) }

// FailReads lets the next n reads, of regions too, fail with EIO.
func (d *Disk) FailReads(n int) { d.fault.nextReads += n }

// FailWrites lets the next n writes fail with EIO, any part of them written.
func (d *Disk) FailWrites(n int) { d.fault.nextWrites += n }

// FailSyncs lets the next n syncs, of files or directories, fail with EIO and mark their pages clean.
func (d *Disk) FailSyncs(n int) { d.fault.nextSyncs += n }

// FailNames lets the next n renames and removals fail with EIO, and nothing of them happen.
func (d *Disk) FailNames(n int) { d.fault.nextNames += n }

// Options are the faults and the speed in force.
func (d *Disk) Options() Options { return d.opts }

// SetOptions takes effect with the next operation submitted.
func (d *Disk) SetOptions(o Options) {
	d.opts = o
	d.buffers.Scribble = !o.SkipChecks
}

// Rot flips one bit of a file and reports whether there was one.
func (d *Disk) Rot(path string, pos env.Position, bit uint) bool {
	n := d.find(path)
	if n == nil || n.dir || int64(pos) >= n.size {
		return false
	}
	n.flip(int64(pos), bit)
	return true
}

// SomeByte chooses a byte of files, each with the same chance, and reports false where they have none.
func (d *Disk) SomeByte(r *env.Rand, paths []string) (path string, pos env.Position, ok bool) {
	var total int64
	for _, p := range paths {
		total += d.sizeOf(p)
	}
	if total == 0 {
		return "", 0, false
	}
	at := r.Between(0, total-1)
	for _, p := range paths {
		if size := d.sizeOf(p); at >= size {
			at -= size
			continue
		}
		return p, env.Position(at), true
	}
	return "", 0, false
}

// sizeOf is how long a file is, 0 if there is none.
func (d *Disk) sizeOf(path string) int64 {
	if n := d.find(path); n != nil && !n.dir {
		return n.size
	}
	return 0
}
