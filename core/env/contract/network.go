package contract

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"gregor/core/env"
)

// Network runs the promises of env.Network. open makes two fresh nodes that can reach each other, for each
// test; it cleans up with t.Cleanup.
func Network(t *testing.T, open func(t *testing.T) (server, client Arm)) {
	for _, c := range netCases {
		t.Run(c.name, func(t *testing.T) {
			server, client := open(t)
			c.run(newPair(t, server, client))
		})
	}
}

var netCases = []struct {
	name string
	run  func(*pair)
}{
	{"dial and accept", dialAccept},
	{"dial where no node listens", dialRefused},
	{"frames keep their order both ways", keepsOrder},
	{"frames split anywhere", splitAnywhere},
	{"many frames in one send", joined},
	{"large frame", largeFrame},
	{"released buffers are not the next message", releaseMessages},
	{"sent comes once for each send, in order", sentOnce},
	{"operation zero has no sent", opZero},
	{"region is the file's bytes at its position", regionBytes},
	{"regions of one file on two connections", regionsTogether},
	{"close of a file waits for its regions", regionThenClose},
	{"close comes after what was sent before", closeAfterSent},
	{"close does not wait for a peer that takes nothing", closeUnread},
	{"close at both ends", closeBoth},
	{"send on a connection that is gone", sendAfterClosed},
	{"pending sends end before closed", pendingThenClosed},
	{"peer dies", peerDies},
	{"frame too long", frameTooLong},
	{"frame that does not decode", frameUndecodable},
	{"pause and resume", pauseResume},
	{"a paused reader holds the writer", pauseHolds},
	{"pause one connection of two", pauseOne},
	{"many connections", manyConns},
	{"a node that accepts and dials", bothSides},
}

// pair is two arms and the connections between them.
type pair struct {
	t              *testing.T
	server, client diskScript
}

func newPair(t *testing.T, server, client Arm) *pair {
	return &pair{t: t, server: diskScript{newScript(t, server)}, client: diskScript{newScript(t, client)}}
}

// end is one end of a connection.
type end struct {
	diskScript
	conn   env.ConnID
	dialed bool
}

// connect dials and returns both ends.
func (p *pair) connect() (server, client end) {
	p.t.Helper()
	return connect(p.t, p.server, p.client)
}

func connect(t *testing.T, server, client diskScript) (accepted, dialed end) {
	t.Helper()
	addr := server.arm.Addr()
	d := client.must(client.call(env.Dialed, func(w *env.World, op env.OpID) { w.Network.Dial(op, addr) }))
	a := server.next("Accepted", func(e env.Event) bool { return e.Kind == env.Accepted })
	if !strings.Contains(a.Peer, ":") {
		t.Fatalf("Accepted names the peer %q, promised is host:port", a.Peer)
	}
	return end{server, a.Conn, false}, end{client, d.Conn, true}
}

// send submits parts and returns the operation without waiting for it.
func (c end) send(parts ...env.Segment) env.OpID {
	op := c.nextOp()
	c.arm.Do(func(w *env.World) { w.Network.Send(op, c.conn, parts...) })
	return op
}

// sendFrames sends each payload as a frame of its own.
func (c end) sendFrames(payloads ...[]byte) {
	for _, p := range payloads {
		c.send(env.Segment{Bytes: frame(p)})
	}
}

// receive returns a copy of the next message of the connection and releases it.
func (c end) receive() []byte {
	c.t.Helper()
	e := c.next("a message", c.is(env.Message))
	got := bytes.Clone(c.payload(e))
	c.arm.Do(func(*env.World) { e.Buffer.Release() })
	return got
}

// payload checks that a Message carries what the protocol of this end decodes.
func (c end) payload(e env.Event) []byte {
	c.t.Helper()
	switch m := e.Message.(type) {
	case *Frame:
		if !c.dialed && e.Buffer != nil {
			return m.Payload
		}
	case *Answer:
		if c.dialed && e.Buffer != nil {
			return m.Payload
		}
	}
	c.t.Fatalf("a Message carries %T, and a buffer: %t, where the node dialed: %t; promised are what the Decode of its protocol returned and a buffer",
		e.Message, e.Buffer != nil, c.dialed)
	return nil
}

func (c end) wantMessage(want []byte, what string) {
	c.t.Helper()
	c.wantBytes(c.receive(), want, what)
}

func (c end) is(k env.Kind) func(env.Event) bool {
	return func(e env.Event) bool { return e.Kind == k && e.Conn == c.conn }
}

func (c end) sent(op env.OpID) error {
	c.t.Helper()
	e := c.outcome(op)
	if e.Kind != env.Sent || e.Conn != c.conn {
		c.t.Fatalf("a Send came back as %v of connection %d, promised is sent of %d", e.Kind, e.Conn, c.conn)
	}
	return e.Err
}

func (c end) hangUp() { c.arm.Do(func(w *env.World) { w.Network.Close(c.conn) }) }

// closed waits for Closed and checks that nothing of the connection comes after it.
func (c end) closed() error {
	c.t.Helper()
	e := c.next("closed", c.is(env.Closed))
	c.never("something after closed", func(later env.Event) bool {
		return later.Conn == c.conn && later.Kind != env.Sent
	})
	return e.Err
}

func dialAccept(p *pair) {
	server, client := p.connect()
	if server.conn == 0 || client.conn == 0 {
		p.t.Fatalf("connection ids %d and %d, zero is none", server.conn, client.conn)
	}
	client.sendFrames([]byte("ping"))
	server.wantMessage([]byte("ping"), "to the server")
	server.sendFrames([]byte("pong"))
	client.wantMessage([]byte("pong"), "to the client")
}

func dialRefused(p *pair) {
	addr := p.server.arm.Addr()
	p.server.arm.Kill()
	e := p.client.call(env.Dialed, func(w *env.World, op env.OpID) { w.Network.Dial(op, addr) })
	p.client.wantErr(e.Err, env.ErrRefused, "dial of a dead node")
	p.client.never("closed of a connection that never was", func(e env.Event) bool { return e.Kind == env.Closed })
}

func keepsOrder(p *pair) {
	server, client := p.connect()
	for i := range 200 {
		client.sendFrames(pattern(byte(i), i*37))
		server.sendFrames(pattern(byte(i+1), i*91))
	}
	for i := range 200 {
		server.wantMessage(pattern(byte(i), i*37), "to the server")
		client.wantMessage(pattern(byte(i+1), i*91), "to the client")
	}
}

func splitAnywhere(p *pair) {
	server, client := p.connect()
	var stream []byte
	for i := range 5 {
		stream = append(stream, frame(pattern(byte(i), 20+i))...)
	}
	for _, b := range stream {
		client.send(env.Segment{Bytes: []byte{b}})
	}
	for i := range 5 {
		server.wantMessage(pattern(byte(i), 20+i), "sent byte by byte")
	}
	var parts []env.Segment
	for at := 0; at < len(stream); at += 7 {
		parts = append(parts, env.Segment{Bytes: stream[at:min(at+7, len(stream))]}, env.Segment{Bytes: []byte{}})
	}
	client.send(parts...)
	for i := range 5 {
		server.wantMessage(pattern(byte(i), 20+i), "sent in parts")
	}
}

func joined(p *pair) {
	server, client := p.connect()
	var stream []byte
	for i := range 300 {
		stream = append(stream, frame(pattern(byte(i), i))...)
	}
	client.send(env.Segment{Bytes: stream})
	for i := range 300 {
		server.wantMessage(pattern(byte(i), i), "one of many")
	}
}

func largeFrame(p *pair) {
	server, client := p.connect()
	want := pattern(3, 16<<20)
	client.sendFrames(want, []byte("after"))
	server.wantMessage(want, "16 MiB")
	server.wantMessage([]byte("after"), "after 16 MiB")
}

func releaseMessages(p *pair) {
	server, client := p.connect()
	client.sendFrames([]byte("first, held"), []byte("second"), []byte("third!"))
	held := server.next("a message", server.is(env.Message))
	server.wantMessage([]byte("second"), "second")
	server.wantMessage([]byte("third!"), "third")
	server.wantBytes(server.payload(held), []byte("first, held"), "a message not released")
	server.arm.Do(func(*env.World) { held.Buffer.Release() })
	client.sendFrames([]byte("fourth"))
	server.wantMessage([]byte("fourth"), "fourth")
}

func sentOnce(p *pair) {
	_, client := p.connect()
	const n = 50
	first := client.lastOp + 1
	client.do(func(w *env.World, op func() env.OpID) {
		for i := range n {
			w.Network.Send(op(), client.conn, env.Segment{Bytes: frame(pattern(1, i*100))})
		}
	})
	for i := range env.OpID(n) {
		e := client.must(client.next("sent", client.is(env.Sent)))
		if e.Op != first+i {
			p.t.Fatalf("Sent of operation %d came when it was the turn of %d", e.Op, first+i)
		}
	}
	client.never("a second sent", client.is(env.Sent))
}

func opZero(p *pair) {
	server, client := p.connect()
	client.arm.Do(func(w *env.World) {
		w.Network.Send(0, client.conn, env.Segment{Bytes: frame([]byte("quietly"))})
	})
	server.wantMessage([]byte("quietly"), "sent with operation zero")
	client.never("sent of operation zero", client.is(env.Sent))
}

func regionBytes(p *pair) {
	server, client := p.connect()
	content := pattern(6, 300_000)
	f := server.create("f", content)
	for _, r := range []struct{ pos, length int }{{0, 1}, {0, 300_000}, {65_530, 12}, {299_999, 1}, {1234, 100_000}} {
		op := server.send(lengthOf(r.length+6), env.Segment{Bytes: []byte("abc")},
			env.Segment{Region: env.Region{File: f, Pos: env.Position(r.pos), Length: r.length}},
			env.Segment{Bytes: []byte("xyz")})
		want := append(append([]byte("abc"), content[r.pos:r.pos+r.length]...), "xyz"...)
		client.wantMessage(want, "a region between bytes")
		if err := server.sent(op); err != nil {
			p.t.Fatal(err)
		}
	}
}

func regionsTogether(p *pair) {
	s1, c1 := p.connect()
	s2, c2 := p.connect()
	content := pattern(8, 2<<20)
	f := p.server.create("f", content)
	const size = 128 << 10
	for at := 0; at < len(content); at += size {
		seg := env.Segment{Region: env.Region{File: f, Pos: env.Position(at), Length: size}}
		back := env.Segment{Region: env.Region{File: f, Pos: env.Position(len(content) - size - at), Length: size}}
		s1.send(lengthOf(size), seg)
		s2.send(lengthOf(size), back)
		s1.read(f, env.Position(at), 100)
	}
	for at := 0; at < len(content); at += size {
		c1.wantMessage(content[at:at+size], "forwards")
		c2.wantMessage(content[len(content)-size-at:len(content)-at], "backwards")
	}
}

// lengthOf is the length prefix of a frame whose payload follows in other segments.
func lengthOf(n int) env.Segment {
	return env.Segment{Bytes: []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}}
}

func regionThenClose(p *pair) {
	server, client := p.connect()
	content := pattern(4, 1<<20)
	f := server.create("f", content)
	var sent, closed env.OpID
	server.do(func(w *env.World, op func() env.OpID) {
		sent, closed = op(), op()
		w.Network.Send(sent, server.conn, lengthOf(len(content)),
			env.Segment{Region: env.Region{File: f, Pos: 0, Length: len(content)}})
		w.Disk.Remove(op(), "f")
		w.Disk.Close(closed, f)
	})
	client.wantMessage(content, "a region of a file being closed")
	server.must(server.outcome(sent))
	server.must(server.outcome(closed))
}

func closeAfterSent(p *pair) {
	server, client := p.connect()
	content := pattern(5, 3<<20)
	var sent env.OpID
	server.do(func(w *env.World, op func() env.OpID) {
		sent = op()
		w.Network.Send(sent, server.conn, env.Segment{Bytes: frame(content)})
		w.Network.Close(server.conn)
	})
	client.wantMessage(content, "sent before close")
	if err := client.closed(); err != nil {
		p.t.Fatalf("the other end saw %v, an orderly close was promised", err)
	}
	server.must(server.outcome(sent))
	if err := server.closed(); err != nil {
		p.t.Fatalf("the closing end saw %v", err)
	}
}

// closeUnread sends a region to a peer that does not read. The file of it closes all the same once the connection has.
func closeUnread(p *pair) {
	server, client := p.connect()
	client.arm.Do(func(w *env.World) { w.Network.Pause(client.conn) })
	content := pattern(6, 32<<20)
	f := server.create("f", content)
	var sent, closed env.OpID
	server.do(func(w *env.World, op func() env.OpID) {
		sent, closed = op(), op()
		for range 4 {
			w.Network.Send(op(), server.conn, env.Segment{Bytes: frame(content)})
		}
		w.Network.Send(sent, server.conn, lengthOf(len(content)),
			env.Segment{Region: env.Region{File: f, Pos: 0, Length: len(content)}})
		w.Network.Close(server.conn)
		w.Disk.Close(closed, f)
	})
	if err := server.sent(sent); err == nil {
		p.t.Fatal("a region was sent that no peer read")
	}
	if err := server.closed(); !errors.Is(err, env.ErrTimeout) {
		p.t.Fatalf("the closing end saw %v, promised is a time-out", err)
	}
	server.must(server.outcome(closed))
}

func closeBoth(p *pair) {
	server, client := p.connect()
	server.hangUp()
	client.hangUp()
	server.closed()
	client.closed()
	server.hangUp()
	client.hangUp()
	server.never("closed again", server.is(env.Closed))
	client.never("closed again", client.is(env.Closed))
}

func sendAfterClosed(p *pair) {
	server, client := p.connect()
	server.hangUp()
	server.closed()
	client.closed()
	for _, c := range []end{server, client} {
		if err := c.sent(c.send(env.Segment{Bytes: frame([]byte("too late"))})); err == nil {
			p.t.Fatal("a Send on a closed connection succeeded")
		}
		c.arm.Do(func(w *env.World) {
			w.Network.Pause(c.conn)
			w.Network.Resume(c.conn)
			w.Network.Close(c.conn)
		})
		c.never("anything of it", func(e env.Event) bool { return e.Conn == c.conn })
	}
}

// pendingThenClosed fills a connection to a reader that does not read, then ends it: every Send has an outcome,
// and all of them come before Closed.
func pendingThenClosed(p *pair) {
	server, client := p.connect()
	server.arm.Do(func(w *env.World) { w.Network.Pause(server.conn) })
	const n = 64
	body := pattern(1, 1<<20)
	first := client.lastOp + 1
	client.do(func(w *env.World, op func() env.OpID) {
		for range n {
			w.Network.Send(op(), client.conn, env.Segment{Bytes: frame(body)})
		}
	})
	server.arm.Kill()
	client.next("closed", client.is(env.Closed))
	for op := first; op < first+n; op++ {
		i := indexOp(client.backlog, op)
		if i < 0 {
			p.t.Fatalf("Send %d of %d had no outcome when Closed came", op-first, n)
		}
	}
	if client.backlog[indexOp(client.backlog, first+n-1)].Err == nil {
		p.t.Fatal("64 MiB to a dead reader that never read were all sent")
	}
}

func indexOp(events []env.Event, op env.OpID) int {
	for i, e := range events {
		if e.Op == op {
			return i
		}
	}
	return -1
}

func peerDies(p *pair) {
	server, client := p.connect()
	client.sendFrames([]byte("hello"))
	server.wantMessage([]byte("hello"), "before")
	server.arm.Kill()
	client.closed()
	if err := client.sent(client.send(env.Segment{Bytes: frame([]byte("anybody?"))})); err == nil {
		p.t.Fatal("a Send after the peer's death succeeded")
	}
}

func frameTooLong(p *pair) {
	server, client := p.connect()
	client.send(env.Segment{Bytes: frame([]byte("good"))}, env.Segment{Bytes: []byte{0x7f, 0xff, 0xff, 0xff, 1, 2, 3}})
	server.wantMessage([]byte("good"), "before the bad frame")
	if err := server.closed(); !errors.Is(err, env.ErrFrame) {
		p.t.Fatalf("closed with %v, promised is ErrFrame", err)
	}
	client.closed()
}

func frameUndecodable(p *pair) {
	server, client := p.connect()
	client.sendFrames([]byte("poison"), []byte("never seen"))
	if err := server.closed(); !errors.Is(err, env.ErrFrame) {
		p.t.Fatalf("closed with %v, promised is ErrFrame", err)
	}
	client.closed()
}

func pauseResume(p *pair) {
	server, client := p.connect()
	server.arm.Do(func(w *env.World) { w.Network.Pause(server.conn) })
	for i := range 20 {
		client.sendFrames(pattern(byte(i), 500))
	}
	var early []env.Event
	for {
		e, ok := server.find(server.is(env.Message), quiet)
		if !ok {
			break
		}
		early = append(early, e)
	}
	if len(early) > 1 {
		p.t.Fatalf("%d messages came while paused, at most one was promised", len(early))
	}
	server.backlog = append(early, server.backlog...)
	server.arm.Do(func(w *env.World) { w.Network.Resume(server.conn) })
	for i := range 20 {
		server.wantMessage(pattern(byte(i), 500), "after resume")
	}
}

// pauseHolds checks that a reader that does not read stops the writer before 64 MiB, and loses nothing.
func pauseHolds(p *pair) {
	server, client := p.connect()
	server.arm.Do(func(w *env.World) { w.Network.Pause(server.conn) })
	const n = 64
	body := pattern(2, 1<<20)
	var last env.OpID
	for range n {
		last = client.send(env.Segment{Bytes: frame(body)})
	}
	client.never("sent of the last of 64 MiB that the peer does not read", func(e env.Event) bool { return e.Op == last })
	server.arm.Do(func(w *env.World) { w.Network.Resume(server.conn) })
	for range n {
		server.wantMessage(body, "after resume")
	}
	if err := client.sent(last); err != nil {
		p.t.Fatal(err)
	}
}

func pauseOne(p *pair) {
	s1, c1 := p.connect()
	s2, c2 := p.connect()
	s1.arm.Do(func(w *env.World) { w.Network.Pause(s1.conn) })
	c1.sendFrames([]byte("a"), []byte("b"), []byte("c"))
	c2.sendFrames([]byte("1"), []byte("2"), []byte("3"))
	for _, want := range []string{"1", "2", "3"} {
		s2.wantMessage([]byte(want), "on the other connection")
	}
	s1.arm.Do(func(w *env.World) { w.Network.Resume(s1.conn) })
	for _, want := range []string{"a", "b", "c"} {
		s1.wantMessage([]byte(want), "after resume")
	}
}

func manyConns(p *pair) {
	const n = 30
	var servers, clients []end
	for range n {
		s, c := p.connect()
		servers, clients = append(servers, s), append(clients, c)
	}
	for i := range n {
		clients[i].sendFrames([]byte{byte(i)})
		servers[i].sendFrames([]byte{byte(i), 1})
	}
	for i := range n {
		servers[i].wantMessage([]byte{byte(i)}, "one of many connections")
		clients[i].wantMessage([]byte{byte(i), 1}, "one of many connections")
		clients[i].hangUp()
	}
	for i := range n {
		servers[i].closed()
	}
}

// bothSides lets each arm dial the other: requests and answers come to the same node, of the same sizes, and what one
// protocol decoded is never offered to the other.
func bothSides(p *pair) {
	s1, c1 := p.connect()
	s2, c2 := connect(p.t, p.client, p.server)
	for i := range 20 {
		body := pattern(byte(i), 10*i)
		for _, from := range []end{c1, c2, s1, s2} {
			from.sendFrames(body)
		}
		for _, to := range []end{s1, s2, c1, c2} {
			to.wantMessage(body, "one way or the other")
		}
	}
}
