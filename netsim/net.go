package netsim

import (
	"fmt"
	"time"

	"gregor/core/env"
	"gregor/core/env/buffers"
	"gregor/core/slab"
)

// Net is all nodes' network.
type Net struct {
	engine Engine
	opts   Options
	rnd    env.Rand
	ports  []*Port
	lives  []uint64 // by node: incarnations so far
	byName map[string]*Port
	byAddr map[string]*Port
	links  [][]link // [from][to]
	conns  []*conn  // by index; nil once both ends are gone

	actions []action
	slots   slab.Numbers
	event   env.Event // the one being delivered
}

// link is one direction between two nodes.
type link struct {
	Link
	own  bool // SetLink has set it; otherwise it is the network's
	cut  bool
	busy env.Instant // when the bytes already on it have left
}

// What a slot asks for, in its top byte.
const (
	fireTransmit = iota + 1
	fireArrive
	fireRead
	fireAction
)

// New makes a network without nodes. All its randomness is forked from rnd.
func New(engine Engine, o Options, rnd env.Rand) *Net {
	o.setDefaults()
	return &Net{engine: engine, opts: o, rnd: rnd, byName: map[string]*Port{}, byAddr: map[string]*Port{}}
}

// AddNode adds a machine that has power but listens only after Up. addr is where others dial it, "" for a node
// that is never dialed. The node reads connections it dialed with dialed, and the others with accepted.
// Nodes are numbered from 0 in the order they are added.
func (n *Net) AddNode(name, addr string, accepted, dialed env.Protocol) *Port {
	if n.byName[name] != nil {
		panic(fmt.Sprintf("netsim: two nodes are called %q", name))
	}
	if addr != "" && n.byAddr[addr] != nil {
		panic(fmt.Sprintf("netsim: %s and %s listen on %s", n.byAddr[addr].name, name, addr))
	}
	p := &Port{net: n, node: len(n.ports), name: name, addr: addr, powered: true, dials: map[string]uint64{}}
	for side, proto := range []env.Protocol{dialed, accepted} {
		p.reads[side] = reading{proto: proto, buffers: buffers.Pool{Scribble: !n.opts.SkipChecks}}
	}
	n.ports = append(n.ports, p)
	n.lives = append(n.lives, 0)
	n.byName[name] = p
	if addr != "" {
		n.byAddr[addr] = p
	}
	n.growLinks()
	return p
}

func (n *Net) growLinks() {
	fresh := link{Link: n.opts.Link}
	for i := range n.links {
		n.links[i] = append(n.links[i], fresh)
	}
	row := make([]link, len(n.ports))
	for i := range row {
		row[i] = fresh
	}
	n.links = append(n.links, row)
}

func (n *Net) link(from, to *Port) *link { return &n.links[from.node][to.node] }

func (n *Net) cut(from, to *Port) bool { return n.links[from.node][to.node].cut }

// newConn creates the connection of a dial. Its random streams are keyed by dialer, address, and number of the dial.
func (n *Net) newConn(from, addr string, nth uint64) *conn {
	c := &conn{net: n, index: len(n.conns)}
	r := n.rnd.ForkN("conn "+from+" "+addr, nth)
	for i := range 2 {
		c.ends[i] = end{conn: c, side: i}
		s := &c.streams[i]
		s.conn, s.from, s.to, s.window = c, &c.ends[i], &c.ends[1-i], n.opts.WindowBytes
		s.rnd, s.luck = r.ForkN("stream", uint64(i)), r.ForkN("luck", uint64(i))
	}
	n.conns = append(n.conns, c)
	return c
}

// Fire does what a slot asked for. It reports false if that is not wanted any more.
func (n *Net) Fire(slot uint64) bool {
	what, arg := slot>>56, slot&(1<<56-1)
	if what == fireAction {
		return n.act(uint32(arg))
	}
	c := n.conns[arg>>1]
	if c == nil {
		return false
	}
	s := &c.streams[arg&1]
	switch what {
	case fireTransmit:
		s.transmit()
	case fireArrive:
		s.arrive()
	case fireRead:
		s.to.waking = false
		s.to.read()
	}
	return true
}

// Read lets a node read on a connection whose last Message it has now handled.
func (n *Net) Read(node int, id env.ConnID) {
	if e := n.ports[node].end(id); e != nil {
		e.blocked = false
		e.read()
	}
}

// arrival draws when bytes that leave now arrive, unless earlier ones of the stream arrive later.
func (n *Net) arrival(s *stream, bytes int) env.Instant {
	l := n.link(s.from.port, s.to.port)
	at := n.engine.Now()
	if l.BytesPerSecond > 0 {
		at = max(at, l.busy).Add(transfer(bytes, l.BytesPerSecond))
		l.busy = at
	}
	at = at.Add(time.Duration(l.draw(&s.rnd, &s.luck)))
	if to := s.to.port; to.readRate > 0 {
		at = max(at, to.readTill).Add(transfer(bytes, to.readRate))
		to.readTill = at
	}
	return at
}

func transfer(bytes int, perSecond int64) time.Duration {
	return time.Duration(int64(bytes) * int64(time.Second) / perSecond)
}

// draw is the time a chunk or a handshake takes one way, in nanoseconds.
func (l *link) draw(r, luck *env.Rand) int64 {
	t := l.LatencyNanos
	if l.JitterNanos > 0 {
		t += r.Between(0, l.JitterNanos)
	}
	if hit(luck, l.TailPerMillion) {
		t += luck.Between(0, l.TailNanos)
	}
	return t
}

func (n *Net) oneWay(from, to *Port, r *env.Rand) int64 {
	l := n.link(from, to)
	return l.draw(r, r)
}

const million = 1_000_000

// hit draws a chance per million.
func hit(r *env.Rand, perMillion int) bool { return perMillion > 0 && r.IntN(million) < perMillion }
