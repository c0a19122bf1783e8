package host

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"

	"gregor/cmd/internal/bench/ideal"
	"gregor/core/env"
)

// toy is the smallest broker, for measuring the host alone: it does what the ideal pipe does, one file for each
// connection.
type toy struct {
	w      env.World
	sync   bool
	lastOp env.OpID
	files  map[env.ConnID]*toyFile
	opens  map[env.OpID]env.ConnID
	writes map[env.OpID]toyWrite
	slab   []byte
	parts  [1][]byte // arguments of calls: a list made at the call would be an allocation
	segs   [2]env.Segment
}

type toyFile struct {
	id  env.FileID
	end env.Position
}

type toyWrite struct {
	conn   env.ConnID
	end    env.Position
	crc    uint32
	buffer *env.Buffer
}

// toyRequest is a decoded frame. The checksum is taken in Decode, outside the lock, as a broker takes it.
type toyRequest struct {
	op      byte
	n       int
	pos     env.Position
	payload []byte
	crc     uint32
}

// toyProtocol cuts the ideal pipe's requests.
type toyProtocol struct{}

func (toyProtocol) FrameSize(head []byte) (int, error) {
	if len(head) < ideal.RequestHead {
		return 0, nil
	}
	switch n := binary.BigEndian.Uint32(head); head[4] {
	case ideal.Produce:
		return ideal.RequestHead + int(n), nil
	case ideal.Fetch:
		return ideal.RequestHead + 8, nil
	case ideal.Usage:
		return ideal.RequestHead, nil
	}
	return 0, errors.New("no such request")
}

func (toyProtocol) Decode(frame []byte, reuse any) (any, error) {
	r, _ := reuse.(*toyRequest)
	if r == nil {
		r = new(toyRequest)
	}
	*r = toyRequest{op: frame[4], n: int(binary.BigEndian.Uint32(frame))}
	switch r.op {
	case ideal.Produce:
		r.payload = frame[ideal.RequestHead:]
		r.crc = crc32.Update(0, ideal.Castagnoli, r.payload)
	case ideal.Fetch:
		r.pos = env.Position(binary.BigEndian.Uint64(frame[ideal.RequestHead:]))
	}
	return r, nil
}

func newToy(w env.World, sync bool) *toy {
	return &toy{w: w, sync: sync, files: map[env.ConnID]*toyFile{}, opens: map[env.OpID]env.ConnID{},
		writes: map[env.OpID]toyWrite{}}
}

func (n *toy) Deadline() env.Instant { return env.Never }

func (n *toy) op() env.OpID {
	n.lastOp++
	return n.lastOp
}

func (n *toy) Step(_ env.Now, e env.Event) {
	switch e.Kind {
	case env.Accepted:
		n.w.Network.Pause(e.Conn)
		op := n.op()
		n.opens[op] = e.Conn
		n.w.Disk.Open(op, toyPath(e.Conn), env.CreateOrTrim)
	case env.Opened:
		conn := n.opens[e.Op]
		delete(n.opens, e.Op)
		n.files[conn] = &toyFile{id: e.File}
		n.w.Network.Resume(conn)
	case env.Message:
		n.message(e)
	case env.Wrote:
		n.wrote(e)
	case env.Synced:
		n.ack(e.Op)
	case env.Closed:
		if f := n.files[e.Conn]; f != nil {
			n.w.Disk.Close(n.op(), f.id)
		}
		delete(n.files, e.Conn)
		n.w.Disk.Remove(n.op(), toyPath(e.Conn))
	case env.Shutdown:
		n.w.Emit(env.Stopped{})
	}
	if e.Err != nil && e.Kind.IsDisk() {
		_, _ = os.Stderr.WriteString(e.Err.Error() + "\n")
	}
}

func toyPath(c env.ConnID) string { return "toy" + string(rune('0'+c%10)) }

func (n *toy) message(e env.Event) {
	r := e.Message.(*toyRequest)
	f := n.files[e.Conn]
	switch r.op {
	case ideal.Produce:
		op := n.op()
		pos := f.end
		f.end += env.Position(len(r.payload))
		n.writes[op] = toyWrite{e.Conn, f.end, r.crc, e.Buffer}
		n.parts[0] = r.payload
		n.w.Disk.WriteAt(op, f.id, pos, n.parts[:]...)
		return
	case ideal.Fetch:
		n.segs = [2]env.Segment{{Bytes: n.head()}, {Region: env.Region{File: f.id, Pos: r.pos, Length: r.n}}}
		n.w.Network.Send(0, e.Conn, n.segs[:]...)
	case ideal.Usage:
		a := n.head()
		ideal.PutUsage(a)
		n.w.Network.Send(0, e.Conn, env.Segment{Bytes: a})
	}
	e.Buffer.Release()
}

func (n *toy) wrote(e env.Event) {
	w := n.writes[e.Op]
	w.buffer.Release()
	w.buffer = nil
	n.writes[e.Op] = w
	if n.sync {
		n.w.Disk.Sync(e.Op, e.File)
		return
	}
	n.ack(e.Op)
}

func (n *toy) ack(op env.OpID) {
	w := n.writes[op]
	delete(n.writes, op)
	a := n.head()
	binary.BigEndian.PutUint32(a, w.crc)
	binary.BigEndian.PutUint64(a[8:], uint64(w.end))
	n.segs[0] = env.Segment{Bytes: a}
	n.w.Network.Send(0, w.conn, n.segs[:1]...)
}

// head is bytes for an answer's head. It never changes once sent, so it comes from a slab, not from a pool.
func (n *toy) head() []byte {
	if len(n.slab) < ideal.HeadSize {
		n.slab = make([]byte, 4<<10)
	}
	a := n.slab[:ideal.HeadSize:ideal.HeadSize]
	n.slab = n.slab[ideal.HeadSize:]
	return a
}

func newToyNode(w env.World) env.Node { return newToy(w, false) }
