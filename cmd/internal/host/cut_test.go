package host

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env/contract"
)

// FuzzFramesComeWholeHoweverTheyAreCut splits a stream of frames anywhere, as reads do, and wants exactly the frames
// that were sent; and of a stream that is no frames, a refusal, not a panic.
func FuzzFramesComeWholeHoweverTheyAreCut(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 250, 0, 17}, []byte{1, 255, 7})
	f.Add([]byte{255, 255, 255}, []byte{255})
	f.Add([]byte{128, 1, 128, 1, 128}, []byte{0})
	f.Fuzz(func(t *testing.T, sizes, cuts []byte) {
		if len(sizes) > 40 || len(cuts) == 0 || len(cuts) > 1000 {
			return
		}
		var stream []byte
		var want [][]byte
		for i, s := range sizes {
			p := bytes.Repeat([]byte{byte(i)}, int(s)*int(s)*3) // up to 195 KB
			want = append(want, p)
			stream = append(stream, framed(p)...)
		}
		require.Equal(t, want, cutUp(t, stream, cuts))
	})
}

// cutUp reads the stream in pieces, the way a connection's goroutine does.
func cutUp(t *testing.T, stream, cuts []byte) (got [][]byte) {
	h := &Host{opt: Options{MaxFrame: 1 << 20}}
	h.carriers.New = func() any { return &carrier{h: h} }
	in := newIntake(contract.Frames, false, 64<<20)
	c := &conn{h: h, intake: in}
	for i := 0; len(stream) > 0; i++ {
		cut := int(cuts[i%len(cuts)])
		n := copy(c.space(), stream[:min(len(stream), 1+cut*cut*5)])
		stream = stream[n:]
		c.filled += n
		c.many = cut%2 == 0
		for c.cut() {
		}
		require.NoError(t, c.ended)
		for _, f := range c.batch {
			got = append(got, bytes.Clone(f.Decoded.(*contract.Frame).Payload))
			f.release()
		}
		c.batch = c.batch[:0]
		if c.filled == 0 {
			c.rest()
		}
	}
	require.Zero(t, c.filled, "a part of a frame is left over")
	require.Zero(t, in.pool.inUse(), "a buffer was lost")
	return got
}

func FuzzHostileBytes(f *testing.F) {
	f.Add(framed([]byte("good")), byte(3))
	f.Add(framed([]byte("poison")), byte(200))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff}, byte(1))
	f.Fuzz(func(t *testing.T, stream []byte, piece byte) {
		h := &Host{opt: Options{MaxFrame: 1 << 20}}
		h.carriers.New = func() any { return &carrier{h: h} }
		in := newIntake(contract.Frames, false, 64<<20)
		c := &conn{h: h, intake: in}
		for len(stream) > 0 && c.ended == nil {
			n := copy(c.space(), stream[:min(len(stream), 1+int(piece))])
			stream = stream[n:]
			c.filled += n
			for c.cut() {
			}
			c.dropBatch(0)
			require.LessOrEqual(t, in.pool.inUse(), 4<<20, "a length alone takes little memory")
		}
	})
}

// The promise of DESIGN: few system calls, and sendfile for what is large. The counts are of one request, after the
// first.
func TestSystemCallsPerRequest(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the portable paths count differently")
	}
	h, err := Run(t.Context(), Options{Listen: Plain("127.0.0.1:0"), DataDir: t.TempDir(), Protocol: toyProtocol{},
		NewNode: newToyNode})
	require.NoError(t, err)
	t.Cleanup(h.Kill)
	nc := dial(t, h)
	produce := append(append(binary.BigEndian.AppendUint32(nil, 32<<10), 1), make([]byte, 32<<10)...)
	fetch := append(binary.BigEndian.AppendUint32(nil, 32<<10), 2, 0, 0, 0, 0, 0, 0, 0, 0)
	const n = 100
	rounds := func(request []byte, answer int) Stats {
		time.Sleep(10 * time.Millisecond) // what was counted after the last answer
		before := h.Stats()
		for range n {
			_, err := nc.Write(request)
			require.NoError(t, err)
			readExactly(t, nc, answer)
		}
		time.Sleep(10 * time.Millisecond)
		return h.Stats().minus(before)
	}
	rounds(produce, 16)
	st := rounds(produce, 16)
	require.EqualValues(t, n, st.Messages)
	require.EqualValues(t, n, st.Writes, "one write to the socket for a produce")
	require.EqualValues(t, n, st.Pwrites, "one write to the file for a produce")
	require.LessOrEqual(t, st.Locks, uint64(2*n))
	st = rounds(fetch, 16+32<<10)
	require.EqualValues(t, n, st.Writes, "one for the header of a fetch")
	require.GreaterOrEqual(t, st.Sendfiles, uint64(n))
	require.Zero(t, st.Preads)
}
