package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"gregor/core/env"
)

const (
	// readAhead is how much a read takes when small frames come: many of them in one system call.
	readAhead = 64 << 10
	// aloneAhead is the same where one request comes at a time.
	aloneAhead = 4 << 10
	// inPlace is the frame size from which a read is cut to the size of the frame before it: frames of one
	// size, as a producer sends them, then arrive in place, each in its own buffer, and nothing is copied.
	// Where several come at a time, reading many at once and copying pays up to inPlaceMany.
	inPlace     = 8 << 10
	inPlaceMany = 32 << 10
	inPlaceMax  = 2 << 20 // and so does a frame as large as the one before, up to this
	// trusted is the frame size up to which a frame gets its whole buffer when its first bytes have come.
	// Above it the buffer grows with what has arrived: a length alone takes no memory.
	trusted = 256 << 10
	// maxBatch is how many frames that came together are stepped under one lock take.
	maxBatch = 32
	// maxHead is how many bytes a Protocol may ask for before it knows a frame's size.
	maxHead = 4 << 10
)

// conn is one connection. Its goroutine reads, cuts and decodes frames outside the node's lock, and brings them in.
//
//tidy:size its goroutine, the lock and the flusher each own some of its fields, which are grouped so
type conn struct {
	h    *Host
	id   env.ConnID
	tcp  *net.TCPConn // what the stream travels by
	peer string
	wake chan struct{} // one token: look again at paused, leaving, and the out queue's size
	out  outQueue
	stream
	*intake
	share *share // of the intake's memory

	// Guarded by the node's lock.
	paused  bool
	leaving bool        // the node has closed it; what is queued still leaves
	half    bool        // the peer sends no more; what is queued still leaves
	leaveBy env.Instant // or is given up
	gone    bool        // nothing more is read or written
	unsent  int         // Sents to come
	why     error       // of the Closed event
	pace    pace        // of the frame that has begun

	// The connection's goroutine's own.
	k       *carrier // while there is something to do
	in      *frame   // holds the bytes of a frame that has not come whole yet: in.mem[:filled]
	filled  int
	hint    int  // size of the frame before
	many    bool // the read before had found more at once
	awake   bool // something was read since the goroutine last waited
	batch   []*frame
	ended   error // why reading ended
	discard bool  // the node has closed the connection: what comes is thrown away

	arrived atomic.Int64 // bytes
	active  atomic.Int64 // env.Instant of the last byte moved
	// env.Instant of the first byte of a frame that has not come whole; 0: none
	frameBegan atomic.Int64
	expired    atomic.Pointer[string]             // why watch hung up
	hung       atomic.Bool                        // hung up
	short      atomic.Bool                        // it waits for memory for the frame that has begun
	waits      atomic.Pointer[context.CancelFunc] // ends its waiting for a share of unpacking

	decodedMu sync.Mutex
	decoded   []any // what earlier Decodes returned, free to be used again
}

// live is the connection's goroutine. One that a listener with a Secure accepted is brought in after its handshake.
func (c *conn) live(first env.Event, by Secure) {
	if by != nil {
		principal, err := c.secure(by)
		if err != nil {
			c.refuseHandshake(err)
			return
		}
		first.Principal = principal
	}
	c.k = c.h.carriers.Get().(*carrier)
	c.k.own = c
	c.k.bring(first)
	c.out.drainOwn(c)
	c.stream.read(c)
	c.end()
}

// nudge makes the connection's goroutine look again. It never blocks.
func (c *conn) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// hangUp ends the connection from outside its goroutine, which then finds out and cleans up.
func (c *conn) hangUp() {
	if c.hung.CompareAndSwap(false, true) {
		_ = c.tcp.CloseRead() // not Close, which waits for the goroutine that this is about to wake
		_ = c.tcp.CloseWrite()
		c.nudge()
		c.pool.look()
		if cancel := c.waits.Load(); cancel != nil {
			(*cancel)()
		}
	}
}

// space is where the next bytes go; nil if there is no memory for them and the connection was hung up.
func (c *conn) space() []byte {
	c.work()
	if c.in != nil {
		return c.in.mem[c.filled:c.limit()]
	}
	few, ahead := inPlaceMany, readAhead
	if !c.many {
		few, ahead = inPlace, aloneAhead
	}
	if c.hint >= few && c.hint <= inPlaceMax {
		ahead = c.hint
	}
	if c.in = c.pool.await(ahead, c.pool.kindOf(ahead), nil, c.share, &c.hung); c.in == nil {
		c.ended = net.ErrClosed
		return nil
	}
	return c.in.mem[:ahead]
}

// limit is how far the frame that has begun may be read: to its end if that is known, so that the next frame
// begins in its own buffer.
func (c *conn) limit() int {
	size, err := c.proto.FrameSize(c.in.mem[:c.filled])
	if err != nil || size < inPlace {
		return len(c.in.mem)
	}
	return min(size, len(c.in.mem))
}

// took cuts the n bytes that came into frames and brings them in. False ends the reading.
func (c *conn) took(n int) bool {
	c.h.stats.bytesIn.Add(uint64(n))
	c.arrived.Add(int64(n))
	c.filled += n
	c.many, c.awake = c.awake, true
	c.active.Store(c.h.clock.Load())
	if c.discard {
		c.filled = 0
		return true
	}
	for c.cut() {
		if len(c.batch) == maxBatch && !c.bringBatch() {
			return false
		}
	}
	if len(c.batch) == 0 {
		return c.ended == nil && !c.hung.Load()
	}
	return c.bringBatch() && c.ended == nil
}

// cut takes the first whole frame off what has come, into the batch. False: there is none.
func (c *conn) cut() bool {
	if c.filled == 0 {
		return false
	}
	size, err := c.proto.FrameSize(c.in.mem[:c.filled])
	switch {
	case err != nil:
		return c.refuse(err)
	case size == 0 && c.filled > maxHead:
		return c.refuse(fmt.Errorf("no frame size within %d bytes", maxHead))
	case size < 0 || size > c.h.opt.MaxFrame:
		return c.refuse(fmt.Errorf("a frame of %d bytes, more than %d", size, c.h.opt.MaxFrame))
	case size == 0:
		return false
	case size > c.filled:
		c.makeRoom(size)
		return false
	}
	f := c.takeFrame(size)
	c.hint = size
	c.began(0)
	reuse := c.reuse()
	m, err := c.decode(f, reuse)
	if err != nil {
		f.conn = nil
		f.release()
		if errors.Is(err, net.ErrClosed) {
			c.ended = err
			return false
		}
		return c.refuse(err)
	}
	f.Decoded = m
	if !c.finish(m) {
		c.ended = net.ErrClosed
		f.release()
		return false
	}
	c.batch = append(c.batch, f)
	return true
}

// decode decodes a whole frame. One whose elements take many times its size in memory waits for its turn, and has it
// until it is released.
func (c *conn) decode(f *frame, reuse any) (any, error) {
	w, ok := c.proto.(env.Weighing)
	if !ok {
		return c.proto.Decode(f.Bytes, reuse)
	}
	m, heavy, err := w.DecodeLight(f.Bytes, reuse)
	if !heavy {
		return m, err
	}
	if !c.acquire(c.heavy, 1, c.bringDecoded) {
		return nil, net.ErrClosed
	}
	f.turn = c.heavy
	return c.proto.Decode(f.Bytes, nil)
}

// refuse ends the connection for what the peer sent.
func (c *conn) refuse(err error) bool {
	c.ended = fmt.Errorf("%w: %w", env.ErrFrame, err)
	return false
}

// makeRoom sees to it that a frame of size bytes, of which some have come, fits.
func (c *conn) makeRoom(size int) {
	if size <= len(c.in.mem) {
		return
	}
	k := c.pool.kindOf(size)
	if size > trusted {
		if c.filled < len(c.in.mem) {
			return // first fill what it has
		}
		size = min(size, max(trusted, 2*c.filled))
	}
	c.short.Store(true)
	f := c.pool.await(size, k, c.in, c.share, &c.hung)
	if f == nil {
		c.ended = net.ErrClosed
		return
	}
	c.began(0) // the time it waited was not the peer's
	c.short.Store(false)
	copy(f.mem, c.in.mem[:c.filled])
	c.in.release()
	c.in = f
}

// takeFrame makes a frame of the first size bytes. The smaller part is copied: the frame if what follows it, or
// the room it would waste, is larger; else what follows it.
func (c *conn) takeFrame(size int) *frame {
	rest := c.filled - size
	f := c.in
	if rest >= size || size*4 <= len(f.mem) {
		f = c.pool.get(size, c.share)
		copy(f.mem, c.in.mem[:size])
		copy(c.in.mem, c.in.mem[size:c.filled])
	} else if c.in = nil; rest > 0 {
		c.in = c.pool.get(max(rest, readAhead), c.share)
		copy(c.in.mem, f.mem[size:c.filled])
	}
	c.filled = rest
	f.Bytes, f.conn = f.mem[:size], c
	return f
}

// bringBatch steps the frames that came, and carries out what they led to. It waits while the node has paused the
// connection or the peer does not take its answers. False ends the reading.
func (c *conn) bringBatch() bool {
	for done := 0; ; {
		k := c.k // another one after a wait
		if !k.enter() {
			c.dropBatch(done)
			return false
		}
		now := c.h.now()
		for done < len(c.batch) && !c.paused && !c.leaving {
			f := c.batch[done]
			c.batch[done] = nil
			done++
			c.h.stats.messages.Add(1)
			c.h.step(now, env.Event{Kind: env.Message, Conn: c.id, Message: f.Decoded, Buffer: &f.Buffer})
		}
		paused, leaving := c.paused, c.leaving
		k.leave()
		k.carry()
		k.run()
		c.out.drainOwn(c)
		switch {
		case c.hung.Load():
			c.dropBatch(done)
			return false
		case leaving:
			c.dropBatch(done)
			c.filled, c.discard = 0, true // but read on, to see the peer's end
			return true
		case !paused && done == len(c.batch) && c.mayRead():
			c.batch = c.batch[:0]
			return true
		default:
			c.waitAwake(paused)
		}
	}
}

// waitAwake waits for the node to resume the connection, or for the peer to take what was sent. A frame that has
// begun is not late for that.
func (c *conn) waitAwake(paused bool) {
	c.out.readerWaits.Store(true)
	if paused || !c.mayRead() {
		c.rest()
		<-c.wake
		c.work()
	}
	c.began(0)
	c.active.Store(c.h.clock.Load())
}

// began notes when the frame that has not come whole began; zero: there is none.
func (c *conn) began(at env.Instant) {
	if c.frameBegan.Load() != int64(at) {
		c.frameBegan.Store(int64(at))
	}
}

// dropBatch gives back the frames that will not be stepped.
func (c *conn) dropBatch(done int) {
	for _, f := range c.batch[done:] {
		f.release()
	}
	c.batch = c.batch[:0]
}

// work gets the goroutine what it needs while there is something to do.
func (c *conn) work() {
	if c.k == nil {
		c.k = c.h.carriers.Get().(*carrier)
		c.k.own = c
	}
}

// rest gives back what an idle connection does not need. A frame that has begun keeps its buffer.
func (c *conn) rest() {
	c.many, c.awake = false, false
	if c.k != nil {
		c.k.own = nil
		c.h.carriers.Put(c.k)
		c.k = nil
		c.forgetDecoded()
	}
	switch {
	case c.in != nil && c.filled == 0:
		c.in.release()
		c.in = nil
	case c.in != nil && c.frameBegan.Load() == 0:
		c.began(c.h.mono())
	}
}

// end is the last thing a connection's goroutine does: it ends the sending, and steps Closed.
func (c *conn) end() {
	c.work()
	c.lastWords()
	why := c.cause()
	c.out.kill(netOr(why, env.ErrReset))
	_ = c.tcp.Close()
	if c.in != nil {
		c.in.release()
		c.in = nil
	}
	k := c.k
	c.out.failOwn(c)
	if k.enter() {
		c.gone, c.why = true, why
		now := c.h.now()
		c.h.closed(now, c)
		k.leave()
		k.carry()
		k.run()
	} else {
		k.drop()
	}
	c.rest()
}

// lastWords lets what is queued leave when the peer has only ended its own sending.
func (c *conn) lastWords() {
	if !errors.Is(c.ended, io.EOF) {
		return
	}
	c.h.mu.Lock()
	if !c.leaving {
		c.half, c.leaveBy = true, c.h.mono().Add(c.h.opt.LingerTimeout)
	}
	c.h.mu.Unlock()
	for !c.hung.Load() {
		c.out.readerWaits.Store(true)
		if !c.out.busy() {
			return
		}
		<-c.wake
	}
}

func netOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// cause is the Err of the Closed event; a line is logged for a peer that misbehaved.
func (c *conn) cause() error {
	late := c.expired.Load()
	c.h.mu.Lock()
	leaving := c.leaving
	c.h.mu.Unlock()
	switch {
	case late != nil:
		c.h.hostile(c, *late)
		return fmt.Errorf("%w: %s", env.ErrTimeout, *late)
	case leaving:
		return nil
	case errors.Is(c.ended, env.ErrFrame):
		c.h.hostile(c, c.ended.Error())
		return c.ended
	case c.out.failure() != nil:
		return netError(c.out.failure())
	case c.ended == nil || errors.Is(c.ended, io.EOF) && c.filled == 0:
		return nil
	case errors.Is(c.ended, io.EOF):
		return netError(io.ErrUnexpectedEOF)
	}
	return netError(c.ended)
}

// keepDecoded takes back what a Decode returned, for the next one.
func (c *conn) keepDecoded(m any) {
	if m == nil {
		return
	}
	c.decodedMu.Lock()
	if len(c.decoded) < maxBatch {
		c.decoded = append(c.decoded, m)
	}
	c.decodedMu.Unlock()
}

func (c *conn) reuse() (m any) {
	c.decodedMu.Lock()
	if last := len(c.decoded) - 1; last >= 0 {
		m, c.decoded[last] = c.decoded[last], nil
		c.decoded = c.decoded[:last]
	}
	c.decodedMu.Unlock()
	return m
}

// forgetDecoded keeps only one decoded request for a connection that waits.
func (c *conn) forgetDecoded() {
	c.decodedMu.Lock()
	if len(c.decoded) > 1 {
		clear(c.decoded[1:])
		c.decoded = c.decoded[:1]
	}
	c.decodedMu.Unlock()
}
