package host

import (
	"errors"
	"io"
	"net"
	"time"
)

// stream is the byte stream of one connection: plain TCP, which sends regions of files with sendfile where the system
// has it ([plain]), or what a [Secure] made of it ([wrapped]).
type stream interface {
	// read hands what comes to conn.took, until the connection ends or took returns false. It sets conn.ended.
	read(c *conn)
	// transmit sends of conn.out's work as much as the peer takes at once; all of it if the queue's flusher waits.
	transmit(c *conn) error
	// finish ends the sending side and lets the reading go on for lingerTime: closing with unread bytes would make the
	// system discard what is on its way.
	finish()
}

// lingerTime is how long the reading goes on after the last byte was sent, to see the peer's end.
const lingerTime = time.Second

// Listener is one address to accept connections on.
type Listener struct {
	Addr   string // host:port
	Secure Secure // nil: plain TCP
}

// Plain returns listeners of plain TCP.
func Plain(addrs ...string) (all []Listener) {
	for _, addr := range addrs {
		all = append(all, Listener{Addr: addr})
	}
	return all
}

// Secure makes the byte stream that the node reads and writes of an accepted connection, after a handshake for
// instance, and names the peer as the stream has authenticated it: "User:CN=alice", or "" if it has not. It runs on the
// connection's own goroutine and has [Options.HandshakeTimeout]. An error ends the connection before the node learns of
// it.
type Secure func(net.Conn) (s Duplex, principal string, err error)

// Duplex is a byte stream whose directions end one by one. A *tls.Conn is one.
type Duplex interface {
	io.ReadWriter
	CloseWrite() error
	SetReadDeadline(time.Time) error
}

// secure runs the handshake of a connection that was accepted by a listener with a [Secure].
func (c *conn) secure(by Secure) (principal string, err error) {
	if err := c.tcp.SetDeadline(time.Now().Add(c.h.opt.HandshakeTimeout)); err != nil {
		return "", err
	}
	d, principal, err := by(c.tcp)
	if err == nil {
		err = c.tcp.SetDeadline(time.Time{})
	}
	if err == nil && c.hung.Load() {
		err = net.ErrClosed
	}
	c.stream = &wrapped{Duplex: d}
	return principal, err
}

// wrapped is a stream over any [Duplex]. Nothing of it goes past memory, and it cannot send without waiting.
type wrapped struct {
	Duplex
	bufs net.Buffers // used again for each transmit
}

func (w *wrapped) read(c *conn) {
	for {
		p := c.space()
		if p == nil {
			return
		}
		n, err := w.Read(p)
		c.h.stats.reads.Add(1)
		if n > 0 && !c.took(n) {
			return
		}
		if err != nil {
			c.ended = err
			return
		}
		c.rest()
	}
}

// transmit sends all of the work if the queue's flusher waits; else nothing, as there is no portable way to learn how
// much the peer takes.
func (w *wrapped) transmit(c *conn) error {
	q := &c.out
	if !q.wait {
		return nil
	}
	for q.at < len(q.work) {
		bufs := w.bufs[:0]
		for i := q.at; i < len(q.work) && len(bufs) < maxParts; i++ {
			s := &q.work[i]
			if err := q.load(s); err != nil {
				return err
			}
			bufs = append(bufs, s.bytes)
			if s.n > 0 {
				break
			}
		}
		w.bufs = bufs
		n, err := bufs.WriteTo(w.Duplex)
		clear(w.bufs)
		c.h.stats.writes.Add(1)
		q.sent(int(n), false)
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *wrapped) finish() {
	_ = w.CloseWrite()
	_ = w.SetReadDeadline(time.Now().Add(lingerTime))
}

// refuseHandshake ends a connection whose handshake failed.
func (c *conn) refuseHandshake(err error) {
	if !errors.Is(err, net.ErrClosed) {
		c.h.hostile(c, "the handshake failed: "+err.Error())
	}
	_ = c.tcp.Close()
	c.h.mu.Lock()
	c.gone = true
	c.h.forget(c)
	c.h.mu.Unlock()
	c.rest()
}
