package host

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/core/env/contract"
)

// holder is a node that keeps every request of its first listener until one comes by the second: that one it asks
// another node, and only when the answer is there it answers everybody.
type holder struct {
	peer   string
	held   []env.Event
	dialed env.ConnID
}

func (n *holder) step(p *player, _ env.Now, e env.Event) {
	switch m := e.Message.(type) {
	case nil:
		switch {
		case e.Kind == env.Boot:
			p.w.Network.Dial(p.op(), n.peer)
		case e.Kind == env.Dialed:
			n.dialed = e.Conn
			p.w.Emit(env.Started{})
		}
	case *contract.Frame:
		n.held = append(n.held, e)
		if m.Payload[0] == 'a' {
			p.send(n.dialed, bytes.Clone(m.Payload))
		}
	case *contract.Answer:
		e.Buffer.Release()
		for _, e := range n.held {
			p.send(e.Conn, []byte("at last"))
			e.Buffer.Release()
		}
		n.held = nil
	}
}

// Requests that wait for a peer's answer fill the memory of their listener. The answer comes all the same, and so do
// the requests of another listener.
func TestAnswersDoNotWaitForTheMemoryOfRequests(t *testing.T) {
	t.Parallel()
	peer := play(t, Options{}, echo)
	n := &holder{peer: peer.Addrs()[0].String()}
	h := play(t, Options{Listen: Plain("127.0.0.1:0", "127.0.0.1:0"), Dialed: contract.Answers, MaxInBytes: 1 << 20},
		n.step)
	<-h.Started()
	large := strings.Repeat("b", 700_000)
	first := dial(t, h)
	for i, nc := range []*net.TCPConn{first, dial(t, h), dial(t, h)} { // the first fills the bound, the others wait
		_, err := nc.Write(framed([]byte(large)))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return h.Stats().Messages == 1 }, patience, tick, "of connection %d", i)
	}
	second := dialAddr(t, h.Addrs()[1].String())
	require.Equal(t, "at last", ask(t, second, strings.Repeat("a", 700_000)))
	require.Equal(t, "at last", string(receive(t, first)))
}

// One listener's clients do not keep the others' out, and connections that the node dialed count for no listener.
func TestConnectionLimitIsOfEachListener(t *testing.T) {
	t.Parallel()
	peer := play(t, Options{}, echo)
	n := &holder{peer: peer.Addrs()[0].String()}
	h := play(t, Options{Listen: Plain("127.0.0.1:0", "127.0.0.1:0"), Dialed: contract.Answers, MaxConnections: 1}, n.step)
	<-h.Started()
	waiting := dial(t, h)
	_, err := waiting.Write(framed([]byte("b")))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return h.Stats().Messages == 1 }, patience, tick)
	wantEnd(t, dial(t, h))
	require.Equal(t, "at last", ask(t, dialAddr(t, h.Addrs()[1].String()), "a"))
	require.Equal(t, "at last", string(receive(t, waiting)))
}

// A peer that answers before it reads on: two that both wait for the other to read would wait for ever.
func TestAnswersAreReadWhateverIsToBeSent(t *testing.T) {
	t.Parallel()
	const n, size = 16, 1 << 20
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	answers := make(chan int, n)
	play(t, Options{NoListen: true, Dialed: contract.Answers}, func(p *player, _ env.Now, e env.Event) {
		switch e.Kind {
		case env.Boot:
			p.w.Network.Dial(p.op(), l.Addr().String())
		case env.Dialed:
			for range n {
				p.send(e.Conn, make([]byte, size))
			}
		case env.Message:
			answers <- len(e.Message.(*contract.Answer).Payload)
			e.Buffer.Release()
		}
	})
	nc, err := l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = nc.Close() })
	require.NoError(t, nc.SetDeadline(time.Now().Add(patience)))
	for range n {
		_, err := nc.Write(framed(make([]byte, size)))
		require.NoError(t, err, "it reads though it has much to send")
	}
	for range n {
		require.Equal(t, size, <-answers)
		require.Len(t, receive(t, nc), size)
	}
}
