//go:build !linux

package host

import (
	"net"
)

// transmission is a carrier's room for the arguments of its system calls, used again for each.
type transmission struct{ bufs net.Buffers }

type sockets struct{}

func (c *conn) init() {}

// read reads until the connection ends.
func (c *conn) read() {
	for {
		p := c.space()
		if p == nil {
			return
		}
		n, err := c.nc.Read(p)
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

// transmit sends all of the work if the queue's flusher waits; else nothing, as there is no portable way to learn
// how much the socket takes.
func (c *conn) transmit() error {
	q := &c.out
	if !q.wait {
		return nil
	}
	for q.at < len(q.work) {
		bufs := q.k.room.bufs[:0]
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
		q.k.room.bufs = bufs
		n, err := bufs.WriteTo(c.nc)
		q.k.h.stats.writes.Add(1)
		q.sent(int(n), false)
		if err != nil {
			return err
		}
	}
	return nil
}
