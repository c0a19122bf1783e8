package netsim

import (
	"time"

	"gregor/core/env"
)

// action is something that happens once, later, to one end or stream.
type action struct {
	kind   actionKind
	end    *end
	stream *stream
	to     *Port
	port   *Port  // of a lateSent
	life   uint64 // of its node
	id     env.ConnID
	op     env.OpID
	cause  uint64
}

type actionKind uint8

const (
	syn actionKind = iota + 1
	synAck
	refused
	dialTimeout
	reset
	ackTimeout
	linger
	lateSent
)

// synRetry is how long a dial waits before it sends another SYN.
const synRetry = int64(time.Second)

// later schedules an action.
func (n *Net) later(a action, nanos int64) {
	slot, fresh := n.slots.Take()
	if fresh {
		n.actions = append(n.actions, action{})
	}
	n.actions[slot] = a
	n.engine.At(n.engine.Now().Add(time.Duration(nanos)), n.tie(&a), fireAction<<56|uint64(slot))
}

// tie draws from the stream of the connection concerned.
func (n *Net) tie(a *action) uint32 {
	switch {
	case a.end != nil:
		return uint32(a.end.out().rnd.Uint64())
	case a.stream != nil:
		return uint32(a.stream.rnd.Uint64())
	}
	return uint32(a.op)
}

// act carries out an action and reports whether it still meant something.
func (n *Net) act(slot uint32) bool {
	a := n.actions[slot]
	n.actions[slot] = action{}
	n.slots.Return(slot)
	switch a.kind {
	case syn:
		return n.synArrives(a)
	case synAck:
		return n.synAckArrives(a)
	case refused:
		return a.end.dialFails(env.ErrRefused, a.cause)
	case dialTimeout:
		return a.end.dialFails(env.ErrTimeout, a.cause)
	case reset:
		return a.end.resetArrives(a.cause)
	case ackTimeout:
		return a.stream.timeOutUnacked(a.cause)
	case linger:
		return a.end.lingerExpired(a.cause)
	}
	if a.life != n.lives[a.port.node] {
		return false
	}
	a.port.deliver(env.Event{Kind: env.Sent, Op: a.op, Conn: a.id, Err: env.ErrReset}, a.cause)
	return true
}

// dialFails ends a dial that has not been answered.
func (e *end) dialFails(err error, cause uint64) bool {
	if e.state != opening {
		return false
	}
	if e.peer().port == nil {
		e.peer().state = gone
	}
	e.fail(err, cause)
	return true
}

// synArrives is a dial arriving at its destination.
func (n *Net) synArrives(a action) bool {
	if a.end.state != opening {
		return false
	}
	rnd := &a.end.out().rnd
	if n.cut(a.end.port, a.to) || !a.to.powered {
		n.later(a, synRetry)
		return true
	}
	if !a.to.up {
		n.later(action{kind: refused, end: a.end, cause: a.cause}, n.oneWay(a.to, a.end.port, rnd))
		return true
	}
	peer := a.end.peer()
	a.to.newID(peer)
	peer.state = open
	n.later(action{kind: synAck, end: a.end, cause: a.cause}, n.oneWay(a.to, a.end.port, rnd))
	a.to.deliver(env.Event{Kind: env.Accepted, Conn: peer.id, Peer: a.end.port.from(a.end.id)}, a.cause)
	return true
}

// synAckArrives is the acceptance arriving at the dialer.
func (n *Net) synAckArrives(a action) bool {
	e := a.end
	if e.state != opening {
		return false
	}
	if n.cut(e.peer().port, e.port) {
		n.later(a, synRetry)
		return true
	}
	e.state = open
	e.port.deliver(env.Event{Kind: env.Dialed, Op: e.dialOp, Conn: e.id}, a.cause)
	e.read()
	return true
}

// resetLater lets a reset travel to an end.
func (n *Net) resetLater(e *end, cause uint64) {
	if e.state != gone && e.port != nil {
		n.later(action{kind: reset, end: e, cause: cause}, n.oneWay(e.peer().port, e.port, &e.out().rnd))
	}
}

// resetArrives is a reset arriving, unless the link is cut: then it is lost.
func (e *end) resetArrives(cause uint64) bool {
	if e.state == gone || e.conn.net.cut(e.peer().port, e.port) {
		return false
	}
	e.fail(env.ErrReset, cause)
	return true
}

// answerForGone is what a machine answers to bytes for a connection it does not have: a reset, or nothing
// without power.
func (n *Net) answerForGone(s *stream, bytes bool) {
	s.data, s.head, s.ready = s.data[:0], 0, 0
	for s.origins.len() > 0 {
		s.origins.drop()
	}
	if bytes && s.to.port.powered {
		n.resetLater(s.from, n.engine.Cause())
	}
}

// watchAcks starts the sender's ackTimeout if what it sends cannot be acknowledged.
func (n *Net) watchAcks(s *stream) {
	if s.from.state == gone || s.to.port == nil || !n.unreachable(s) {
		return
	}
	if !s.stuck {
		s.stuck, s.stuckFrom = true, n.engine.Now()
	}
	if !s.waiting {
		s.waiting = true
		n.later(action{kind: ackTimeout, stream: s, cause: n.engine.Cause()}, n.opts.ConnTimeoutNanos)
	}
}

// unreachable reports whether bytes or their acknowledgement cannot get through.
func (n *Net) unreachable(s *stream) bool {
	return !s.to.port.powered || n.cut(s.from.port, s.to.port) || n.cut(s.to.port, s.from.port)
}

// timeOutUnacked closes the sender's end if nothing was acknowledged for ConnTimeout.
func (s *stream) timeOutUnacked(cause uint64) bool {
	s.waiting = false
	n := s.conn.net
	if s.from.state == gone || !s.stuck {
		return false
	}
	if left := s.stuckFrom.Add(time.Duration(n.opts.ConnTimeoutNanos)).Sub(n.engine.Now()); left > 0 {
		s.waiting = true
		n.later(action{kind: ackTimeout, stream: s, cause: cause}, int64(left))
		return false
	}
	s.from.fail(env.ErrTimeout, cause)
	return true
}
