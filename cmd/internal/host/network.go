package host

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"gregor/core/env"
)

// network is the node's env.Network. Its methods run inside Step and only note what is to be done.
type network struct{ h *Host }

func (n network) Dial(op env.OpID, addr string) { n.h.submit(effect{do: doDial, op: op, addr: addr}) }

func (n network) Send(op env.OpID, id env.ConnID, parts ...env.Segment) {
	h := n.h
	c := h.conns[id]
	if h.inside == nil {
		panic("host: the node submitted a Send outside Step")
	}
	var err error = env.ErrReset
	if c != nil {
		err = c.send(op, parts)
	}
	if err != nil && op != 0 {
		h.submit(effect{do: doUnsent, op: op, id: id, err: err})
	}
}

// send queues the parts, and has the queue flushed if no goroutine does so. The lock is held.
func (c *conn) send(op env.OpID, parts []env.Segment) error {
	flush, err := c.out.add(c.h, op, parts)
	if op != 0 {
		c.unsent++
	}
	if flush {
		c.h.submit(effect{do: doFlush, conn: c})
	}
	if err == errTooSlow {
		why := err.Error()
		c.expired.CompareAndSwap(nil, &why)
		c.h.submit(effect{do: doHangUp, conn: c})
	}
	return err
}

func (n network) Pause(id env.ConnID) {
	if c := n.h.conns[id]; c != nil {
		c.paused = true
	}
}

func (n network) Resume(id env.ConnID) {
	if c := n.h.conns[id]; c != nil && c.paused {
		c.paused = false
		c.nudge()
	}
}

func (n network) Close(id env.ConnID) {
	h := n.h
	c := h.conns[id]
	if c == nil || c.leaving {
		return
	}
	c.leaving = true
	c.leaveBy = h.mono().Add(h.opt.LingerTimeout)
	c.nudge()
	if c.out.finish() {
		h.submit(effect{do: doFlush, conn: c})
	}
}

// settle counts a Sent, and ends a connection that was only waiting for it. The lock is held.
func (h *Host) settle(now env.Now, id env.ConnID) {
	c := h.conns[id]
	if c == nil {
		return
	}
	c.unsent--
	h.closed(now, c)
}

// closed steps Closed, once no other event of the connection is to come. The lock is held.
func (h *Host) closed(now env.Now, c *conn) {
	if !c.gone || c.unsent > 0 {
		return
	}
	h.forget(c)
	h.node.Step(now, env.Event{Kind: env.Closed, Conn: c.id, Err: c.why})
}

// forget counts a connection no more. The lock is held.
func (h *Host) forget(c *conn) {
	delete(h.conns, c.id)
	h.stats.connections.Add(-1)
	c.conns.Add(-1)
	c.leave(c.share)
}

// accept brings in the peers of the n-th listener.
func (h *Host) accept(n int, l net.Listener, in *intake) {
	by := h.opt.Listen[n].Secure
	for pause := time.Duration(0); ; {
		nc, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, most likely: wait for some to come back
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			h.warn("connections that cannot be accepted", "cannot accept", "listener", l.Addr().String(), "err", err)
			if outOfDescriptors(err) {
				h.park(parkedAtOnce)
			}
			time.Sleep(pause)
			continue
		}
		pause = 0
		if int(in.conns.Load()) >= h.opt.MaxConnections {
			h.stats.refused.Add(1)
			peer := nc.RemoteAddr().String()
			h.warn(aboutPeer(peer), "connection refused: too many", "peer", peer, "max", h.opt.MaxConnections)
			_ = nc.Close()
			continue
		}
		h.stats.accepted.Add(1)
		h.parkSome()
		c := h.newConn(nc, in)
		h.spawn(func() { c.live(env.Event{Kind: env.Accepted, Conn: c.id, Peer: c.peer, Listener: n}, by) })
	}
}

// dial opens a connection; its goroutine becomes the connection's.
func (h *Host) dial(op env.OpID, addr string) {
	h.spawn(func() {
		d := net.Dialer{Timeout: h.opt.DialTimeout, Cancel: h.closing}
		nc, err := d.Dial("tcp", addr)
		if err != nil {
			(&carrier{h: h}).bring(env.Event{Kind: env.Dialed, Op: op, Err: netError(err)})
			return
		}
		c := h.newConn(nc, h.dialed)
		c.live(env.Event{Kind: env.Dialed, Op: op, Conn: c.id}, nil)
	})
}

// newConn makes a connection known. It counts from here on.
func (h *Host) newConn(nc net.Conn, in *intake) *conn {
	c := &conn{h: h, intake: in, share: in.join(nc.RemoteAddr()), tcp: nc.(*net.TCPConn), peer: nc.RemoteAddr().String(),
		wake: make(chan struct{}, 1)}
	c.stream = newPlain(c)
	c.active.Store(int64(h.mono()))
	h.stats.connections.Add(1)
	in.conns.Add(1)
	h.mu.Lock()
	h.lastConn++
	c.id = h.lastConn
	h.conns[c.id] = c
	dead := h.dead
	h.mu.Unlock()
	if dead {
		_ = nc.Close()
	}
	return c
}

// netError says in env's words why a connection failed, and keeps the system's.
func netError(err error) error {
	var t interface{ Timeout() bool }
	switch {
	case err == nil, errors.Is(err, env.ErrReset), errors.Is(err, env.ErrFrame), errors.Is(err, env.ErrTimeout),
		errors.Is(err, env.ErrIO):
		return err
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w (%w)", env.ErrRefused, err)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &t) && t.Timeout():
		return fmt.Errorf("%w (%w)", env.ErrTimeout, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w in the middle of a frame", env.ErrReset)
	}
	return fmt.Errorf("%w (%w)", env.ErrReset, err)
}

// watch looks after the connections now and then: those that stand still, and those that do not leave. It is
// coarse on purpose: no system call and no timer per read.
func (h *Host) watch() {
	o := &h.opt
	period := max(10*time.Millisecond, min(time.Second, o.FrameTimeout/4, o.LingerTimeout/4))
	if o.IdleTimeout > 0 {
		period = max(10*time.Millisecond, min(period, o.IdleTimeout/4))
	}
	tick := time.NewTicker(period)
	defer tick.Stop()
	trim := h.mono().Add(trimEvery)
	for {
		select {
		case <-h.closing:
			h.lines.settle(h.mono(), true)
			return
		case <-tick.C:
		}
		now := h.mono()
		h.clock.Store(int64(now))
		h.lines.settle(now, false)
		for _, c := range h.overdue() {
			c.hangUp()
		}
		if now >= trim {
			trim = now.Add(trimEvery)
			h.eachPool((*pool).trim)
		}
	}
}

// trimEvery is how long a buffer lies unneeded until it is dropped.
const trimEvery = 5 * time.Second

// overdue lists the connections whose time is up, and notes why.
func (h *Host) overdue() (late []*conn) {
	if h.stats.connections.Load() == 0 {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.mono()
	for _, in := range h.intakes {
		in.pressed = in.pool.pressed()
	}
	for _, c := range h.conns {
		if c.gone {
			continue
		}
		if why := c.lateness(now); why != "" {
			c.expired.CompareAndSwap(nil, &why)
			late = append(late, c)
		}
	}
	return late
}

// lateness returns which time limit a connection has broken; "" if none. The lock is held.
func (c *conn) lateness(now env.Instant) string {
	o := &c.h.opt
	began := env.Instant(c.frameBegan.Load())
	switch {
	case (c.leaving || c.half) && now >= c.leaveBy:
		return "what was sent before the close did not leave in time"
	case c.leaving, c.half, c.paused, c.short.Load(): // not the peer's fault
		return ""
	case began != 0:
		return c.pace.lateness(now, began, c.arrived.Load(), o.FrameTimeout, c.intake.pressed)
	case o.IdleTimeout > 0 && now.Sub(env.Instant(c.active.Load())) > o.IdleTimeout:
		return "idle for too long"
	}
	return ""
}
