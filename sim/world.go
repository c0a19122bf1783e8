package sim

import (
	"fmt"

	"gregor/core/env"
	"gregor/disksim"
	"gregor/netsim"
)

// Options describe a world before it has nodes.
type Options struct {
	Seed    uint64
	Network netsim.Options
	Wall    env.WallMillis // the wall clocks' common start; 0: a day in June 2025

	MaxEvents          uint64 // of the whole run; 0: no bound
	MaxEventsAtInstant int    // without virtual time moving; 0: 200 000

	Trace     int  // events to remember: 0 none, n the last n, [TraceAll] all
	DropFacts bool // do not keep facts in the log; observers see them all the same
}

// TraceAll remembers every event.
const TraceAll = -1

const (
	defaultWall      = 1_750_000_000_000
	defaultAtInstant = 200_000
)

// Spec describes a node.
type Spec struct {
	// New makes an incarnation of the node. It is called at each start.
	New      func(env.World) env.Node
	Protocol env.Protocol
	Dialed   env.Protocol // for what comes on connections the node dialed; nil: Protocol
	Addr     string       // "host:port" others dial; "" for a node that is never dialed
	Disk     disksim.Options
	Clock    Clock
	// StepNanos is what each step costs in virtual time: a slow CPU.
	StepNanos int64
	// Down leaves the node off until Restart.
	Down bool
}

// World is a run.
//
//tidy:size one method for each fault
type World struct {
	opts     Options
	rnd      env.Rand
	now      env.Instant
	queue    queue
	nodes    []*node
	byName   map[string]*node
	net      *netsim.Net
	hash     uint64
	event    uint64 // numbers events
	current  uint64 // the event being handled, 0 between events
	causeNow uint64 // what caused it
	acting   *node  // whose event it is
	kind     env.Kind
	stats    Stats

	atInstant int // events since virtual time moved
	calls     []func(*World)
	freeCalls []uint32
	asked     uint64 // counts At, for its ties
	facts     []Stamped
	observers []Observer
	trace     *Trace
	failure   error
}

// Stats count what happened.
type Stats struct {
	Events       uint64 // numbered: steps, faults, starts
	Steps        uint64 // of nodes
	Fired        uint64 // things taken from the queue
	Facts        uint64
	VirtualNanos int64
}

// New makes a world without nodes.
func New(o Options) *World {
	if o.Wall == 0 {
		o.Wall = defaultWall
	}
	if o.MaxEventsAtInstant == 0 {
		o.MaxEventsAtInstant = defaultAtInstant
	}
	w := &World{opts: o, rnd: env.NewRand(o.Seed), byName: map[string]*node{}, hash: k0}
	w.net = netsim.New(netEngine{w}, o.Network, w.rnd.Fork("net"))
	if o.Trace != 0 {
		w.trace = newTrace(o.Trace)
	}
	return w
}

// AddNode adds a node; it starts at once unless Spec.Down.
func (w *World) AddNode(name string, s Spec) {
	n := &node{world: w, name: name, index: len(w.nodes), spec: s, stepNanos: s.StepNanos}
	n.rnd = w.rnd.Fork("node/" + name)
	n.ties = n.rnd.Fork("ties")
	if s.Dialed == nil {
		s.Dialed = s.Protocol
	}
	n.port = w.net.AddNode(name, s.Addr, s.Protocol, s.Dialed)
	n.disk = disksim.New(n, s.Disk, n.rnd.Fork("disk"))
	n.clock = clock{wall: (int64(w.opts.Wall) + s.Clock.OffsetMillis) * millisecond, ppm: s.Clock.DriftPPM}
	w.nodes = append(w.nodes, n)
	w.byName[name] = n
	if w.trace != nil {
		w.trace.names = append(w.trace.names, name)
	}
	if !s.Down {
		w.bootSoon(n)
	}
}

// node finds a node by name; a scenario names only nodes there are.
func (w *World) node(name string) *node {
	n := w.byName[name]
	if n == nil {
		panic(fmt.Sprintf("sim: no node is called %q", name))
	}
	return n
}

// At calls f at a virtual instant, or at once if that has passed. Everything f does has its own event numbers.
func (w *World) At(at env.Instant, f func(*World)) {
	var slot uint32
	if n := len(w.freeCalls); n > 0 {
		slot = w.freeCalls[n-1]
		w.freeCalls = w.freeCalls[:n-1]
		w.calls[slot] = f
	} else {
		slot = uint32(len(w.calls))
		w.calls = append(w.calls, f)
	}
	w.asked++
	tie := w.rnd.ForkN("at", w.asked)
	w.queue.push(max(at, w.now), uint32(tie.Uint64()), pending{job: jobCall, arg: uint64(slot)})
}

// Now is virtual time.
func (w *World) Now() env.Instant { return w.now }

// Event is the number of the last event.
func (w *World) Event() uint64 { return w.event }

// Hash is the run so far in one number.
func (w *World) Hash() uint64 { return w.hash }

// Stats counts what has happened so far.
func (w *World) Stats() Stats {
	s := w.stats
	s.Events, s.VirtualNanos = w.event, int64(w.now)
	return s
}

// Err is what ended the run, nil if nothing has.
func (w *World) Err() error { return w.failure }

// DiskView shows a disk. Faults go through World, which numbers them.
type DiskView interface {
	Options() disksim.Options
	Files() []disksim.File
	ReadFile(path string) ([]byte, error)
	Used() int64
	// WriteFile puts a file on the disk before the run begins.
	WriteFile(path string, b []byte) error
}

// Disk shows a node's disk.
func (w *World) Disk(name string) DiskView { return w.node(name).disk }

// NetworkView shows the network. Faults go through World, which numbers them.
type NetworkView interface {
	Options() netsim.Options
	Nodes() []string // in the order they were added
	Conns() int      // that at least one end believes in
}

// Network shows the network.
func (w *World) Network() NetworkView { return w.net }

// Node is a node's running incarnation, nil while it is down. It is for looking, between events.
func (w *World) Node(name string) env.Node {
	if n := w.node(name); n.up {
		return n.proc
	}
	return nil
}

// Clocks reads a node's clocks.
func (w *World) Clocks(name string) env.Now {
	n := w.node(name)
	return n.clock.now(w.now)
}

// Trace is what the run remembers of its events, nil without Options.Trace.
func (w *World) Trace() *Trace { return w.trace }
