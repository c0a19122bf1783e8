package client_test

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"gregor/core/client"
	"gregor/core/env"
	"gregor/core/wire"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// stage is a world for one client: virtual time, a network that takes a millisecond each way, and one broker that
// the test scripts. Everything a test needs to know happens in note.
type stage struct {
	t      *testing.T
	now    env.Instant
	node   env.Node
	todo   []planned
	serial int
	conns  map[env.ConnID]*line
	broker func(l *line, req kmsg.Request) reply
	told   func(f env.Fact)
	noted  func(dir string, req kmsg.Request, what string)
	facts  []env.Fact
	ticks  int                       // at one instant
	mangle func(frame []byte) []byte // what comes after the length prefix and the correlation id
	down   bool
}

type planned struct {
	at     env.Instant
	serial int
	do     func()
}

// line is one connection.
type line struct {
	id    env.ConnID
	addr  string
	open  bool
	free  env.Instant // when the broker has done what came before
	store map[string]any
}

// reply is what the broker does with a request.
type reply struct {
	resp  kmsg.Response // nil: no answer
	after time.Duration // how long it takes
	drop  bool          // close the connection instead
	what  string        // for the transcript
}

const leg = time.Millisecond

func newStage(t *testing.T) *stage {
	return &stage{t: t, conns: map[env.ConnID]*line{}}
}

func (s *stage) world(seed uint64) env.World {
	return env.World{Network: s, Rand: env.NewRand(seed), Facts: s}
}

func (s *stage) Emit(f env.Fact) {
	s.facts = append(s.facts, f)
	if s.told != nil {
		s.told(f)
	}
}

func (s *stage) at(at env.Instant, do func()) {
	s.serial++
	s.todo = append(s.todo, planned{at, s.serial, do})
}

func (s *stage) in(d time.Duration, do func()) { s.at(s.now.Add(d), do) }

func (s *stage) clock() env.Now {
	return env.Now{Mono: s.now, Wall: 1_700_000_000_000 + env.WallMillis(s.now/1e6)}
}

func (s *stage) step(e env.Event) { s.node.Step(s.clock(), e) }

// run goes on until the given instant.
func (s *stage) run(until time.Duration) {
	for {
		first := -1
		for i, p := range s.todo {
			if first < 0 || cmp.Or(cmp.Compare(p.at, s.todo[first].at), p.serial-s.todo[first].serial) < 0 {
				first = i
			}
		}
		next, tick := env.Never, true
		if first >= 0 {
			next, tick = s.todo[first].at, false
		}
		if d := max(s.node.Deadline(), s.now); d < next {
			next, tick = d, true
		}
		if next > env.Instant(until) {
			s.now = env.Instant(until)
			return
		}
		if s.now == next {
			if s.ticks++; s.ticks > 5000 {
				s.t.Fatalf("5000 events at %v: the client does not let time pass", s.now)
			}
		} else {
			s.ticks = 0
		}
		s.now = next
		if tick {
			s.step(env.Event{Kind: env.Tick})
			continue
		}
		do := s.todo[first].do
		s.todo = slices.Delete(s.todo, first, first+1)
		do()
	}
}

func (s *stage) Dial(op env.OpID, addr string) {
	s.in(leg, func() {
		if s.down {
			s.step(env.Event{Kind: env.Dialed, Op: op, Err: env.ErrRefused})
			return
		}
		s.serial++
		l := &line{id: env.ConnID(s.serial), addr: addr, open: true, store: map[string]any{}}
		s.conns[l.id] = l
		s.step(env.Event{Kind: env.Dialed, Op: op, Conn: l.id})
	})
}

func (s *stage) Send(op env.OpID, conn env.ConnID, parts ...env.Segment) {
	l := s.conns[conn]
	frame := slices.Clone(parts[0].Bytes)
	if op != 0 {
		s.in(0, func() {
			e := env.Event{Kind: env.Sent, Op: op, Conn: conn}
			if l == nil || !l.open {
				e.Err = env.ErrReset
			}
			s.step(e)
		})
	}
	if l == nil || !l.open {
		return
	}
	s.in(leg, func() {
		if l.open && !s.down {
			l.free = max(l.free, s.now)
			s.at(l.free, func() { s.serve(l, frame) })
		}
	})
}

func (s *stage) Pause(env.ConnID)  {}
func (s *stage) Resume(env.ConnID) {}
func (s *stage) Close(conn env.ConnID) {
	if l := s.conns[conn]; l != nil && l.open {
		l.open = false
		s.in(0, func() { s.step(env.Event{Kind: env.Closed, Conn: conn}) })
	}
}

// cut ends every connection from the broker's side.
func (s *stage) cut() {
	var open []*line
	for _, l := range s.conns {
		if l.open {
			open = append(open, l)
		}
	}
	slices.SortFunc(open, func(a, b *line) int { return int(a.id) - int(b.id) })
	for _, l := range open {
		s.hangUp(l)
	}
}

func (s *stage) hangUp(l *line) {
	if l.open {
		l.open = false
		s.step(env.Event{Kind: env.Closed, Conn: l.id, Err: env.ErrReset})
	}
}

func (s *stage) serve(l *line, frame []byte) {
	if !l.open || s.down {
		return
	}
	req, corr := parse(s.t, frame)
	r := s.broker(l, req)
	if s.noted != nil {
		s.noted(">", req, r.what)
	}
	l.free = max(l.free, s.now).Add(r.after)
	switch {
	case r.drop:
		s.in(leg, func() { s.hangUp(l) })
	case r.resp != nil:
		s.at(l.free.Add(leg), func() { s.answer(l, corr, r.resp) })
	}
}

// parse reads a request frame with kmsg alone.
func parse(t *testing.T, frame []byte) (kmsg.Request, int32) {
	if int(binary.BigEndian.Uint32(frame)) != len(frame)-4 {
		t.Fatalf("length prefix %d of a frame of %d bytes", binary.BigEndian.Uint32(frame), len(frame))
	}
	b := frame[4:]
	req := kmsg.RequestForKey(int16(binary.BigEndian.Uint16(b)))
	req.SetVersion(int16(binary.BigEndian.Uint16(b[2:])))
	corr := int32(binary.BigEndian.Uint32(b[4:]))
	b = b[10+int(binary.BigEndian.Uint16(b[8:])):]
	if req.IsFlexible() {
		b = b[1:]
	}
	if err := req.ReadFrom(b); err != nil {
		t.Fatalf("request %T v%d: %v", req, req.GetVersion(), err)
	}
	return req, corr
}

func (s *stage) answer(l *line, corr int32, resp kmsg.Response) {
	if !l.open {
		return
	}
	frame := binary.BigEndian.AppendUint32([]byte{0, 0, 0, 0}, uint32(corr))
	if resp.IsFlexible() && resp.Key() != 18 {
		frame = append(frame, 0)
	}
	frame = resp.AppendTo(frame)
	if s.mangle != nil {
		frame = append(frame[:8:8], s.mangle(frame[8:])...)
	}
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	m, err := client.Protocol().Decode(frame, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	released := 0
	buf := &env.Buffer{Bytes: frame, Recycle: func(b *env.Buffer) { released++; clear(b.Bytes) }}
	s.step(env.Event{Kind: env.Message, Conn: l.id, Message: m, Buffer: buf})
	if released != 1 {
		s.t.Fatalf("the buffer of %T was released %d times, want once", resp, released)
	}
}

// apiVersions serves what the broker's table in core/wire says.
func apiVersions(req *kmsg.ApiVersionsRequest) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.ApiVersionsResponse)
	for _, a := range wire.APIs() {
		resp.ApiKeys = append(resp.ApiKeys, kmsg.ApiVersionsResponseApiKey{ApiKey: a.Key, MinVersion: a.Min,
			MaxVersion: a.Max})
	}
	return resp
}

func name(req kmsg.Request) string {
	return fmt.Sprintf("%s v%d", kmsg.NameForKey(req.Key()), req.GetVersion())
}
