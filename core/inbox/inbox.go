package inbox

import (
	"cmp"
	"slices"

	"gregor/core/arena"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/wire"
)

// Server is the node as its inbox sees it.
type Server interface {
	// Admits reports whether the node handles the request by now: one that has not started yet answers other nodes only.
	Admits(r *wire.Request) bool
	// Serve handles a request whose turn has come. It answers it, or keeps its ticket.
	Serve(now env.Now, q *Request, r *wire.Request)
	// ConnectionLost handles that a connection has closed. h is zero if no heartbeats came over it, or if this node closed
	// it for its own stop.
	ConnectionLost(now env.Now, h Heartbeats)
}

// Inbox holds the connections of a node and the requests on them.
type Inbox struct {
	world    *env.World
	server   Server
	conns    map[env.ConnID]*Conn
	requests table
	sends    sends
	arena    arena.Arena
	work     Work
	waiting  []*parts // whose next part waits for a step
	runnable []*Conn  // that may have a request to begin
	spare    []*Conn  // the slice of the round before, to be filled again
	stopping bool
}

// New returns an empty inbox.
func New(world *env.World, server Server) *Inbox {
	return &Inbox{world: world, server: server, conns: map[env.ConnID]*Conn{}}
}

// Work returns the count of the step's work.
func (x *Inbox) Work() *Work { return &x.work }

// Find returns the request of a ticket, nil if it has been answered.
func (x *Inbox) Find(t Ticket) *Request { return x.requests.find(t) }

// Accepted handles that a peer has connected.
func (x *Inbox) Accepted(e env.Event, listener string, on wire.Listeners) {
	c := &Conn{id: e.Conn, peer: e.Peer, listener: listener, on: on,
		principal: cmp.Or(e.Principal, kafka.AnonymousPrincipal)}
	x.conns[e.Conn] = c
	if x.stopping {
		x.leave(c)
	}
}

// Closed forgets a connection. What has not begun never will, and what only waits for more data need not. The rest is
// completed by the holder of its ticket: the disk, a group, a change of metadata.
func (x *Inbox) Closed(now env.Now, e env.Event) {
	c := x.conns[e.Conn]
	if c == nil {
		return
	}
	x.server.ConnectionLost(now, c.beats)
	c.closing = true
	delete(x.conns, e.Conn)
	for q := c.held; q != nil; q = q.next {
		q.done, q.message = true, nil
	}
	c.held = nil
	for q := c.head; q != nil; q = q.next {
		if q.waiter != nil {
			q.waiter.Abandon()
			break // a connection has no second one
		}
	}
	x.drain(c)
}

// Message queues a decoded request on its connection. Its buffer is the request's until the response has left.
func (x *Inbox) Message(now env.Now, e env.Event) {
	c := x.conns[e.Conn]
	if c == nil || c.closing || x.stopping {
		e.Buffer.Release()
		return
	}
	r := e.Message.(*wire.Request)
	q := x.requests.take()
	q.inbox, q.conn, q.buffer, q.message = x, c, e.Buffer, r
	q.key, q.version, q.correlation, q.clientID = r.Key, r.Version, r.CorrelationID, r.ClientID
	if c.tail == nil {
		c.head = q
	} else {
		c.tail.next = q
	}
	c.tail = q
	if c.held == nil {
		c.held = q
	}
	c.queued++
	x.advance(now, c)
	if c.queued >= slotsMax || c.held != nil {
		x.pause(c)
	}
}

// advance begins what may begin.
func (x *Inbox) advance(now env.Now, c *Conn) {
	for c.held != nil && c.held.mayBegin() && x.server.Admits(c.held.message) && !c.closing && !x.work.Spent() {
		q := c.held
		c.held = q.next
		r := q.message
		q.message = nil
		c.running++
		if q.key != produceKey {
			c.others++
		}
		x.begin(now, q, r)
	}
	if c.held != nil && x.work.Spent() {
		x.runLater(c)
	}
}

// begin has a request handled. Only the batches of a Produce lie in its buffer: any other is given back at once, so
// that requests whose responses have to wait, JoinGroups above all, do not keep what the node reads with. One that is
// answered in parts keeps its buffer, because what it asks for is many times as large.
func (x *Inbox) begin(now env.Now, q *Request, r *wire.Request) {
	if r.Produce != nil {
		x.server.Serve(now, q, r)
		return
	}
	buffer, t := q.buffer, q.ticket
	q.buffer = nil
	x.server.Serve(now, q, r)
	if q.ticket == t && q.parts != nil {
		q.buffer = buffer
		return
	}
	buffer.Release()
}

// runLater has the connection's next request begin before the step ends, or in the next one.
func (x *Inbox) runLater(c *Conn) {
	if !c.runnable {
		c.runnable = true
		x.runnable = append(x.runnable, c)
	}
}

// Settle begins requests that were held until the ones before them were answered, and further parts of large ones.
func (x *Inbox) Settle(now env.Now) {
	runnable := x.runnable
	x.runnable = x.spare[:0]
	for i, c := range runnable {
		runnable[i] = nil
		if x.work.Spent() {
			x.runnable = append(x.runnable, c)
			continue
		}
		c.runnable = false
		x.advance(now, c)
		x.relax(c)
	}
	x.spare = runnable
	for len(x.waiting) > 0 && !x.work.Spent() {
		x.servePart(now)
	}
}

// Unsettled is how many connections and requests wait for [Inbox.Settle].
func (x *Inbox) Unsettled() int { return len(x.runnable) + len(x.waiting) }

// Serve has requests begin that the node did not admit before.
func (x *Inbox) Serve() {
	for _, c := range x.byID() {
		if c.held != nil {
			x.runLater(c)
		}
		x.relax(c)
	}
}

// Stop accepts no more requests, and closes each connection when what its peer has begun is answered.
func (x *Inbox) Stop() {
	x.stopping = true
	for _, c := range x.byID() {
		x.pause(c)
		x.relax(c)
	}
}

// Close closes every connection.
func (x *Inbox) Close() {
	for _, c := range x.byID() {
		x.leave(c)
	}
}

// byID lists the connections in the order of their ids.
func (x *Inbox) byID() []*Conn {
	all := make([]*Conn, 0, len(x.conns))
	for _, c := range x.conns {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *Conn) int { return cmp.Compare(a.id, b.id) })
	return all
}

// Held counts what an inbox holds: connections, requests that are not answered, and responses that keep files pinned.
type Held struct{ Connections, Requests, Sends int }

// Held returns what the inbox holds.
func (x *Inbox) Held() Held {
	return Held{len(x.conns), x.requests.indexes.InUse(), x.sends.indexes.InUse()}
}
