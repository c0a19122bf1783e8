package sim

import (
	"fmt"
	"strings"

	"gregor/core/env"
	"gregor/disksim"
	"gregor/netsim"
)

// mark gives a fault its event number.
func (w *World) mark(n *node, format string, args ...any) {
	w.event++
	w.current, w.causeNow, w.acting, w.kind = w.event, 0, n, 0
	text := fmt.Sprintf(format, args...)
	w.mix(uint64(w.now))
	w.mix(Sum([]byte(text)))
	if w.trace != nil {
		w.trace.fault(w, n, text)
	}
	w.bound()
}

// Crash ends a node's process. Nothing happens to one that is down.
func (w *World) Crash(name string) {
	n := w.node(name)
	w.mark(n, "crash %s", name)
	w.exit(n)
}

// PowerCut ends a node's machine: its process, its connections without goodbye, and what its disk had not
// synced. Restart brings it back.
func (w *World) PowerCut(name string) {
	n := w.node(name)
	w.mark(n, "power cut %s", name)
	n.up, n.proc = false, nil
	n.life++
	n.inbox, n.waking = nil, false
	n.timerGen++
	w.net.PowerOff(n.index)
	n.disk.PowerCut()
}

// Restart starts a node's next incarnation, crashing the one that runs.
func (w *World) Restart(name string) {
	n := w.node(name)
	w.mark(n, "restart %s", name)
	w.exit(n)
	w.bootSoon(n)
}

// EmptyDisk crashes a node and leaves it with an empty disk, down.
func (w *World) EmptyDisk(name string) {
	n := w.node(name)
	w.mark(n, "empty the disk of %s", name)
	w.exit(n)
	n.disk.Wipe()
}

// Shutdown asks a node to stop gracefully. It is down once it has emitted Stopped, GaveUp, or ClientClosed.
func (w *World) Shutdown(name string) {
	n := w.node(name)
	w.mark(n, "shut down %s", name)
	n.asked = true
	w.deliver(n, &env.Event{Kind: env.Shutdown}, w.current)
}

// Up reports whether a node's process runs.
func (w *World) Up(name string) bool { return w.node(name).up }

// Pause stops a node's process without ending it; its events wait.
func (w *World) Pause(name string) {
	n := w.node(name)
	w.mark(n, "pause %s", name)
	n.paused = n.up
}

// Resume undoes Pause.
func (w *World) Resume(name string) {
	n := w.node(name)
	w.mark(n, "resume %s", name)
	n.paused = false
	if len(n.inbox) > 0 {
		n.wakeSoon()
	}
}

// SlowCPU sets what each step of a node costs in virtual time.
func (w *World) SlowCPU(name string, stepNanos int64) {
	n := w.node(name)
	w.mark(n, "each step of %s takes %v", name, nanos(stepNanos))
	n.stepNanos = stepNanos
}

// ClockJump moves a node's wall clock, forward or back.
func (w *World) ClockJump(name string, millis int64) {
	n := w.node(name)
	w.mark(n, "the clock of %s jumps %d ms", name, millis)
	n.clock.rebase(w.now)
	n.clock.wall += millis * millisecond
}

// ClockDrift sets how fast a node's clocks run.
func (w *World) ClockDrift(name string, ppm int64) {
	n := w.node(name)
	w.mark(n, "the clocks of %s drift %d ppm", name, ppm)
	n.clock.rebase(w.now)
	n.clock.ppm = max(-maxDrift, min(maxDrift, ppm))
	if n.up {
		n.timerLive = false
		w.rearm(n)
	}
}

// Partition cuts every link between two sides, both ways.
func (w *World) Partition(a, b []string) {
	w.mark(nil, "partition %s | %s", strings.Join(a, " "), strings.Join(b, " "))
	for _, x := range a {
		for _, y := range b {
			w.net.Cut(x, y)
			w.net.Cut(y, x)
		}
	}
}

// CutLink cuts one direction between two nodes.
func (w *World) CutLink(from, to string) {
	w.mark(nil, "cut %s -> %s", from, to)
	w.net.Cut(from, to)
}

// MendLink undoes CutLink.
func (w *World) MendLink(from, to string) {
	w.mark(nil, "mend %s -> %s", from, to)
	w.net.Mend(from, to)
}

// Heal mends every link, and lets what is held arrive.
func (w *World) Heal() {
	w.mark(nil, "heal")
	for _, a := range w.nodes {
		for _, b := range w.nodes {
			w.net.Mend(a.name, b.name)
			w.net.Release(a.name, b.name)
		}
	}
}

// Hold keeps what is and will be under way on the present connections from one node to another.
func (w *World) Hold(from, to string) {
	w.mark(nil, "hold %s -> %s", from, to)
	w.net.Hold(from, to)
}

// Release lets what Hold kept arrive.
func (w *World) Release(from, to string) {
	w.mark(nil, "release %s -> %s", from, to)
	w.net.Release(from, to)
}

// Reset ends the connections between two nodes at both ends.
func (w *World) Reset(a, b string) {
	w.mark(nil, "reset %s - %s", a, b)
	w.net.Reset(a, b)
}

// ResetOneEnd closes one node's end of its connections to another; the other ends are not notified.
func (w *World) ResetOneEnd(name, peer string) {
	w.mark(nil, "reset %s's end to %s", name, peer)
	w.net.ResetOneEnd(name, peer)
}

// SlowLink changes the speed of one direction between two nodes.
func (w *World) SlowLink(from, to string, l netsim.Link) {
	w.mark(nil, "link %s -> %s %+v", from, to, l)
	w.net.SetLink(from, to, l)
}

// NormalLink undoes SlowLink: the direction is as fast as the network again.
func (w *World) NormalLink(from, to string) {
	w.mark(nil, "link %s -> %s is as fast as the network", from, to)
	w.net.ResetLink(from, to)
}

// SlowReader bounds how fast a node reads from all its connections, in bytes per second; 0 lifts the bound.
func (w *World) SlowReader(name string, bytesPerSecond int64) {
	w.mark(w.node(name), "%s reads %d bytes a second", name, bytesPerSecond)
	w.net.SetReadRate(name, bytesPerSecond)
}

// FailSyncs lets a node's next n syncs fail with EIO.
func (w *World) FailSyncs(name string, n int) {
	w.mark(w.node(name), "the next %d syncs of %s fail", n, name)
	w.node(name).disk.FailSyncs(n)
}

// FailWrites lets a node's next n writes fail with EIO, any part of them written.
func (w *World) FailWrites(name string, n int) {
	w.mark(w.node(name), "the next %d writes of %s fail", n, name)
	w.node(name).disk.FailWrites(n)
}

// FailReads lets a node's next n reads, of regions too, fail with EIO.
func (w *World) FailReads(name string, n int) {
	w.mark(w.node(name), "the next %d reads of %s fail", n, name)
	w.node(name).disk.FailReads(n)
}

// SetNetwork changes the faults and the speed of the whole network. change names what differs, for the trace.
func (w *World) SetNetwork(change string, o netsim.Options) {
	w.mark(nil, "the network changes: %s", change)
	w.net.SetOptions(o)
}

// SetDisk changes the faults and the speed of a node's disk. change names what differs, for the trace.
func (w *World) SetDisk(name, change string, o disksim.Options) {
	n := w.node(name)
	w.mark(n, "the disk of %s changes: %s", name, change)
	n.disk.SetOptions(o)
}

// DiskStall lets nothing that a node submits to its disk complete for a while.
func (w *World) DiskStall(name string, stallNanos int64) {
	w.mark(w.node(name), "the disk of %s stalls for %v", name, nanos(stallNanos))
	w.node(name).disk.Stall(nanos(stallNanos))
}

// BitRot flips one bit of a node's file, and reports whether it was there.
func (w *World) BitRot(name, path string, pos env.Position, bit uint) bool {
	w.mark(w.node(name), "bit %d of byte %d of %s on %s flips", bit, pos, path, name)
	return w.node(name).disk.Rot(path, pos, bit)
}

// RotOneOf flips one bit of one of a node's files, and reports whether they have any. The seed chooses among all their
// bits.
func (w *World) RotOneOf(name string, paths []string) bool {
	n := w.node(name)
	n.rots++
	rnd := n.rnd.ForkN("bit rot", n.rots)
	path, pos, ok := n.disk.SomeByte(&rnd, paths)
	return ok && w.BitRot(name, path, pos, uint(rnd.IntN(8)))
}
