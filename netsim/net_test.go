package netsim

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"testing"
	"time"

	"gregor/core/env"
)

// The contract suite and the tests of faults run against sim; here is what only this package can see.

// bench is a engine with a sorted list for a queue, and nodes that remember their events.
type bench struct {
	now    env.Instant
	due    []due
	events [2][]env.Event
	net    *Net
	ports  [2]*Port
}

type due struct {
	at   env.Instant
	tie  uint32
	slot uint64
}

func (b *bench) Now() env.Instant { return b.now }
func (b *bench) At(at env.Instant, tie uint32, slot uint64) {
	b.due = append(b.due, due{at, tie, slot})
}
func (b *bench) Deliver(node int, e *env.Event, _ uint64) bool {
	b.events[node] = append(b.events[node], *e)
	return true
}
func (b *bench) Cause() uint64       { return 0 }
func (b *bench) Sum(p []byte) uint64 { return uint64(crc32.ChecksumIEEE(p)) }
func (b *bench) Hash(uint64)         {}
func (b *bench) Region(int, env.FileID, env.Position, []byte) error {
	return errors.New("no files here")
}
func (b *bench) Pin(int, env.FileID)   {}
func (b *bench) Unpin(int, env.FileID) {}

// run lets everything happen up to an instant.
func (b *bench) run(until env.Instant) {
	for len(b.due) > 0 {
		slices.SortStableFunc(b.due, func(x, y due) int {
			if x.at != y.at {
				return int(x.at - y.at)
			}
			return int(int64(x.tie) - int64(y.tie))
		})
		d := b.due[0]
		if d.at > until {
			break
		}
		b.due = b.due[1:]
		b.now = max(b.now, d.at)
		b.net.Fire(d.slot)
	}
	b.now = until
}

// lengths is a protocol of 32-bit lengths.
type lengths struct{ most int }

func (l lengths) FrameSize(head []byte) (int, error) {
	if len(head) < 4 {
		return 0, nil
	}
	n := int(binary.BigEndian.Uint32(head))
	if n > l.most {
		return 0, errors.New("too long")
	}
	return 4 + n, nil
}
func (lengths) Decode(frame []byte, _ any) (any, error) { return len(frame), nil }

// newBench is two nodes with a connection from 0 to 1.
func newBench(o Options, seed uint64, most int) *bench {
	b := &bench{}
	b.net = New(b, o, env.NewRand(seed))
	b.ports[0] = b.net.AddNode("a", "", lengths{most}, lengths{most})
	b.ports[1] = b.net.AddNode("b", "b:1", lengths{most}, lengths{most})
	b.net.Up(0)
	b.net.Up(1)
	b.ports[0].Dial(1, "b:1")
	b.run(env.Instant(10 * time.Second))
	return b
}

// TestStreamIsWhatWasSent draws frames, windows, splits and speeds: what comes out is what went in, in order.
func TestStreamIsWhatWasSent(t *testing.T) {
	for seed := range uint64(40) {
		r := env.NewRand(seed)
		o := Draw(r.Fork("net"))
		o.WindowBytes = 4 + r.IntN(3000)
		o.SplitPerMillion = million / 2
		o.BytesPerSecond = 0
		b := newBench(o, seed, 1<<20)
		var stream []byte
		for i := range 50 {
			n := r.IntN(5000)
			stream = binary.BigEndian.AppendUint32(stream, uint32(n))
			for k := range n {
				stream = append(stream, byte(k*7+i))
			}
		}
		for rest := stream; len(rest) > 0; {
			n := min(len(rest), 1+r.IntN(4000))
			b.ports[0].Send(0, 1, env.Segment{Bytes: rest[:n]})
			rest = rest[n:]
		}
		b.run(b.now + env.Instant(time.Hour))
		var got []byte
		for _, e := range b.events[1] {
			if e.Kind == env.Message {
				got = append(got, e.Buffer.Bytes...)
			}
		}
		if !slices.Equal(got, stream) {
			t.Fatalf("seed %d: %d bytes came out of %d, or others", seed, len(got), len(stream))
		}
	}
}

// TestAnnouncedFrameTakesNoMemory: a header that announces much costs little until the bytes come.
func TestAnnouncedFrameTakesNoMemory(t *testing.T) {
	b := newBench(Options{}, 1, 1<<30)
	b.ports[0].Send(0, 1, env.Segment{Bytes: []byte{0x3f, 0, 0, 0, 1, 2, 3}})
	b.run(b.now + env.Instant(time.Second))
	e := b.ports[1].end(1)
	if e.need != 4+0x3f000000 || cap(e.frame.Bytes) > firstPiece {
		t.Fatalf("a frame of %d bytes was announced, 3 came, %d are set aside", e.need, cap(e.frame.Bytes))
	}
}

// TestWindowBoundsWhatIsUnread: a reader that does not read costs a window, whatever is sent.
func TestWindowBoundsWhatIsUnread(t *testing.T) {
	b := newBench(Options{WindowBytes: 10_000}, 1, 1<<20)
	b.ports[1].Pause(1)
	for range 100 {
		b.ports[0].Send(0, 1, env.Segment{Bytes: append([]byte{0, 0, 0x0f, 0xa0}, make([]byte, 4000)...)})
	}
	b.run(b.now + env.Instant(time.Minute))
	s := b.ports[1].end(1).in()
	if s.ready != 10_000 || cap(s.data) > 40_000 {
		t.Fatalf("%d bytes unread and %d set aside with a window of 10000", s.ready, cap(s.data))
	}
}

func TestFifo(t *testing.T) {
	r := env.NewRand(3)
	var f fifo[int]
	var want []int
	for i := range 10_000 {
		if len(want) == 0 || r.Chance(11, 20) {
			f.push(i)
			want = append(want, i)
		} else {
			if got := *f.at(0); got != want[0] {
				t.Fatalf("first is %d, want %d", got, want[0])
			}
			f.drop()
			want = want[1:]
		}
		if f.len() != len(want) || len(want) > 0 && *f.at(len(want) - 1) != want[len(want)-1] {
			t.Fatalf("%d elements, want %d", f.len(), len(want))
		}
	}
}
