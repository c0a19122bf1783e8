package host

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"gregor/core/env"
)

const (
	// zeroCopyMin is the region size in bytes from which sendfile is used; below it a copy that leaves with the
	// header in one system call is cheaper. BenchmarkZeroCopyLine on two shared cores, server CPU of copying
	// over that of sendfile, one fetch in flight and many: 4K 0.95 0.61, 8K 0.94 0.71, 16K 1.20 1.36,
	// 32K 1.04 1.49, 64K 1.17 2.02, 128K 1.35 1.96.
	zeroCopyMin = 16 << 10
	// copyChunk is how much of a region is in memory at a time where it is copied.
	copyChunk = 256 << 10
	// heavy is how much another connection's goroutine, a sync worker or the timer sends itself; more than that
	// is left to a goroutine of its own.
	heavy = 64 << 10
	// pauseOut is how much may wait for a peer until the connection reads no more.
	pauseOut = 1 << 20
	// segmentCost is what a queued segment counts besides its bytes.
	segmentCost = 64
	// maxParts is how many pieces of memory leave, or are written, with one system call.
	maxParts = 64
	// maxSents is how many Sents are held back while there is more to send.
	maxSents = 64
)

var errTooSlow = errors.New("the peer does not take its answers")

// outQueue is what a connection has to send, in order. Sends are added under the node's lock by the goroutine that
// steps. If no goroutine flushes the queue, it does, and goes on until the queue is empty. So the order holds whichever
// goroutines send.
type outQueue struct {
	mu          sync.Mutex
	segs        []outSegment
	ends        []outEnd
	flushing    bool
	finishing   bool // shut the sending side down after the last
	dead        error
	size        atomic.Int64 // in memory, waiting: bytes
	readerWaits atomic.Bool

	// The flushing goroutine owns these.
	work     []outSegment
	workEnds []outEnd
	at, end  int // the next of work and of workEnds
	k        *carrier
	wait     bool // for the peer to take more
	err      error

	mine bool // the connection's own goroutine flushes, as the last thing it does; its own
}

// outSegment is bytes to send, and then n bytes of a file from pos on.
type outSegment struct {
	bytes []byte
	mem   *frame // holds bytes read from file; nil: bytes are the node's
	file  *file
	pos   env.Position
	n     int
	cost  int
}

// outEnd says that op is done once segs of the segments are sent.
type outEnd struct {
	op   env.OpID
	segs int
}

// add queues a Send. flush: the caller is to have it flushed. The node's lock is held.
func (q *outQueue) add(h *Host, op env.OpID, parts []env.Segment) (flush bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.dead != nil:
		return false, q.dead
	case q.finishing:
		return false, env.ErrReset
	case q.size.Load() > int64(h.opt.MaxOutBytes):
		return false, errTooSlow
	}
	cost := 0
	for _, p := range parts {
		if p.Len() == 0 {
			continue
		}
		s := outSegment{bytes: p.Bytes, cost: segmentCost + len(p.Bytes)}
		if p.Region.File != 0 {
			s.file, s.pos, s.n = h.file(p.Region.File, "Send"), p.Region.Pos, p.Region.Length
		}
		q.segs = append(q.segs, s)
		cost += s.cost
	}
	q.size.Add(int64(cost))
	if op != 0 {
		q.ends = append(q.ends, outEnd{op, len(q.segs)})
	}
	flush = !q.flushing
	q.flushing = true
	return flush, nil
}

// finish ends the sending after what is queued. flush: the caller is to have it flushed.
func (q *outQueue) finish() (flush bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.finishing = true
	flush = !q.flushing
	q.flushing = true
	return flush
}

// kill lets nothing more be added. What is queued fails when the flushing goroutine finds the socket closed.
func (q *outQueue) kill(err error) {
	q.mu.Lock()
	if q.dead == nil {
		q.dead = err
	}
	q.mu.Unlock()
}

func (q *outQueue) failure() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dead
}

// tooLong reports whether so much waits to be sent that the connection must not be read until the peer has taken some.
func (q *outQueue) tooLong() bool { return q.size.Load() > pauseOut }

// mayRead reports whether the peer takes what was sent fast enough to be read from. Answers are read in any case.
func (c *conn) mayRead() bool { return c.answers || !c.out.tooLong() }

// take makes sure that there is work; false: nothing is left, and the caller flushes no more.
func (q *outQueue) take(c *conn) bool {
	if q.at < len(q.work) {
		return true
	}
	clear(q.work)
	q.mu.Lock()
	q.work, q.segs = q.segs, q.work[:0]
	q.workEnds, q.ends = q.ends, q.workEnds[:0]
	q.at, q.end = 0, 0
	left := len(q.work)+len(q.workEnds) > 0
	q.flushing = left
	last := !left && q.finishing
	q.mu.Unlock()
	if last {
		c.stream.finish()
	}
	if !left && q.readerWaits.Load() {
		q.readerWaits.Store(false)
		c.nudge()
	}
	return left
}

// sending reports whether anything is queued.
func (q *outQueue) sending() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.flushing
}

// busy reports whether a goroutine other than the connection's own flushes.
func (q *outQueue) busy() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.flushing && !q.mine
}

// sent notes that n bytes have left, and completes what that completes.
func (q *outQueue) sent(n int, zeroCopy bool) {
	st := &q.k.h.stats
	st.bytesOut.Add(uint64(n))
	if zeroCopy {
		st.bytesZeroCopy.Add(uint64(n))
		s := &q.work[q.at]
		s.pos += env.Position(n)
		s.n -= n
	} else {
		q.advance(n)
	}
	for q.at < len(q.work) && q.work[q.at].done() {
		q.free(&q.work[q.at])
		q.at++
	}
	q.complete(nil)
}

// advance takes n bytes of memory off the front.
func (q *outQueue) advance(n int) {
	for i := q.at; n > 0; i++ {
		s := &q.work[i]
		take := min(n, len(s.bytes))
		s.bytes = s.bytes[take:]
		n -= take
	}
}

func (s *outSegment) done() bool { return len(s.bytes) == 0 && s.n == 0 }

// free lets go of what a segment that is sent, or never will be, holds.
func (q *outQueue) free(s *outSegment) {
	if s.mem != nil {
		s.mem.release()
		s.mem = nil
	}
	if s.file != nil {
		s.file.drop(q.k)
		s.file = nil
	}
	q.size.Add(int64(-s.cost))
}

// complete turns the Sends that are through into events.
func (q *outQueue) complete(err error) {
	for q.end < len(q.workEnds) && (err != nil || q.workEnds[q.end].segs <= q.at) {
		q.k.events = append(q.k.events, env.Event{Kind: env.Sent, Op: q.workEnds[q.end].op, Conn: q.k.sending.id, Err: err})
		q.end++
	}
}

// fail gives up all that is queued. The caller flushes, and flushes no more.
func (q *outQueue) fail(err error) {
	err = netError(err)
	for q.drain(err) {
	}
}

func (q *outQueue) drain(err error) (more bool) {
	for ; q.at < len(q.work); q.at++ {
		q.free(&q.work[q.at])
	}
	q.complete(err)
	clear(q.work)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.dead == nil {
		q.dead = err
	}
	q.work, q.segs = q.segs, q.work[:0]
	q.workEnds, q.ends = q.ends, q.workEnds[:0]
	q.at, q.end = 0, 0
	q.flushing = len(q.work)+len(q.workEnds) > 0
	return q.flushing
}

// load reads into memory what of a segment is to be copied and is not in memory yet.
func (q *outQueue) load(s *outSegment) error {
	if len(s.bytes) > 0 || s.n == 0 {
		return nil
	}
	n := min(s.n, copyChunk)
	if s.mem == nil {
		s.mem = q.k.h.pool.get(n, nil)
	}
	got, err := s.file.read(q.k.h, s.mem.mem[:n], int64(s.pos))
	q.k.h.stats.preads.Add(1)
	q.k.h.stats.bytesRead.Add(uint64(got))
	if err == nil && got < n {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return regionError(s, err)
	}
	s.bytes = s.mem.mem[:n]
	s.pos += env.Position(n)
	s.n -= n
	return nil
}

func regionError(s *outSegment, err error) error {
	return fmt.Errorf("%w: sending %s from %d on: %w", env.ErrIO, s.file.path, s.pos, err)
}

// flush carries a doFlush.
func (k *carrier) flush(c *conn) {
	switch {
	case k.own == c && !c.answers:
		c.out.mine = true
	case c.out.heavy() || c.push(k, false):
		k.h.spawn(c.drain)
	}
}

// heavy reports whether more is queued than a stranger's goroutine should send.
func (q *outQueue) heavy() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for i := range q.segs {
		n += len(q.segs[i].bytes) + q.segs[i].n
	}
	return n > heavy
}

// drain is a goroutine that flushes for a peer that does not take all at once.
func (c *conn) drain() {
	k := c.h.carriers.Get().(*carrier)
	for more := true; more; {
		more = c.push(k, true)
		k.run()
	}
	c.h.carriers.Put(k)
}

// drainOwn flushes on the connection's own goroutine, which waits: a peer that does not take its answers is not
// read from.
func (q *outQueue) drainOwn(c *conn) {
	for q.mine {
		q.mine = c.push(c.k, true)
		c.k.run()
	}
}

// failOwn gives up what the connection's own goroutine would have flushed.
func (q *outQueue) failOwn(c *conn) {
	if q.mine {
		q.mine = false
		q.begin(c, c.k, false)
		q.fail(q.failure())
	}
}

// begin makes k the one who flushes.
func (q *outQueue) begin(c *conn, k *carrier, wait bool) {
	q.k, q.wait, q.err = k, wait, nil
	k.sending = c
}

// push sends what is queued. more: the caller still is the one who flushes, and is to come again, after running
// the events there are; if it does not wait, the socket is full.
func (c *conn) push(k *carrier, wait bool) (more bool) {
	q := &c.out
	q.begin(c, k, wait)
	for q.take(c) {
		q.complete(nil)
		if q.at == len(q.work) {
			continue
		}
		if err := c.stream.transmit(c); err != nil {
			q.fail(err)
			c.hangUp()
			return false
		}
		c.active.Store(c.h.clock.Load())
		if q.readerWaits.Load() && !q.tooLong() {
			q.readerWaits.Store(false)
			c.nudge()
		}
		if q.at < len(q.work) || len(k.events) > maxSents {
			return true
		}
	}
	return false
}

// readFull reads until p is full or the file ends.
func readFull(f *os.File, p []byte, pos int64) (n int, err error) {
	n, err = f.ReadAt(p, pos)
	if err == io.EOF {
		err = nil
	}
	return n, err
}
