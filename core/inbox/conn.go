package inbox

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/wire"
)

const (
	// A connection is not read from while this many of its requests wait for their responses …
	slotsMax = 64
	// … until so few are left.
	slotsResume = slotsMax / 2
)

const produceKey = int16(kmsg.Produce)

// Conn is one accepted connection: a queue of requests whose responses leave in the order the requests came.
type Conn struct {
	id         env.ConnID
	peer       string
	listener   string         // by which it came
	principal  string         // as whom the listener has authenticated the peer
	on         wire.Listeners // whose APIs are served on it
	head, tail *Request
	held       *Request // the first that has not begun; all behind it have not either
	queued     int
	running    int // begun and not answered
	others     int // of those, the ones that are no produces
	paused     bool
	closing    bool
	runnable   bool // in Inbox.runnable
	beats      Heartbeats
}

// Heartbeats is the broker whose heartbeats come over a connection.
type Heartbeats struct {
	Broker kafka.NodeID
	Epoch  kafka.BrokerEpoch // zero: none come
}

// ID returns the connection's id.
func (c *Conn) ID() env.ConnID { return c.id }

// Peer returns the peer's address as host:port.
func (c *Conn) Peer() string { return c.peer }

// Principal returns as whom the connection's listener has authenticated the peer: "User:CN=alice",
// [kafka.AnonymousPrincipal] if it does not authenticate.
func (c *Conn) Principal() string { return c.principal }

// Listener returns the name of the listener by which the connection came.
func (c *Conn) Listener() string { return c.listener }

// Serves returns the roles whose APIs are served on the connection.
func (c *Conn) Serves() wire.Listeners { return c.on }

// SetHeartbeats notes that a broker's heartbeats come over the connection.
func (c *Conn) SetHeartbeats(h Heartbeats) { c.beats = h }

// mayBegin reports whether the order of the connection lets the request begin.
func (q *Request) mayBegin() bool {
	return q.conn.running == 0 || q.key == produceKey && q.conn.others == 0
}

func (x *Inbox) pause(c *Conn) {
	if !c.paused {
		c.paused = true
		x.world.Network.Pause(c.id)
	}
}

func (x *Inbox) resume(c *Conn) {
	if c.paused && !c.closing {
		c.paused = false
		x.world.Network.Resume(c.id)
	}
}

// relax reads from a connection again once there is room. A node that stops closes it instead, once nothing of what its
// peer asked for is under way.
func (x *Inbox) relax(c *Conn) {
	switch {
	case x.stopping && c.running == 0:
		x.leave(c)
	case !x.stopping && c.paused && c.queued <= slotsResume && c.held == nil:
		x.resume(c)
	}
}

// leave closes a connection because the node stops. That it closes says nothing about the peer.
func (x *Inbox) leave(c *Conn) {
	c.beats = Heartbeats{}
	x.end(c)
}

// end closes a connection after the responses that were sent.
func (x *Inbox) end(c *Conn) {
	if !c.closing {
		c.closing = true
		x.world.Network.Close(c.id)
	}
}
