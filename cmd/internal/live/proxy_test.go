package live

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience bounds what must come, and silence is how long what must not come is waited for.
const (
	patience = 10 * time.Second
	silence  = 150 * time.Millisecond
)

// stage is a server b1 behind a proxy, with each connection seen from the server's end.
type stage struct {
	t      *testing.T
	links  *links
	door   *proxy
	server net.Listener
	gone   chan struct{}
}

func newStage(t *testing.T) *stage {
	t.Helper()
	n := newLinks()
	d, err := newDoor(n, "b1")
	require.NoError(t, err)
	s := &stage{t: t, links: n, door: d, gone: make(chan struct{})}
	t.Cleanup(func() {
		d.shut()
		n.close()
		if s.server != nil {
			_ = s.server.Close() // a test may have done so
		}
	})
	return s
}

// serve lets the server listen, and opens the proxy.
func (s *stage) serve() {
	s.t.Helper()
	var err error
	s.server, err = net.Listen("tcp", s.door.inner)
	require.NoError(s.t, err)
	s.door.open(s.gone)
	require.Eventually(s.t, func() bool {
		c, err := s.server.Accept() // who looks whether it listens
		return err == nil && c.Close() == nil
	}, patience, time.Millisecond)
	require.Eventually(s.t, s.lets, patience, time.Millisecond)
}

// lets reports whether the proxy accepts a connection.
func (s *stage) lets() bool {
	c, err := net.Dial("tcp", s.door.addr)
	return err == nil && c.Close() == nil
}

// end is one end of a connection, and what has come out of it.
type end struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

// call connects as a client id and says "hello".
func (s *stage) call(clientID string) *end {
	s.t.Helper()
	c, err := net.Dial("tcp", s.door.addr)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = c.Close() })
	e := &end{c, s.t, bufio.NewReader(c)}
	e.say(string(hello(clientID)))
	return e
}

// hello is the beginning of a request.
func hello(clientID string) []byte {
	b := make([]byte, requestHead)
	binary.BigEndian.PutUint16(b[requestHead-2:], uint16(len(clientID)))
	return append(append(b, clientID...), "hello"...)
}

// answer is the server's end of the next connection.
func (s *stage) answer() *end {
	s.t.Helper()
	require.NoError(s.t, s.server.(*net.TCPListener).SetDeadline(time.Now().Add(patience)))
	c, err := s.server.Accept()
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = c.Close() })
	return &end{c, s.t, bufio.NewReader(c)}
}

func (e *end) say(text string) {
	e.t.Helper()
	_, err := e.Write([]byte(text))
	require.NoError(e.t, err)
}

func (e *end) hears(text string) {
	e.t.Helper()
	require.NoError(e.t, e.SetReadDeadline(time.Now().Add(patience)))
	got := make([]byte, len(text))
	_, err := io.ReadFull(e.r, got)
	require.NoError(e.t, err)
	require.Equal(e.t, text, string(got))
}

// hearsNothing: neither bytes nor an end.
func (e *end) hearsNothing() {
	e.t.Helper()
	require.NoError(e.t, e.SetReadDeadline(time.Now().Add(silence)))
	b, err := e.r.ReadByte()
	var late net.Error
	require.ErrorAs(e.t, err, &late, "byte %q", b)
	require.True(e.t, late.Timeout(), err)
}

func (e *end) hearsTheEnd() error {
	e.t.Helper()
	require.NoError(e.t, e.SetReadDeadline(time.Now().Add(patience)))
	_, err := e.r.ReadByte()
	require.Error(e.t, err)
	var late net.Error
	if errors.As(err, &late) {
		require.False(e.t, late.Timeout(), err)
	}
	return err
}

func TestWhoComesWhenTheServerDoesNotListenIsRefused(t *testing.T) {
	s := newStage(t)
	require.False(t, s.lets())
	s.serve()
	in := s.call("p1")
	b1 := s.nextOf(t, "p1")
	s.door.shut()
	require.False(t, s.lets())
	in.say("still here") // who is in stays
	b1.hears("still here")
}

// nextOf is the server's end of the next connection of a client that said hello: those that only looked are passed
// over.
func (s *stage) nextOf(t *testing.T, clientID string) *end {
	t.Helper()
	for {
		b1 := s.answer()
		require.NoError(t, b1.SetReadDeadline(time.Now().Add(patience)))
		if _, err := b1.r.Peek(1); err == nil {
			b1.hears(string(hello(clientID)))
			return b1
		}
	}
}

func TestACutLinkForwardsNothingAndClosesNothing(t *testing.T) {
	s := newStage(t)
	s.serve()
	p1 := s.call("p1")
	b1 := s.nextOf(t, "p1")

	s.links.cut("p1", "b1")
	p1.say("one")
	b1.hearsNothing()
	b1.say("two") // the other direction is whole
	p1.hears("two")
	require.NoError(t, p1.Close()) // and the end does not arrive either
	b1.hearsNothing()

	s.links.mend("p1", "b1")
	b1.hears("one")
	require.ErrorIs(t, b1.hearsTheEnd(), io.EOF)
}

func TestAnAnswerAcrossACutWaits(t *testing.T) {
	s := newStage(t)
	s.serve()
	k2 := s.call("gregor-102") // as the controller k2 calls itself
	b1 := s.nextOf(t, "gregor-102")
	s.links.cut("b1", "k2")
	k2.say("ask")
	b1.hears("ask")
	b1.say("answer")
	k2.hearsNothing()
	s.links.mend("b1", "k2")
	k2.hears("answer")
}

func TestANewConnectionAcrossACutHangsUntilItIsMended(t *testing.T) {
	for _, d := range []direction{{"p1", "b1"}, {"b1", "p1"}} {
		s := newStage(t)
		s.serve()
		s.links.cut(d.from, d.to)
		p1 := s.call("p1")
		p1.hearsNothing()
		s.links.mend(d.from, d.to)
		s.nextOf(t, "p1").say("welcome")
		p1.hears("welcome")
	}
}

func TestOthersDoNotNoticeACut(t *testing.T) {
	s := newStage(t)
	s.serve()
	s.links.cut("p1", "b1")
	p2 := s.call("p2")
	s.nextOf(t, "p2").say("hello yourself")
	p2.hears("hello yourself")
}

func TestAResetIsHeardAtBothEnds(t *testing.T) {
	s := newStage(t)
	s.serve()
	p1, b1 := s.call("p1"), s.nextOf(t, "p1")
	p2, b1p2 := s.call("p2"), s.nextOf(t, "p2")
	s.links.cut("p1", "b1") // even across a cut: it is we who break it
	s.links.reset("p1")
	require.NotErrorIs(t, p1.hearsTheEnd(), io.EOF)
	require.NotErrorIs(t, b1.hearsTheEnd(), io.EOF)
	p2.say("not mine")
	b1p2.hears("not mine")
}

func TestWhoSendsFasterThanTheOtherReadsWaits(t *testing.T) {
	s := newStage(t)
	s.serve()
	p1 := s.call("p1")
	s.nextOf(t, "p1") // and reads no more
	block := make([]byte, 1<<20)
	for sent := 0; sent < 256; sent++ {
		require.NoError(t, p1.SetWriteDeadline(time.Now().Add(time.Second)))
		if _, err := p1.Write(block); err != nil {
			return // it waits
		}
	}
	t.Fatal("256 MiB are somewhere under way")
}

func TestServersAreKnownByTheirNodeID(t *testing.T) {
	for clientID, want := range map[string]string{"gregor-1": "b1", "gregor-103": "k3", "p1": "p1",
		"gregor-x": "gregor-x"} {
		require.Equal(t, want, nodeOf(clientID))
	}
}
