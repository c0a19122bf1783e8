package broker

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/wire"
)

const (
	// A connection is pushed back on while this many of its requests wait for their answers …
	slotsMax = 64
	// … until so few are left.
	slotsResume = slotsMax / 2
)

// connection is one client's: a queue of requests whose answers leave in the order the requests came.
type connection struct {
	id         env.ConnID
	peer       string
	head, tail *slot
	slots      int // in the queue
	paused     bool
	closing    bool
}

// slot is one request from its arrival until its answer has left.
type slot struct {
	conn        *connection
	ticket      ticket
	key         int16
	version     int16
	correlation int32
	clientID    string
	buffer      *env.Buffer // of the request; nil once released
	answer      []env.Segment
	pins        []pin
	done        bool
	silent      bool // acks=0: nothing is sent
	next        *slot
}

// ticket finds a slot again, and finds nothing once the slot has been answered.
type ticket uint64

// slotTable gives out slots and takes them back. Its size is bounded by connections times slotsMax.
type slotTable struct {
	slots []*slot
	free  []uint32
}

func (t *slotTable) take() *slot {
	if n := len(t.free); n > 0 {
		s := t.slots[t.free[n-1]]
		t.free = t.free[:n-1]
		return s
	}
	s := &slot{ticket: ticket(len(t.slots))}
	t.slots = append(t.slots, s)
	return s
}

// give takes the slot back under a new ticket, so that the old one finds nothing.
func (t *slotTable) give(s *slot) {
	index := uint32(s.ticket)
	*s = slot{ticket: s.ticket + 1<<32, answer: s.answer[:0], pins: s.pins[:0]}
	t.free = append(t.free, index)
}

// find returns the slot the ticket was given for, nil if it is gone.
func (t *slotTable) find(k ticket) *slot {
	if s := t.slots[uint32(k)]; s.ticket == k {
		return s
	}
	return nil
}

func (b *Broker) accepted(e env.Event) {
	c := &connection{id: e.Conn, peer: e.Peer}
	b.conns[e.Conn] = c
	if !b.serving() {
		b.pause(c)
	}
}

// closed forgets a connection. Its unanswered slots live on until whoever holds their tickets is done.
func (b *Broker) closed(e env.Event) {
	c := b.conns[e.Conn]
	if c == nil {
		return
	}
	c.closing = true
	delete(b.conns, e.Conn)
	b.drain(c)
}

func (b *Broker) pause(c *connection) {
	if !c.paused {
		c.paused = true
		b.world.Network.Pause(c.id)
	}
}

func (b *Broker) resume(c *connection) {
	if c.paused && !c.closing {
		c.paused = false
		b.world.Network.Resume(c.id)
	}
}

// enqueue gives a request its place in the connection's order.
func (b *Broker) enqueue(c *connection, r *wire.Request, buf *env.Buffer) *slot {
	s := b.slots.take()
	s.conn, s.buffer = c, buf
	s.key, s.version, s.correlation, s.clientID = r.Key, r.Version, r.CorrelationID, r.ClientID
	if c.tail == nil {
		c.head = s
	} else {
		c.tail.next = s
	}
	c.tail = s
	if c.slots++; c.slots >= slotsMax {
		b.pause(c)
	}
	return s
}

// reply answers a slot with a kmsg response; its version is set here.
func (b *Broker) reply(s *slot, r kmsg.Response) {
	r.SetVersion(s.version)
	out := wire.AppendResponse(b.arena.tail(256), s.correlation, r)
	s.answer = append(s.answer, env.Segment{Bytes: b.arena.keep(out)})
	b.finish(s)
}

// finish marks a slot answered and sends what has become ready at the head of its connection.
func (b *Broker) finish(s *slot) {
	if s.done {
		panic("broker: a request of api " + wire.Name(s.key) + " was answered twice; two owners of one ticket?")
	}
	s.done = true
	b.drain(s.conn)
}

// drain sends the answers at the head of the connection's queue that are ready.
func (b *Broker) drain(c *connection) {
	for c.head != nil && c.head.done {
		s := c.head
		if c.head = s.next; c.head == nil {
			c.tail = nil
		}
		c.slots--
		b.send(c, s)
		s.buffer.Release()
		b.slots.give(s)
	}
	if c.slots <= slotsResume && b.serving() {
		b.resume(c)
	}
}

// send hands an answer to the network. File regions stay pinned until they have left.
func (b *Broker) send(c *connection, s *slot) {
	switch {
	case c.closing || s.silent:
		b.unpin(s.pins)
	case len(s.pins) == 0:
		b.world.Network.Send(0, c.id, s.answer...)
	default:
		b.world.Network.Send(b.sends.put(s.pins), c.id, s.answer...)
	}
}

// hangUp closes a connection whose peer broke the protocol, or whose acks=0 produce failed (the only way to
// tell it).
func (b *Broker) hangUp(c *connection, api int16, code wire.ErrorCode, text string) {
	b.world.Tell(env.RequestFailed{Conn: c.id, API: api, Code: int16(code), Text: text})
	if !c.closing {
		c.closing = true
		b.world.Network.Close(c.id)
	}
}
