package sim

import (
	"fmt"

	"gregor/core/env"
	"gregor/disksim"
	"gregor/netsim"
)

// node is one node: a machine with a disk and a port, and the process that runs on it or does not.
//
//tidy:size a process, its machine and its clocks: what a power cut and a crash end differs by field
type node struct {
	world *World
	name  string
	index int
	spec  Spec
	rnd   env.Rand
	ties  env.Rand
	disk  *disksim.Disk
	port  *netsim.Port
	clock clock
	proc  env.Node
	life  uint64 // counts incarnations, and their ends

	up, paused bool
	exiting    bool // it has emitted Stopped
	asked      bool // Shutdown was delivered
	stepNanos  int64
	rots       uint64 // counts RotOneOf
	busyTill   env.Instant
	inbox      []queued
	waking     bool

	deadline   env.Instant // what the process last asked for, on its own clock
	timerAt    env.Instant // virtual, of the live timer
	timerLive  bool
	timerGen   uint64
	timerCause uint64 // the event that set the deadline
	bootCause  uint64 // the fault that starts the next incarnation, 0: none
}

// queued is an event that waits for a node that is paused or busy.
type queued struct {
	event env.Event
	cause uint64
}

// A node is the engine of its disk.

func (n *node) Now() env.Instant { return n.world.now }

func (n *node) At(at env.Instant, tie uint32, slot uint64) {
	n.world.queue.push(at, tie, pending{job: jobDisk, node: int32(n.index), arg: slot})
}

func (n *node) Deliver(e *env.Event, cause uint64) { n.world.deliver(n, e, cause) }
func (n *node) Cause() uint64                      { return n.world.current }
func (n *node) Sum(b []byte) uint64                { return Sum(b) }
func (n *node) Hash(x uint64)                      { n.world.mix(x) }

// netEngine makes a world the engine of its network.
type netEngine struct{ *World }

func (s netEngine) At(at env.Instant, tie uint32, slot uint64) {
	s.queue.push(at, tie, pending{job: jobNet, arg: slot})
}

func (s netEngine) Deliver(node int, e *env.Event, cause uint64) bool {
	return s.deliver(s.nodes[node], e, cause)
}
func (s netEngine) Cause() uint64       { return s.current }
func (s netEngine) Sum(b []byte) uint64 { return Sum(b) }
func (s netEngine) Hash(x uint64)       { s.mix(x) }
func (s netEngine) Region(node int, f env.FileID, pos env.Position, dst []byte) error {
	return s.nodes[node].disk.Region(f, pos, dst)
}
func (s netEngine) Pin(node int, f env.FileID)   { s.nodes[node].disk.Pin(f) }
func (s netEngine) Unpin(node int, f env.FileID) { s.nodes[node].disk.Unpin(f) }

// deliver steps a node with an event, or queues it and reports false if the node is paused or busy. A node that is
// down gets nothing.
func (w *World) deliver(n *node, e *env.Event, cause uint64) bool {
	if !n.up {
		return true
	}
	if n.paused || len(n.inbox) > 0 || n.busyTill > w.now {
		n.inbox = append(n.inbox, queued{*e, cause})
		n.wakeSoon()
		return false
	}
	w.step(n, e, cause)
	return true
}

// wakeSoon schedules the handling of the inbox.
func (n *node) wakeSoon() {
	if n.waking || n.paused || !n.up {
		return
	}
	n.waking = true
	n.world.queue.push(max(n.world.now, n.busyTill), uint32(n.ties.Uint64()),
		pending{job: jobWake, node: int32(n.index), arg: n.life})
}

// wake handles what waits in the inbox, as far as the node has time.
func (w *World) wake(n *node, life uint64) {
	if life != n.life {
		return
	}
	n.waking = false
	for len(n.inbox) > 0 && !n.paused && n.up && n.busyTill <= w.now {
		q := n.inbox[0]
		n.inbox = append(n.inbox[:0], n.inbox[1:]...)
		w.step(n, &q.event, q.cause)
		if q.event.Kind == env.Message && n.up && n.life == life {
			w.net.Read(n.index, q.event.Conn)
		}
	}
	if len(n.inbox) > 0 {
		n.wakeSoon()
	}
}

// step applies one event.
func (w *World) step(n *node, e *env.Event, cause uint64) {
	w.begin(n, e, cause)
	n.proc.Step(n.clock.now(w.now), *e)
	w.stats.Steps++
	if m, ok := n.proc.(env.Metered); ok {
		checkWork(n.name, m)
	}
	if n.stepNanos > 0 {
		n.busyTill = w.now.Add(nanos(n.stepNanos))
	}
	if n.exiting {
		w.exit(n)
	} else {
		w.arm(n)
	}
	w.current, w.acting = 0, nil
}

// checkWork asserts that a step was short.
func checkWork(name string, m env.Metered) {
	if units, most := m.Work(); units > most {
		panic(fmt.Sprintf("sim: one step of %s did %d units of work, at most %d are allowed; is a large request served at once that should be answered in parts or refused?", name, units, most))
	}
}

// arm sets the timer for the node's deadline. A timer that fires too early is armed again then: a
// deadline that moves later costs nothing.
func (w *World) arm(n *node) {
	d := n.proc.Deadline()
	if d == n.deadline && n.timerLive {
		return
	}
	n.deadline, n.timerCause = d, w.current
	w.rearm(n)
}

func (w *World) rearm(n *node) {
	if n.deadline == env.Never {
		return
	}
	due := max(n.clock.due(n.deadline), w.now)
	if n.timerLive && n.timerAt <= due {
		return
	}
	n.timerGen++
	n.timerAt, n.timerLive = due, true
	w.queue.push(due, uint32(n.ties.Uint64()), pending{job: jobTick, node: int32(n.index), arg: n.timerGen})
}

// tick wakes a node whose deadline has come.
func (w *World) tick(n *node, gen uint64) {
	if gen != n.timerGen || !n.up {
		return
	}
	n.timerLive = false
	if n.deadline == env.Never {
		return
	}
	if n.clock.due(n.deadline) > w.now {
		w.rearm(n)
		return
	}
	w.deliver(n, &env.Event{Kind: env.Tick}, n.timerCause)
}

// bootSoon schedules the next incarnation.
func (w *World) bootSoon(n *node) {
	n.life++
	n.bootCause = w.current
	w.queue.push(w.now, uint32(n.ties.Uint64()), pending{job: jobBoot, node: int32(n.index), arg: n.life})
}

// boot starts an incarnation.
func (w *World) boot(n *node, life uint64) {
	if n.life != life || n.up {
		return
	}
	r := n.rnd.ForkN("incarnation", life)
	n.up, n.paused, n.exiting, n.asked = true, false, false, false
	n.busyTill, n.deadline, n.timerLive = 0, env.Never, false
	n.timerGen++
	n.clock.rebase(w.now)
	n.clock.mono = env.Instant(r.Between(1, 3600) * 1_000_000_000)
	w.net.Up(n.index)
	w.current, w.acting, w.kind = w.event+1, n, env.Boot
	n.proc = n.spec.New(env.World{Disk: n.disk, Network: n.port, Rand: r.Fork("node"), Facts: n})
	w.step(n, &env.Event{Kind: env.Boot}, n.bootCause)
}

// exit ends the process: its kernel closes its connections, its disk keeps what completed.
func (w *World) exit(n *node) {
	if !n.up {
		return
	}
	n.up, n.proc = false, nil
	n.life++
	n.inbox, n.waking = nil, false
	n.timerGen++
	w.net.Crash(n.index)
	n.disk.Crash()
}
