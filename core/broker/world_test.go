package broker_test

import (
	"container/heap"
	"hash/crc32"
	"time"

	"gregor/core/broker"
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/env/buffers"
	"gregor/core/wire"
	"gregor/disksim"
)

// tester is what *testing.T, *testing.B and *testing.F have in common.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// world is one broker on a simulated disk, with clients at hand: connections that take what is sent at once,
// unless they are made slow.
type world struct {
	t      tester
	now    env.Instant
	wall   env.WallMillis // at now zero
	seq    uint64
	queue  timers
	disk   *disksim.Disk
	config []config.Entry
	broker *broker.Broker // nil while it is down
	life   uint64
	facts  []env.Fact
	proto  *wire.Protocol
	conns  map[env.ConnID]*peer
	lastID env.ConnID
	sent   []send // answers the network has not taken yet
	pool   []*env.Buffer
	live   int  // request buffers not released
	deaf   bool // what the broker dials never answers
	worked int  // units of the step with the most work
}

// peer is a client's end of a connection.
type peer struct {
	world   *world
	id      env.ConnID
	paused  bool     // the broker pushes back
	slow    bool     // it does not read
	gone    bool     // closed, by either side
	out     [][]byte // frames on their way to the broker
	in      []byte   // bytes from the broker
	said    []ask    // requests without an answer, the oldest first
	correl  int32
	answers []answer
}

// ask is a request under way.
type ask struct {
	correlation  int32
	key, version int16
}

// send is one Network.Send. Its bytes must not change until it is taken.
type send struct {
	op    env.OpID
	conn  env.ConnID
	parts []env.Segment
	sum   uint32
}

type timer struct {
	at   env.Instant
	tie  uint32
	seq  uint64
	slot uint64
}

type timers []timer

func (q timers) Len() int { return len(q) }
func (q timers) Less(i, j int) bool {
	a, b := q[i], q[j]
	if a.at != b.at {
		return a.at < b.at
	}
	return a.tie < b.tie || a.tie == b.tie && a.seq < b.seq
}
func (q timers) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *timers) Push(x any)   { *q = append(*q, x.(timer)) }
func (q *timers) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

func newWorld(t tester, seed uint64, o disksim.Options) *world {
	w := &world{t: t, wall: 1_750_000_000_000, proto: wire.New(wire.Limits{}), conns: map[env.ConnID]*peer{},
		config: []config.Entry{{Name: "node.id", Value: "1"}, {Name: "offsets.topic.num.partitions", Value: "2"},
			{Name: "offsets.topic.replication.factor", Value: "1"}, {Name: "group.initial.rebalance.delay.ms", Value: "0"}}}
	w.disk = disksim.New(w, o, env.NewRand(seed))
	return w
}

// A world is the stage of its disk.

func (w *world) Now() env.Instant { return w.now }
func (w *world) At(at env.Instant, tie uint32, slot uint64) {
	w.seq++
	heap.Push(&w.queue, timer{max(at, w.now), tie, w.seq, slot})
}
func (w *world) Cause() uint64       { return 0 }
func (w *world) Sum(b []byte) uint64 { return uint64(crc32.ChecksumIEEE(b)) }
func (w *world) Hash(uint64)         {}
func (w *world) Deliver(e *env.Event, _ uint64) {
	if w.broker != nil {
		w.step(*e)
	}
}

// Emit keeps a fact.
func (w *world) Emit(f env.Fact) {
	w.facts = append(w.facts, f)
}

// A world is the network of its broker.

func (w *world) Dial(_ env.OpID, addr string) {
	if !w.deaf {
		w.t.Fatalf("the broker dials %s", addr)
	}
}
func (w *world) Send(op env.OpID, c env.ConnID, parts ...env.Segment) {
	s := send{op: op, conn: c, parts: append([]env.Segment(nil), parts...)}
	for _, p := range parts {
		if p.Region.File != 0 {
			w.disk.Pin(p.Region.File)
		}
	}
	s.sum = s.checksum()
	w.sent = append(w.sent, s)
}

func (s *send) checksum() (sum uint32) {
	for _, p := range s.parts {
		sum = crc32.Update(sum, crc32.IEEETable, p.Bytes)
	}
	return sum
}

func (w *world) Pause(c env.ConnID) {
	if p := w.conns[c]; p != nil {
		p.paused = true
	}
}
func (w *world) Resume(c env.ConnID) {
	if p := w.conns[c]; p != nil {
		p.paused = false
	}
}
func (w *world) Close(c env.ConnID) {
	if p := w.conns[c]; p != nil {
		p.gone = true
	}
}

func (w *world) clock() env.Now {
	return env.Now{Mono: w.now, Wall: w.wall + env.WallMillis(w.now/env.Instant(time.Millisecond))}
}

// step applies one event, and ends the process if the broker has ended.
func (w *world) step(e env.Event) {
	n := len(w.facts)
	w.broker.Step(w.clock(), e)
	units, most := w.broker.Work()
	if w.worked = max(w.worked, units); units > most {
		w.t.Fatalf("a %v did %d units of work, at most %d are allowed", e.Kind, units, most)
	}
	for _, f := range w.facts[n:] {
		switch f.(type) {
		case env.GaveUp, env.Stopped:
			w.crash()
			return
		}
	}
}

// boot starts the next incarnation.
func (w *world) boot() {
	w.life++
	c, err := config.NewBroker(w.config)
	if err != nil {
		w.t.Fatalf("config: %v", err)
	}
	rnd := env.NewRand(w.life)
	w.broker, err = broker.New(env.World{Disk: w.disk, Network: w, Rand: rnd, Facts: w}, c, "b1:9092")
	if err != nil {
		w.t.Fatalf("broker: %v", err)
	}
	w.step(env.Event{Kind: env.Boot})
}

// exit ends the process: what was on its way is lost, and clients see their connections end.
func (w *world) exit() {
	w.broker, w.live, w.sent = nil, 0, nil
	for _, p := range w.conns {
		p.gone, p.paused, p.out = true, false, nil
	}
	w.conns = map[env.ConnID]*peer{}
}

func (w *world) crash() {
	w.exit()
	w.disk.Crash()
}

func (w *world) powerCut() {
	w.exit()
	w.disk.PowerCut()
}

// run does everything that happens at this instant or, as long as the disk works, later, but lets no deadline
// pass.
func (w *world) run() {
	for n := 0; w.once(); n++ {
		if n > 1_000_000 {
			w.t.Fatalf("the world never comes to rest")
		}
	}
}

// instantly is what counts as no time: a perfect disk takes a nanosecond now and then.
const instantly = time.Microsecond

// once does the next thing, and reports false if there is none.
func (w *world) once() bool {
	switch {
	case w.broker != nil && w.broker.Deadline() <= w.now:
		w.step(env.Event{Kind: env.Tick})
	case w.network():
	case len(w.queue) > 0 && w.queue[0].at <= w.now.Add(instantly):
		e := heap.Pop(&w.queue).(timer)
		w.now = max(w.now, e.at)
		w.disk.Fire(e.slot)
	default:
		return false
	}
	return true
}

// network moves one thing between the broker and its clients.
func (w *world) network() bool {
	for i, s := range w.sent {
		if p := w.conns[s.conn]; p != nil && p.slow && !p.gone {
			continue
		}
		w.sent = append(w.sent[:i], w.sent[i+1:]...)
		w.take(s)
		if s.op != 0 && w.broker != nil {
			w.step(env.Event{Kind: env.Sent, Op: s.op, Conn: s.conn})
		}
		return true
	}
	for id := env.ConnID(1); id <= w.lastID; id++ {
		p := w.conns[id]
		switch {
		case p == nil:
		case p.gone:
			delete(w.conns, id)
			w.step(env.Event{Kind: env.Closed, Conn: id})
			return true
		case !p.paused && len(p.out) > 0:
			frame := p.out[0]
			p.out = p.out[1:]
			p.deliver(frame)
			return true
		}
	}
	return false
}

// take copies what was sent to the client.
func (w *world) take(s send) {
	if s.sum != s.checksum() {
		w.t.Fatalf("an answer changed between Send and Sent")
	}
	p := w.conns[s.conn]
	for _, part := range s.parts {
		bytes := part.Bytes
		if f := part.Region.File; f != 0 {
			bytes = make([]byte, part.Region.Length)
			if err := w.disk.Region(f, part.Region.Pos, bytes); err != nil && p != nil {
				p.gone = true
			}
			w.disk.Unpin(f)
		}
		if p != nil {
			p.in = append(p.in, bytes...)
		}
	}
	if p != nil {
		p.read()
	}
}

// deliver hands the broker a frame as the host would: in a pooled buffer that is useless once it is released.
func (p *peer) deliver(frame []byte) {
	w := p.world
	var buf *env.Buffer
	if n := len(w.pool); n > 0 {
		buf, w.pool = w.pool[n-1], w.pool[:n-1]
	} else {
		buf = &env.Buffer{}
	}
	buf.Bytes = append(buf.Bytes[:0], frame...)
	m, err := w.proto.Decode(buf.Bytes, buf.Decoded)
	if err != nil {
		p.gone = true
		return
	}
	env.Finish(m, nil)
	life := w.life
	w.live++
	buf.Decoded = m
	buf.Recycle = func(b *env.Buffer) {
		buffers.Scribble(b.Bytes)
		b.Recycle = func(*env.Buffer) { w.t.Fatalf("a request's buffer was released twice") }
		if life == w.life && w.broker != nil {
			w.live--
			w.pool = append(w.pool, b)
		}
	}
	w.step(env.Event{Kind: env.Message, Conn: p.id, Message: m, Buffer: buf})
}

// connect opens a connection.
func (w *world) connect() *peer {
	w.lastID++
	p := &peer{world: w, id: w.lastID}
	w.conns[p.id] = p
	w.step(env.Event{Kind: env.Accepted, Conn: p.id, Peer: "10.0.0.7:4711"})
	return p
}

// sleep lets time pass, with the Ticks the broker asks for.
func (w *world) sleep(d time.Duration) {
	end := w.now.Add(d)
	for n := 0; ; n++ {
		if n > 1_000_000 {
			w.t.Fatalf("the broker asks for Ticks for ever")
		}
		w.run()
		next := env.Never
		if w.broker != nil {
			next = w.broker.Deadline()
		}
		if len(w.queue) > 0 {
			next = min(next, w.queue[0].at)
		}
		if next > end {
			w.now = end
			w.run()
			return
		}
		w.now = max(w.now, next)
	}
}
