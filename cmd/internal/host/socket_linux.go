package host

import (
	"io"
	"net"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// transmission is a carrier's room for the arguments of its system calls, used again for each.
type transmission struct {
	iov [maxParts]unix.Iovec
	msg unix.Msghdr
}

// plain is the stream of a TCP connection: it reads and sends without waiting, and regions of files never enter memory.
type plain struct {
	tcp                    *net.TCPConn
	raw                    syscall.RawConn
	onReadable, onWritable func(fd uintptr) bool
}

// newPlain returns the stream of a connection of plain TCP. The callbacks are made once: a closure per call would be an
// allocation per call.
func newPlain(c *conn) stream {
	raw, _ := c.tcp.SyscallConn() // fails only for one that is closed, whose reads and writes fail as well
	return &plain{tcp: c.tcp, raw: raw, onReadable: c.readable, onWritable: c.writable}
}

// read reads until the connection ends. The runtime's poller waits inside raw.Read, so that an idle connection
// holds no buffer, only its goroutine.
func (p *plain) read(c *conn) {
	if err := p.raw.Read(p.onReadable); err != nil && c.ended == nil {
		c.ended = err
	}
}

func (p *plain) finish() {
	_ = p.tcp.CloseWrite()
	_ = p.tcp.SetReadDeadline(time.Now().Add(lingerTime))
}

// readable reads and handles what has come. False: wait for more. True: the reading is over.
func (c *conn) readable(fd uintptr) bool {
	for {
		p := c.space()
		if p == nil {
			return true
		}
		n, err := unix.Read(int(fd), p)
		c.h.stats.reads.Add(1)
		switch {
		case err == unix.EAGAIN:
			c.rest()
			return false
		case err == unix.EINTR:
		case err != nil:
			c.ended = err
			return true
		case n == 0:
			c.ended = io.EOF
			return true
		case !c.took(n):
			return true
		}
	}
}

// transmit sends as much of the work as the socket takes; all of it if the queue's flusher waits, unless Sents are
// to be delivered meanwhile.
func (p *plain) transmit(c *conn) error {
	err := p.raw.Write(p.onWritable)
	if c.out.err != nil {
		return c.out.err
	}
	return err
}

func (c *conn) writable(fd uintptr) bool {
	q := &c.out
	for q.at < len(q.work) {
		s := &q.work[q.at]
		zeroCopy := len(s.bytes) == 0 && s.direct(q.k.h)
		var n int
		var err error
		if zeroCopy {
			n, err = q.sendfile(int(fd), s)
		} else {
			n, err = q.sendmsg(int(fd))
		}
		switch err {
		case nil:
			q.sent(n, zeroCopy)
		case unix.EINTR:
		case unix.EAGAIN:
			return !q.wait || len(q.k.events) > 0
		default:
			q.err = err
			return true
		}
	}
	return true
}

// direct reports whether the file's part of the segment never enters memory.
func (s *outSegment) direct(h *Host) bool {
	return s.mem == nil && s.n >= h.opt.zeroCopyMin
}

func (q *outQueue) sendfile(fd int, s *outSegment) (int, error) {
	pos := int64(s.pos)
	defer s.file.release()
	if err := s.file.acquire(q.k.h); err != nil {
		return 0, regionError(s, err)
	}
	n, err := unix.Sendfile(fd, int(s.file.fd), &pos, s.n)
	q.k.h.stats.sendfiles.Add(1)
	if err == nil && n == 0 {
		err = regionError(s, io.ErrUnexpectedEOF)
	}
	return max(n, 0), err
}

// sendmsg sends the pieces of memory at the front of the work, up to a region that goes by itself: the kernel then
// holds a last piece back for the region, so that a header does not leave, and wake the peer, alone.
func (q *outQueue) sendmsg(fd int) (int, error) {
	t := &q.k.room
	parts, flags := 0, unix.MSG_NOSIGNAL
gather:
	for i := q.at; i < len(q.work) && parts < maxParts; i++ {
		s := &q.work[i]
		if len(s.bytes) == 0 && s.direct(q.k.h) {
			flags |= unix.MSG_MORE
			break
		}
		if err := q.load(s); err != nil {
			return 0, err
		}
		if len(s.bytes) > 0 {
			t.iov[parts].Base = unsafe.SliceData(s.bytes)
			t.iov[parts].SetLen(len(s.bytes))
			parts++
		}
		if s.n > 0 {
			flags |= unix.MSG_MORE
			break gather
		}
	}
	t.msg.Iov = &t.iov[0]
	t.msg.SetIovlen(parts)
	n, _, errno := unix.Syscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&t.msg)), uintptr(flags))
	clear(t.iov[:parts])
	q.k.h.stats.writes.Add(1)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
