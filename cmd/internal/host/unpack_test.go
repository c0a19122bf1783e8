package host

import (
	"bytes"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/core/env/contract"
)

// packed is a protocol whose frames have to be finished: a frame of 'u's takes half of the budget and a slice of work a
// byte, one of 'w's waits until the test lets it go on, and others take nothing.
type packed struct {
	memory atomic.Int64 // of what is being finished
	most   atomic.Int64
	goOn   chan struct{}
}

func (p *packed) FrameSize(head []byte) (int, error) { return contract.Frames.FrameSize(head) }

func (p *packed) Decode(frame []byte, reuse any) (any, error) {
	m, err := contract.Frames.Decode(frame, nil)
	if err != nil {
		return nil, err
	}
	f := m.(*contract.Frame)
	return &packedFrame{Frame: f, p: p, left: len(f.Payload)}, nil
}

type packedFrame struct {
	*contract.Frame
	p    *packed
	left int
	held bool
}

const packedMemory = 1 << 20

func (f *packedFrame) Memory() int {
	switch f.Payload[0] {
	case 'e':
		return 0
	case 'q':
		return packedMemory / 100
	}
	return packedMemory
}

func (f *packedFrame) Finish(tools any, work int) (any, bool) {
	if tools == nil {
		f.left, tools = len(f.Payload), f
	}
	if work == 0 || f.Payload[0] == 'q' {
		return f.quick(tools, work)
	}
	if !f.held {
		f.held = true
		now := f.p.memory.Add(packedMemory)
		for most := f.p.most.Load(); now > most && !f.p.most.CompareAndSwap(most, now); most = f.p.most.Load() {
		}
	}
	if f.Payload[0] == 'w' {
		select {
		case <-f.p.goOn:
		default:
			time.Sleep(tick) // in turns with the others
			return tools, false
		}
	}
	if f.left--; f.left > 0 {
		return tools, false
	}
	f.p.memory.Add(-packedMemory)
	return tools, true
}

// quick is Finish of a frame that takes next to nothing.
func (f *packedFrame) quick(tools any, work int) (any, bool) {
	if work > 0 {
		f.left--
	}
	return tools, f.left == 0
}

// answering echoes what packed decoded.
func answering(p *player, _ env.Now, e env.Event) {
	switch e.Kind {
	case env.Message:
		p.send(e.Conn, bytes.Clone(e.Message.(*packedFrame).Payload))
		e.Buffer.Release()
	case env.Shutdown:
		p.w.Emit(env.Stopped{})
	}
}

// All connections together decompress within one budget: what would be too much waits, and every frame is finished
// before the node sees it.
func TestUnpackingHasOneBudget(t *testing.T) {
	t.Parallel()
	proto := &packed{}
	h := play(t, Options{Protocol: proto, MaxUnpackBytes: 2*packedMemory + packedMemory/2}, answering)
	var conns []*net.TCPConn
	for range 20 {
		conns = append(conns, dial(t, h))
	}
	payload := strings.Repeat("u", 300)
	for _, nc := range conns {
		_, err := nc.Write(framed([]byte(payload)))
		require.NoError(t, err)
	}
	for _, nc := range conns {
		require.Equal(t, payload, string(receive(t, nc)))
	}
	require.LessOrEqual(t, proto.most.Load(), int64(2*packedMemory))
	require.Zero(t, proto.memory.Load())
}

// While the budget is used up, what needs none goes on, what waits ends with its connection, and what was asked before
// on the same connection does not wait.
func TestWaitingToUnpack(t *testing.T) {
	t.Parallel()
	proto := &packed{goOn: make(chan struct{})}
	// less than one takes: it has all, alone
	h := play(t, Options{Protocol: proto, MaxUnpackBytes: packedMemory / 4}, answering)
	first := dial(t, h)
	_, err := first.Write(framed([]byte("w")))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return proto.memory.Load() > 0 }, patience, tick)
	second := dial(t, h)
	_, err = second.Write(append(framed([]byte("easy")), framed([]byte("u"))...))
	require.NoError(t, err)
	require.Equal(t, "easy", string(receive(t, second)))
	third := dial(t, h)
	_, err = third.Write(framed([]byte("u")))
	require.NoError(t, err)
	require.NoError(t, third.Close())
	require.Equal(t, "easy", ask(t, dial(t, h), "easy"))
	close(proto.goOn)
	require.Equal(t, "w", string(receive(t, first)))
	require.Equal(t, "u", string(receive(t, second)))
}

// A message that is quickly finished does not wait for those that are not, however many of them wait; one that turns
// out to be long waits with those, and is finished from its beginning.
func TestQuickMessagesDoNotWaitForLongOnes(t *testing.T) {
	t.Parallel()
	proto := &packed{goOn: make(chan struct{})}
	h := play(t, Options{Protocol: proto, MaxUnpackBytes: packedMemory}, answering)
	long := strings.Repeat("q", 3*quickSlices)
	first, second := dial(t, h), dial(t, h)
	_, err := first.Write(framed([]byte("w")))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return proto.memory.Load() > 0 }, patience, tick)
	_, err = second.Write(framed([]byte(long)))
	require.NoError(t, err)
	for range 20 {
		require.Equal(t, "q", ask(t, dial(t, h), "q"))
	}
	close(proto.goOn)
	require.Equal(t, "w", string(receive(t, first)))
	require.Equal(t, long, string(receive(t, second)))
}
