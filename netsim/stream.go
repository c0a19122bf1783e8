package netsim

import (
	"fmt"
	"time"

	"gregor/core/env"
)

// maxQueued bounds the Sends of one connection that wait to be transmitted. A node that has so many in flight
// does not look at Sent.
const maxQueued = 1 << 20

// send is one Send that has not wholly gone onto the wire.
type send struct {
	op    env.OpID
	cause uint64
	sum   uint64 // a sample of the bytes when they were submitted
	parts []env.Segment
	part  int // the part being transmitted
	done  int // bytes of it that are gone
}

// chunk is bytes on the wire that arrive together.
type chunk struct {
	at    env.Instant
	n     int
	cause uint64
	fin   bool
	err   error // with fin: nil is an orderly end
}

// stream is one direction of a connection. data holds, from head on, what was transmitted and not yet read; the
// first ready bytes of it have arrived.
type stream struct {
	conn     *conn
	from, to *end
	rnd      env.Rand
	queue    fifo[send]
	window   int // bytes that may still be put on the wire
	owed     int // window that comes back when the way back heals
	data     []byte
	head     int
	ready    int
	flight   fifo[chunk]
	origins  fifo[origin] // whence the ready bytes came
	luck     env.Rand     // draws resets

	sending   bool // a transmission is scheduled
	arriving  bool // an arrival is scheduled
	held      bool // until Release
	finished  bool // a fin is on the wire: nothing follows
	finIn     bool // the fin has arrived
	finCause  uint64
	waiting   bool        // a timeout is scheduled
	stuck     bool        // bytes go unacknowledged
	stuckFrom env.Instant // since when
}

// origin is a run of bytes that arrived because of one event.
type origin struct {
	n     int
	cause uint64
}

// slot numbers the things a stream asks its engine for.
func (s *stream) slot(what uint64) uint64 {
	dir := uint64(0)
	if s == &s.conn.streams[1] {
		dir = 1
	}
	return what<<56 | uint64(s.conn.index)<<1 | dir
}

// transmitSoon schedules a transmission unless one is.
func (s *stream) transmitSoon() {
	if s.sending {
		return
	}
	s.sending = true
	draw := s.rnd.Uint64()
	s.conn.net.engine.At(s.conn.net.engine.Now()+env.Instant(draw>>32%sendDelay), uint32(draw), s.slot(fireTransmit))
}

// sendDelay bounds the time a kernel takes to look at what was submitted, in nanoseconds.
const sendDelay = 2000

// transmit puts what the window allows onto the wire and delivers Sent for what is gone.
func (s *stream) transmit() {
	s.sending = false
	if s.from.state == gone {
		return
	}
	n := s.conn.net
	if n.drawReset(s) {
		return
	}
	before, cause := s.window, uint64(0)
	done := 0
	for done < s.queue.len() && s.window > 0 {
		q := s.queue.at(done)
		cause = q.cause
		if err := s.copyOut(q); err != nil {
			s.launch(before-s.window, cause)
			s.from.hangUp(err, cause)
			return
		}
		if q.part < len(q.parts) {
			break
		}
		done++
	}
	s.launch(before-s.window, cause)
	s.finishIfClosing(done)
	s.completed(done)
}

// copyOut appends as much of a send as the window allows.
func (s *stream) copyOut(q *send) error {
	for ; q.part < len(q.parts); q.part++ {
		p := &q.parts[q.part]
		n := min(p.Len()-q.done, s.window)
		if err := s.copyPart(p, q.done, n); err != nil {
			return err
		}
		s.window -= n
		q.done += n
		if q.done < p.Len() {
			return nil
		}
		q.done = 0
	}
	return nil
}

func (s *stream) copyPart(p *env.Segment, from, n int) error {
	if p.Region.File == 0 {
		s.room(n)
		s.data = append(s.data, p.Bytes[from:from+n]...)
		return nil
	}
	if n == 0 {
		return nil
	}
	s.room(n)
	at := len(s.data)
	s.data = s.data[:at+n]
	err := s.conn.net.engine.Region(s.from.port.node, p.Region.File, p.Region.Pos+env.Position(from), s.data[at:])
	if err != nil {
		s.data = s.data[:at]
	}
	return err
}

// room makes place for n more bytes, moving what is unread to the front where that is enough.
func (s *stream) room(n int) {
	if len(s.data)+n <= cap(s.data) {
		return
	}
	live := len(s.data) - s.head
	if live+n <= cap(s.data) {
		copy(s.data, s.data[s.head:])
		s.data, s.head = s.data[:live], 0
		return
	}
	grown := make([]byte, live, max(2*cap(s.data), live+n, 1024))
	copy(grown, s.data[s.head:])
	s.data, s.head = grown, 0
}

// completed delivers Sent for the first n sends of the queue. A step in between may add to the queue or end the
// connection.
func (s *stream) completed(n int) {
	for ; n > 0 && s.queue.len() > 0; n-- {
		q := s.queue.at(0)
		s.checkUnchanged(q)
		op, cause := q.op, q.cause
		s.unpin(q)
		s.queue.drop()
		if op != 0 {
			s.from.port.deliver(env.Event{Kind: env.Sent, Op: op, Conn: s.from.id}, cause)
		}
	}
	if s.from.state == closing && s.finished {
		s.from.completeClose()
	}
}

// launch cuts n bytes just appended into chunks and gives each its time of arrival.
func (s *stream) launch(n int, cause uint64) {
	if n == 0 {
		return
	}
	net := s.conn.net
	pieces := 1
	if n > 1 && hit(&s.rnd, net.opts.SplitPerMillion) {
		pieces = min(n, 2+s.rnd.IntN(7))
	}
	for ; pieces > 1; pieces-- {
		take := 1 + s.rnd.IntN(n-pieces+1)
		s.flight.push(chunk{at: net.arrival(s, take), n: take, cause: cause})
		n -= take
	}
	s.flight.push(chunk{at: net.arrival(s, n), n: n, cause: cause})
	s.expect()
	net.watchAcks(s)
}

// finishIfClosing sends the end of the stream after its last byte: a reset if the closing end leaves bytes unread.
// done sends are about to leave the queue.
func (s *stream) finishIfClosing(done int) {
	if s.from.state == closing && done == s.queue.len() && !s.finished {
		s.from.endStream(s.from.in().ready > 0, s.from.cause)
	}
}

// finish puts the end of the stream onto the wire behind everything that is there.
func (s *stream) finish(err error, cause uint64) {
	s.finished = true
	s.flight.push(chunk{at: s.conn.net.arrival(s, 0), fin: true, err: err, cause: cause})
	s.expect()
}

// expect schedules the next arrival unless one is scheduled or nothing gets through.
func (s *stream) expect() {
	if s.arriving || s.flight.len() == 0 || s.held || s.conn.net.cut(s.from.port, s.to.port) {
		return
	}
	s.arriving = true
	s.conn.net.engine.At(max(s.flight.at(0).at, s.conn.net.engine.Now()), uint32(s.rnd.Uint64()), s.slot(fireArrive))
}

// arrive takes in what is due and lets the receiver read.
func (s *stream) arrive() {
	s.arriving = false
	net := s.conn.net
	if s.held || net.cut(s.from.port, s.to.port) {
		return
	}
	now := net.engine.Now()
	before := s.ready
	for s.flight.len() > 0 && s.flight.at(0).at <= now {
		c := s.flight.at(0)
		if c.fin && c.err != nil {
			s.to.fail(c.err, c.cause)
			return
		}
		s.receive(c)
		s.flight.drop()
	}
	s.expect()
	if s.to.state == gone {
		net.answerForGone(s, s.ready > before)
		return
	}
	s.digest(s.ready - before)
	s.to.read()
}

// receive makes a chunk's bytes readable.
func (s *stream) receive(c *chunk) {
	if c.fin {
		s.finIn, s.finCause = true, c.cause
		return
	}
	s.ready += c.n
	if k := s.origins.len(); k > 0 && s.origins.at(k-1).cause == c.cause {
		s.origins.at(k - 1).n += c.n
		return
	}
	s.origins.push(origin{c.n, c.cause})
}

// digest folds bytes that arrived into the run's hash.
func (s *stream) digest(n int) {
	if n > 0 {
		end := s.head + s.ready
		s.conn.net.engine.Hash(s.conn.net.engine.Sum(s.data[end-n : end]))
	}
}

// consumed gives back the window of n bytes that were read, and returns the cause of the last of them.
func (s *stream) consumed(n int) (cause uint64) {
	s.head += n
	s.ready -= n
	for left := n; left > 0; {
		o := s.origins.at(0)
		cause = o.cause
		use := min(left, o.n)
		left -= use
		if o.n -= use; o.n == 0 {
			s.origins.drop()
		}
	}
	if s.head == len(s.data) {
		s.data, s.head = s.data[:0], 0
	}
	net := s.conn.net
	if net.cut(s.to.port, s.from.port) {
		s.owed += n
	} else {
		s.grow(n)
	}
	return cause
}

func (s *stream) grow(n int) {
	s.window += n
	if s.queue.len() > 0 && s.from.state != gone {
		s.transmitSoon()
	}
}

// submit queues a send.
func (s *stream) submit(op env.OpID, parts []env.Segment) {
	if s.queue.len() >= maxQueued {
		panic(fmt.Sprintf("netsim: connection %d of %s has %d sends waiting; core must wait for Sent", s.from.id,
			s.from.port.name, s.queue.len()))
	}
	q := s.queue.grow()
	q.op, q.cause, q.part, q.done = op, s.conn.net.engine.Cause(), 0, 0
	q.parts = append(q.parts[:0], parts...)
	for i := range parts {
		if f := parts[i].Region.File; f != 0 {
			s.conn.net.engine.Pin(s.from.port.node, f)
		}
	}
	if !s.conn.net.opts.SkipChecks {
		q.sum = s.sample(parts)
	}
	s.transmitSoon()
}

// sampled is how many pieces of a long segment a sample looks at, and wholly how long a segment it looks at all
// of, in bytes.
const (
	sampled = 16
	wholly  = 1024
)

// sample is a checksum of places spread over what is sent from memory: enough to notice a buffer that was used
// again, at no cost to speak of.
func (s *stream) sample(parts []env.Segment) uint64 {
	var sum uint64
	engine := s.conn.net.engine
	for i := range parts {
		b := parts[i].Bytes
		if len(b) <= wholly {
			sum = sum*31 + engine.Sum(b)
			continue
		}
		for k := range sampled {
			at := k * (len(b) - 32) / (sampled - 1)
			sum = sum*31 + engine.Sum(b[at:at+32])
		}
	}
	return sum
}

func (s *stream) checkUnchanged(q *send) {
	if !s.conn.net.opts.SkipChecks && s.sample(q.parts) != q.sum {
		panic(fmt.Sprintf("netsim: the bytes of Send %d on connection %d of %s changed before Sent: was their buffer released too early?",
			q.op, s.from.id, s.from.port.name))
	}
}

func (s *stream) unpin(q *send) {
	for i := range q.parts {
		if f := q.parts[i].Region.File; f != 0 {
			s.conn.net.engine.Unpin(s.from.port.node, f)
		}
	}
	clear(q.parts)
	q.parts = q.parts[:0]
}

// lag is the time a retransmission takes once nothing stands in its way.
func (n *Net) lag(r *env.Rand) time.Duration {
	return time.Duration(r.Between(0, n.opts.RetransmitNanos))
}
