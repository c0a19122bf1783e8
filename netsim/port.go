package netsim

import (
	"fmt"

	"gregor/core/env"
	"gregor/core/env/buffers"
)

// Port is a node's env.Network. It belongs to the machine; Crash and PowerOff end what an incarnation had of it.
type Port struct {
	net     *Net
	node    int
	name    string
	addr    string
	reads   [2]reading // by the side of the end
	up      bool       // a process listens
	powered bool
	ends    []*end // by ConnID-1, of this incarnation
	dials   map[string]uint64

	readRate int64       // bytes per second the node reads, 0: any
	readTill env.Instant // when it is done with what is on its way
}

// reading is what a node reads one side's ends with. What an end has decoded is used again by ends of its side only:
// the two protocols decode into different things.
type reading struct {
	proto   env.Protocol
	tools   any // of env.Finish
	buffers buffers.Pool
}

var _ env.Network = (*Port)(nil)

// deliver hands the node an event.
func (p *Port) deliver(e env.Event, cause uint64) bool {
	p.net.event = e
	return p.net.engine.Deliver(p.node, &p.net.event, cause)
}

// newID makes a connection known to the node.
func (p *Port) newID(e *end) {
	p.ends = append(p.ends, e)
	e.port, e.id = p, env.ConnID(len(p.ends))
}

func (p *Port) end(id env.ConnID) *end {
	if id == 0 || int(id) > len(p.ends) {
		panic(fmt.Sprintf("netsim: %s uses connection %d, which it never had in this incarnation", p.name, id))
	}
	return p.ends[id-1]
}

// Dial is env.Network's Dial.
func (p *Port) Dial(op env.OpID, addr string) {
	n := p.net
	p.dials[addr]++
	c := n.newConn(p.name, addr, p.dials[addr])
	e := &c.ends[0]
	e.dialOp, e.cause = op, n.engine.Cause()
	p.newID(e)
	n.later(action{kind: dialTimeout, end: e, cause: e.cause}, n.opts.DialTimeoutNanos)
	if hit(&c.streams[0].luck, n.opts.DialHangPerMillion) {
		return
	}
	to := n.byAddr[addr]
	if to == nil {
		n.later(action{kind: refused, end: e, cause: e.cause}, 0)
		return
	}
	n.later(action{kind: syn, end: e, to: to, cause: e.cause}, n.oneWay(p, to, &c.streams[0].rnd))
}

// Send is env.Network's Send.
func (p *Port) Send(op env.OpID, id env.ConnID, parts ...env.Segment) {
	if e := p.end(id); e != nil && e.state == open {
		e.out().submit(op, parts)
		return
	}
	if op != 0 {
		p.net.later(action{kind: lateSent, port: p, life: p.net.lives[p.node], id: id, op: op, cause: p.net.engine.Cause()},
			sendDelay)
	}
}

// Pause is env.Network's Pause: bytes that have arrived stay unread, and fill the window.
func (p *Port) Pause(id env.ConnID) {
	if e := p.end(id); e != nil {
		e.paused = true
	}
}

// Resume is env.Network's Resume.
func (p *Port) Resume(id env.ConnID) {
	e := p.end(id)
	if e == nil || !e.paused {
		return
	}
	e.paused = false
	if !e.waking {
		e.waking = true
		s := e.in()
		p.net.engine.At(p.net.engine.Now(), uint32(s.rnd.Uint64()), s.slot(fireRead))
	}
}

// Close is env.Network's Close.
func (p *Port) Close(id env.ConnID) {
	e := p.end(id)
	if e == nil || e.state != open {
		return
	}
	e.state = closing
	e.cause = p.net.engine.Cause()
	e.out().transmitSoon()
	if e.out().queue.len() > 0 {
		p.net.later(action{kind: linger, end: e, cause: e.cause}, p.net.opts.LingerNanos)
	}
}
