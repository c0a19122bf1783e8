package live

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"gregor/core/kafka"
	"gregor/scenarios"
)

// link is one connection through a proxy.
type link struct {
	links *links
	to    string
	from  atomic.Pointer[string] // nil until the first request has said it
	near  *net.TCPConn           // the caller's end
	far   atomic.Pointer[net.TCPConn]
	done  chan struct{} // closed when it is severed
	once  sync.Once
}

// linkBuffer bounds what is under way in one direction, in bytes; beyond it the sender waits.
const linkBuffer = 64 << 10

// caller returns the node that connected, "" as long as that is not known.
func (l *link) caller() string {
	if name := l.from.Load(); name != nil {
		return *name
	}
	return ""
}

// live carries bytes both ways until both ends have closed, or one broke.
func (l *link) live(inner string) {
	defer l.links.remove(l)
	in := bufio.NewReaderSize(l.near, linkBuffer)
	name, err := callerOf(in)
	if err != nil {
		l.sever()
		return
	}
	l.from.Store(&name)
	there, back := direction{name, l.to}, direction{l.to, name}
	if !l.links.await(there, l.done) || !l.links.await(back, l.done) || !l.connect(inner) {
		l.sever()
		return
	}
	far := l.far.Load()
	var answers sync.WaitGroup
	answers.Go(func() { l.carry(back, far, l.near) })
	l.carry(there, in, far)
	answers.Wait()
	l.sever()
}

// connect reaches the server itself.
func (l *link) connect(inner string) bool {
	c, err := net.Dial("tcp", inner)
	if err != nil {
		return false
	}
	l.far.Store(c.(*net.TCPConn))
	select {
	case <-l.done: // it was severed meanwhile, and has not seen this end
		_ = c.Close()
		return false
	default:
		return true
	}
}

// carry copies bytes from one end to the other. While the direction is cut it reads nothing, so that the sender waits
// and learns of no end.
func (l *link) carry(d direction, in io.Reader, out *net.TCPConn) {
	for buf := make([]byte, linkBuffer); ; {
		n, err := in.Read(buf)
		if !l.links.await(d, l.done) {
			return
		}
		if n > 0 {
			if _, err := out.Write(buf[:n]); err != nil {
				l.sever()
				return
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			_ = out.CloseWrite() // it may have gone
			return
		default:
			l.sever()
			return
		}
	}
}

// sever resets both ends at once.
func (l *link) sever() {
	l.once.Do(func() {
		close(l.done)
		hangUp(l.near)
		if far := l.far.Load(); far != nil {
			hangUp(far)
		}
	})
}

// hangUp closes an end with a reset.
func hangUp(c *net.TCPConn) {
	_ = c.SetLinger(0) // it may be closed already
	_ = c.Close()
}

// What a request begins with: size, API key, version, correlation id, and the length of the client id.
const requestHead = 4 + 2 + 2 + 4 + 2

// clientIDMax bounds a client id.
const clientIDMax = 1024

// callerOf returns the node that connected, by the client id of its first request, and leaves the request to be read
// again; "" if there is no client id.
func callerOf(in *bufio.Reader) (string, error) {
	head, err := in.Peek(requestHead)
	if err != nil {
		return "", err
	}
	n := int(int16(binary.BigEndian.Uint16(head[requestHead-2:])))
	if n <= 0 || n > clientIDMax {
		return "", nil
	}
	b, err := in.Peek(requestHead + n)
	if err != nil {
		return "", err
	}
	return nodeOf(string(b[requestHead:])), nil
}

// nodeOf returns the node that uses a client id: servers put their node id into it.
func nodeOf(clientID string) string {
	if text, ok := strings.CutPrefix(clientID, "gregor-"); ok {
		if id, err := strconv.Atoi(text); err == nil && id > 0 {
			return scenarios.NodeName(kafka.NodeID(id))
		}
	}
	return clientID
}
