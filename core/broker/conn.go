package broker

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/metalog"
	"gregor/core/wire"
)

const (
	// A connection is pushed back on while this many of its requests wait for their answers …
	slotsMax = 64
	// … until so few are left.
	slotsResume = slotsMax / 2
)

// connection is one client's: a queue of requests whose answers leave in the order the requests came.
//
// As in Kafka, a request begins when the one before it has been answered, so that it sees everything that one
// did. The exception are produces behind produces: the log keeps their order, and a producer with several in
// flight need not wait for the disk each time.
type connection struct {
	id         env.ConnID
	peer       string
	listener   string         // by which it came
	on         wire.Listeners // whose APIs are served on it
	head, tail *slot
	held       *slot // the first that has not begun; all behind it have not either
	slots      int   // in the queue
	running    int   // begun and not answered
	others     int   // of those, the ones that are no produces
	paused     bool
	closing    bool
	runnable   bool // in Broker.runnable
	beats      heartbeats
}

// heartbeats is the broker whose heartbeats come over a connection.
type heartbeats struct {
	broker env.NodeID
	epoch  env.BrokerEpoch // zero: none come
}

// slot is one request from its arrival until its answer has left.
type slot struct {
	conn        *connection
	request     *wire.Request // until it begins
	ticket      ticket
	key         int16
	version     int16
	correlation int32
	clientID    string
	buffer      *env.Buffer     // of the request
	fetch       *fetchRequest   // that waits under this slot
	parts       *partedResponse // of an answer that is put together over several Steps
	answer      []env.Segment
	pins        []pin
	done        bool
	silent      bool // nothing is sent: acks=0, or nobody is there any more
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
	c := &connection{id: e.Conn, peer: e.Peer, listener: b.endpoints.Name(e.Listener), on: b.endpoints.Serves(e.Listener)}
	b.conns[e.Conn] = c
	if b.phase == stopping {
		b.bidFarewell(c)
	}
}

// closed forgets a connection. What has not begun never will, and what only waits for more data need not. Of the
// rest, whoever holds the tickets finishes: the disk, a group, a change of metadata.
func (b *Broker) closed(now env.Now, e env.Event) {
	c := b.conns[e.Conn]
	if c == nil {
		return
	}
	b.control.ConnectionLost(now, c.beats.broker, c.beats.epoch)
	c.closing = true
	delete(b.conns, e.Conn)
	for s := c.held; s != nil; s = s.next {
		s.done, s.request = true, nil
	}
	c.held = nil
	for s := c.head; s != nil; s = s.next {
		if s.fetch != nil {
			s.fetch.abandon()
			break // a connection has no second one
		}
	}
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

// enqueue gives a request its place in the connection's order, and pushes back on a peer that is far ahead.
func (b *Broker) enqueue(c *connection, r *wire.Request, buf *env.Buffer) {
	s := b.slots.take()
	s.conn, s.buffer, s.request = c, buf, r
	s.key, s.version, s.correlation, s.clientID = r.Key, r.Version, r.CorrelationID, r.ClientID
	if c.tail == nil {
		c.head = s
	} else {
		c.tail.next = s
	}
	c.tail = s
	if c.held == nil {
		c.held = s
	}
	c.slots++
	b.advance(b.now, c)
	if c.slots >= slotsMax || c.held != nil {
		b.pause(c)
	}
}

// advance begins what may begin.
func (b *Broker) advance(now env.Now, c *connection) {
	for c.held != nil && c.held.mayBegin() && b.mayServe(c.held) && !c.closing && !b.work.spent() {
		s := c.held
		c.held = s.next
		r := s.request
		s.request = nil
		c.running++
		if s.key != produceKey {
			c.others++
		}
		b.begin(now, s, r)
	}
	if c.held != nil && b.work.spent() {
		b.runLater(c)
	}
}

// runLater has the connection's next request begin before the step ends, or in the next one.
func (b *Broker) runLater(c *connection) {
	if !c.runnable {
		c.runnable = true
		b.runnable = append(b.runnable, c)
	}
}

// mayServe says whether the node serves the request by now: clients wait until the broker is in service, other nodes
// need not.
func (b *Broker) mayServe(s *slot) bool {
	return b.phase == serving || b.phase == booting && s.betweenNodes()
}

// betweenNodes says whether a request is one of the quorum's or the controller's that brokers and controllers send
// each other.
func (s *slot) betweenNodes() bool {
	if f := s.request.Fetch; f != nil {
		return metalog.IsFetch(f)
	}
	api := wire.Lookup(s.key)
	return api != nil && api.On == wire.OnController
}

func (s *slot) mayBegin() bool {
	return s.conn.running == 0 || s.key == produceKey && s.conn.others == 0
}

const produceKey = int16(kmsg.Produce)

// reply answers a slot with a kmsg response; its version is set here.
func (b *Broker) reply(s *slot, r kmsg.Response) {
	r.SetVersion(s.version)
	if s.parts != nil {
		b.addPart(s, r)
		return
	}
	out := wire.AppendResponse(b.arena.Tail(256), s.correlation, r)
	b.work.answered(len(out))
	s.answer = append(s.answer, env.Segment{Bytes: b.arena.Keep(out)})
	b.finish(s)
}

// finish marks a slot answered and sends what has become ready at the head of its connection. What was held back
// behind it begins before the step ends.
func (b *Broker) finish(s *slot) {
	if s.done {
		panic("broker: a request of api " + wire.Name(s.key) + " was answered twice; two owners of one ticket?")
	}
	s.done = true
	c := s.conn
	c.running--
	if s.key != produceKey {
		c.others--
	}
	if c.held != nil {
		b.runLater(c)
	}
	b.drain(c)
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
	b.relax(c)
}

// relax ends the pushing back on a peer once there is room again. A node that stops takes leave of it instead, once
// nothing of what it asked for is under way.
func (b *Broker) relax(c *connection) {
	switch {
	case b.phase == stopping && c.running == 0:
		b.bidFarewell(c)
	case b.phase != stopping && c.paused && c.slots <= slotsResume && c.held == nil:
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
	b.end(c)
}

// end closes a connection after the answers that were sent.
func (b *Broker) end(c *connection) {
	if !c.closing {
		c.closing = true
		b.world.Network.Close(c.id)
	}
}
