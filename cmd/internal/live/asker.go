package live

import (
	"encoding/binary"
	"io"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/wire"
)

// asker asks servers one thing at a time, over connections it keeps.
type asker struct {
	conns map[string]net.Conn
	corr  int32
}

// askTimeout bounds a request: a server that does not respond in time is not asked again during this look.
const askTimeout = 300 * time.Millisecond

// answerMax bounds an answer, in bytes.
const answerMax = 16 << 20

// ask returns a server's response; nil if there is none.
func (a *asker) ask(addr string, req kmsg.Request) kmsg.Response {
	c, ok := a.conn(addr)
	if !ok {
		return nil
	}
	a.corr++
	resp, err := a.over(c, req)
	if err != nil {
		_ = c.Close()
		delete(a.conns, addr)
		return nil
	}
	return resp
}

func (a *asker) conn(addr string) (net.Conn, bool) {
	if c := a.conns[addr]; c != nil {
		return c, true
	}
	c, err := net.DialTimeout("tcp", addr, askTimeout)
	if err != nil {
		return nil, false
	}
	if a.conns == nil {
		a.conns = map[string]net.Conn{}
	}
	a.conns[addr] = c
	return c, true
}

func (a *asker) over(c net.Conn, req kmsg.Request) (kmsg.Response, error) {
	if err := c.SetDeadline(time.Now().Add(askTimeout)); err != nil {
		return nil, err
	}
	if _, err := c.Write(wire.AppendRequest(nil, req, a.corr, "observer")); err != nil {
		return nil, err
	}
	var size [4]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > answerMax {
		return nil, io.ErrShortBuffer
	}
	frame := make([]byte, n)
	if _, err := io.ReadFull(c, frame); err != nil {
		return nil, err
	}
	return wire.DecodeBareResponse(frame, req.Key(), req.GetVersion())
}

func (a *asker) close() {
	for _, c := range a.conns {
		_ = c.Close()
	}
}
