package netsim

import (
	"fmt"

	"gregor/core/env"
)

type state uint8

const (
	opening state = iota // dialed, not yet answered
	open
	closing // Close was called, bytes are still waiting to be sent
	gone
)

// conn is a connection: two ends and the two streams between them. Stream i leaves end i.
type conn struct {
	net     *Net
	index   int
	ends    [2]end
	streams [2]stream
}

// end is what one node has of a connection.
type end struct {
	conn    *conn
	side    int   // 0 dialed, 1 was accepted
	port    *Port // nil: not accepted yet
	id      env.ConnID
	state   state
	paused  bool
	blocked bool // a Message waits at the node: no further one until it is handled
	waking  bool // a read is scheduled
	cause   uint64
	dialOp  env.OpID
	frame   *env.Buffer // of a frame that has come in part
	need    int         // its size
}

func (e *end) out() *stream { return &e.conn.streams[e.side] }
func (e *end) in() *stream  { return &e.conn.streams[1-e.side] }
func (e *end) peer() *end   { return &e.conn.ends[1-e.side] }

func (e *end) reads() *reading { return &e.port.reads[e.side] }

// read hands the node one frame after another until there is none, or the node has enough.
func (e *end) read() {
	for e.state == open && !e.paused && !e.blocked && e.readFrame() {
	}
}

// readFrame hands over one frame and reports whether to go on.
func (e *end) readFrame() bool {
	s := e.in()
	if s.ready == 0 {
		e.noticeEnd()
		return false
	}
	if e.frame == nil {
		size, err := e.reads().proto.FrameSize(s.data[s.head : s.head+s.ready])
		if err == nil && (size < 0 || size == 0 && s.ready >= s.conn.net.opts.WindowBytes) {
			err = fmt.Errorf("no frame in %d bytes", s.ready)
		}
		if err != nil {
			e.hangUp(fmt.Errorf("%w: %w", env.ErrFrame, err), s.origins.at(0).cause)
			return false
		}
		if size == 0 {
			e.noticeEnd()
			return false
		}
		e.need = size
		e.frame = e.reads().buffers.Take(min(size, max(s.ready, firstPiece)))
		e.frame.Bytes = e.frame.Bytes[:0]
	}
	return e.fill(s)
}

// firstPiece is how much of a frame gets memory before any of it has come, in bytes.
const firstPiece = 256 << 10

// fill moves what has arrived into the frame and delivers it once it is whole.
func (e *end) fill(s *stream) bool {
	n := min(s.ready, e.need-len(e.frame.Bytes))
	e.widen(len(e.frame.Bytes) + n)
	e.frame.Bytes = append(e.frame.Bytes, s.data[s.head:s.head+n]...)
	cause := s.consumed(n)
	if len(e.frame.Bytes) < e.need {
		e.noticeEnd()
		return false
	}
	b := e.frame
	e.frame = nil
	return e.message(b, cause)
}

// widen moves a frame in progress to a larger buffer if it has outgrown its own.
func (e *end) widen(n int) {
	if n <= cap(e.frame.Bytes) {
		return
	}
	small := e.frame
	e.frame = e.reads().buffers.Take(min(e.need, max(n, 2*cap(small.Bytes))))
	e.frame.Bytes = append(e.frame.Bytes[:0], small.Bytes...)
	small.Release()
}

func (e *end) message(b *env.Buffer, cause uint64) bool {
	m, err := e.reads().proto.Decode(b.Bytes, b.Decoded)
	if err != nil {
		b.Release()
		e.hangUp(fmt.Errorf("%w: %w", env.ErrFrame, err), cause)
		return false
	}
	e.reads().tools = env.Finish(m, e.reads().tools)
	b.Decoded = m
	e.blocked = !e.port.deliver(env.Event{Kind: env.Message, Conn: e.id, Message: m, Buffer: b}, cause)
	return true
}

// noticeEnd ends an end whose peer has ended the stream, once everything before it was read.
func (e *end) noticeEnd() {
	if s := e.in(); s.finIn && s.flight.len() == 0 {
		e.fail(nil, s.finCause)
	}
}

// fail closes this end at once and notifies its node, not its peer. err nil is an orderly end; sends still waiting
// fail in any case.
func (e *end) fail(err error, cause uint64) {
	was := e.state
	if was == gone {
		return
	}
	e.detach()
	if was == opening {
		e.port.deliver(env.Event{Kind: env.Dialed, Op: e.dialOp, Err: orReset(err)}, cause)
		return
	}
	e.failSends(orReset(err), cause)
	e.port.deliver(env.Event{Kind: env.Closed, Conn: e.id, Err: err}, cause)
}

func orReset(err error) error {
	if err == nil {
		return env.ErrReset
	}
	return err
}

// failSends completes what was waiting to be sent. The end is gone, so that a step in between adds nothing.
func (e *end) failSends(err error, cause uint64) {
	q := &e.out().queue
	for q.len() > 0 {
		op := q.at(0).op
		e.out().unpin(q.at(0))
		q.drop()
		if op != 0 {
			e.port.deliver(env.Event{Kind: env.Sent, Op: op, Conn: e.id, Err: err}, cause)
		}
	}
}

// hangUp closes this end because of an error of its own; the peer gets an end of stream, or a reset if it had
// sent what was not read.
func (e *end) hangUp(err error, cause uint64) {
	e.endStream(e.in().ready > 0 || e.out().queue.len() > 0, cause)
	e.fail(err, cause)
}

func (e *end) endStream(reset bool, cause uint64) {
	if e.out().finished || e.peer().port == nil {
		return
	}
	var err error
	if reset {
		err = env.ErrReset
	}
	e.out().finish(err, cause)
}

// lingerExpired ends a Close whose peer has not read what was sent before.
func (e *end) lingerExpired(cause uint64) bool {
	if e.state != closing {
		return false
	}
	e.hangUp(fmt.Errorf("%w: what was sent before the close did not leave in time", env.ErrTimeout), cause)
	return true
}

// completeClose completes a Close: everything sent before is on the wire.
func (e *end) completeClose() {
	e.detach()
	e.port.deliver(env.Event{Kind: env.Closed, Conn: e.id}, e.cause)
}

// detach removes the end from its node. A connection without ends is forgotten.
func (e *end) detach() {
	e.state = gone
	e.frame = nil
	e.port.ends[e.id-1] = nil
	if e.peer().state == gone {
		e.conn.net.conns[e.conn.index] = nil
	}
}
