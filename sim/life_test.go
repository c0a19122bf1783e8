package sim

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gregor/core/env"
	"gregor/core/env/contract"
	"gregor/disksim"
	"gregor/netsim"
)

// waker asks for a deadline every gap and remembers when it was woken.
type waker struct {
	gap  time.Duration
	next env.Instant
	seen []env.Now
	kind []env.Kind
	w    env.World
}

func (k *waker) Step(now env.Now, e env.Event) {
	k.seen = append(k.seen, now)
	k.kind = append(k.kind, e.Kind)
	k.next = now.Mono.Add(k.gap)
	if e.Kind == env.Shutdown {
		k.w.Emit(env.Stopped{Node: 1})
	}
}
func (k *waker) Deadline() env.Instant { return k.next }

func wakerWorld(s Spec, gap time.Duration) (*World, *[]*waker) {
	w := New(Options{Seed: 11, Trace: TraceAll, MaxEventsAtInstant: 20}) // many more come in the whole run
	var lives []*waker
	s.Protocol = contract.Frames
	s.New = func(e env.World) env.Node {
		k := &waker{gap: gap, w: e}
		lives = append(lives, k)
		return k
	}
	w.AddNode("n", s)
	return w, &lives
}

func run(t *testing.T, w *World, d time.Duration) {
	t.Helper()
	if err := w.RunFor(d); err != nil {
		t.Fatal(err)
	}
}

func TestDeadlinesWake(t *testing.T) {
	w, lives := wakerWorld(Spec{}, 10*time.Millisecond)
	run(t, w, time.Second)
	k := (*lives)[0]
	if len(k.seen) != 101 {
		t.Fatalf("woken %d times in a second of 10 ms deadlines, want 101 with Boot", len(k.seen))
	}
	for i := 1; i < len(k.seen); i++ {
		if d := k.seen[i].Mono.Sub(k.seen[i-1].Mono); d != 10*time.Millisecond || k.kind[i] != env.Tick {
			t.Fatalf("wake-up %d is %v after %v", i, k.kind[i], d)
		}
	}
}

// mover sets a deadline, moves it when a disk operation completes, and notes its ticks.
type mover struct {
	w           env.World
	first, then time.Duration
	start, next env.Instant
	ticks       []time.Duration
}

func (m *mover) Deadline() env.Instant { return m.next }
func (m *mover) Step(now env.Now, e env.Event) {
	switch e.Kind {
	case env.Boot:
		m.start, m.next = now.Mono, now.Mono.Add(m.first)
		m.w.Disk.List(1, "")
	case env.Listed:
		m.next = m.start.Add(m.then)
	case env.Tick:
		m.ticks = append(m.ticks, now.Mono.Sub(m.start))
		m.next = env.Never
	}
}

func TestMovedDeadlines(t *testing.T) {
	for _, c := range []struct{ first, then time.Duration }{{time.Second, 10 * time.Second},
		{10 * time.Second, time.Second}} {
		w, m := New(Options{}), &mover{first: c.first, then: c.then}
		w.AddNode("m", Spec{New: func(e env.World) env.Node { m.w = e; return m }, Protocol: contract.Frames,
			Disk: disksim.Options{LatencyNanos: int64(500 * time.Millisecond)}})
		run(t, w, time.Minute)
		if len(m.ticks) != 1 || m.ticks[0] != c.then {
			t.Errorf("a deadline moved from %v to %v: ticks at %v", c.first, c.then, m.ticks)
		}
	}
}

func TestDriftStretchesDeadlines(t *testing.T) {
	for _, ppm := range []int64{-100_000, -50, 333, 100_000} {
		w, lives := wakerWorld(Spec{Clock: Clock{DriftPPM: ppm}}, 10*time.Millisecond)
		run(t, w, 10*time.Second)
		k := (*lives)[0]
		first, last := k.seen[0], k.seen[len(k.seen)-1]
		mono := int64(last.Mono - first.Mono)
		want := int64(10*time.Second) + int64(10*time.Second)/1_000_000*ppm
		if mono > want || mono < want-int64(11*time.Millisecond) {
			t.Errorf("drift %d ppm: the node's clock went %d ns in 10 s, want about %d", ppm, mono, want)
		}
		for i := 1; i < len(k.seen); i++ {
			if d := k.seen[i].Mono.Sub(k.seen[i-1].Mono); d < 10*time.Millisecond || d > 10*time.Millisecond+2 {
				t.Fatalf("drift %d ppm: woken after %v of its own time, asked was 10ms", ppm, d)
			}
		}
	}
}

func TestClockJumpsMoveOnlyTheWall(t *testing.T) {
	w, lives := wakerWorld(Spec{Clock: Clock{OffsetMillis: 5000}}, 100*time.Millisecond)
	if wall := w.Clocks("n").Wall; wall != defaultWall+5000 {
		t.Fatalf("the wall clock starts at %d", wall)
	}
	run(t, w, time.Second)
	w.ClockJump("n", -60_000)
	run(t, w, time.Second)
	if wall := w.Clocks("n").Wall; wall != defaultWall+5000+2000-60_000 {
		t.Fatalf("the wall clock reads %d after a jump", wall)
	}
	w.ClockDrift("n", 1000)
	run(t, w, 10*time.Second)
	if wall := w.Clocks("n").Wall; wall != defaultWall+5000+12_000-60_000+10 {
		t.Fatalf("the wall clock reads %d after a drift", wall)
	}
	seen := (*lives)[0].seen
	if !slices.IsSortedFunc(seen, func(a, b env.Now) int { return int(a.Mono - b.Mono) }) {
		t.Fatal("the monotonic clock went back")
	}
}

func TestPauseKeepsEvents(t *testing.T) {
	l := newLink(t, steady())
	l.w.Pause("b")
	for range 10 {
		l.send(l.a, l.ca, "wait")
	}
	l.nothing(l.b, time.Minute)
	l.w.Resume("b")
	for range 10 {
		l.receive(l.b, "wait", time.Second)
	}
}

// TestResumedNodeKeepsOrder: what comes at the moment of Resume does not overtake what waited.
func TestResumedNodeKeepsOrder(t *testing.T) {
	l := newLink(t, steady())
	l.w.Pause("b")
	l.send(l.a, l.ca, "first")
	l.nothing(l.b, time.Second)
	l.w.Resume("b")
	l.w.Reset("a", "b")
	l.receive(l.b, "first", time.Second)
	l.wantErr(l.expect(l.b, env.Closed, time.Second), env.ErrReset)
}

func TestPausedNodeIsNotWoken(t *testing.T) {
	w, lives := wakerWorld(Spec{}, 10*time.Millisecond)
	run(t, w, 100*time.Millisecond)
	w.Pause("n")
	before := len((*lives)[0].seen)
	run(t, w, time.Second)
	if now := len((*lives)[0].seen); now != before {
		t.Fatalf("a paused node was woken %d times", now-before)
	}
	w.Resume("n")
	run(t, w, 100*time.Millisecond)
	if now := len((*lives)[0].seen); now < before+9 || now > before+12 {
		t.Fatalf("a resumed node was woken %d times in 100 ms", now-before)
	}
}

func TestSlowCPU(t *testing.T) {
	w := New(Options{Seed: 1})
	w.AddNode("pong", Spec{New: newPonger, Protocol: contract.Frames, Addr: "pong:1", StepNanos: int64(time.Millisecond)})
	w.AddNode("ping", Spec{New: newPinger("pong:1", 8), Protocol: contract.Frames})
	run(t, w, time.Second)
	if got := w.Node("ping").(*pinger).got; got < 890 || got > 1000 {
		t.Fatalf("a node that takes 1 ms a step answered %d requests in a second, of which it may lose 100 ms to a refused dial", got)
	}
}

func TestShutdownIsGraceful(t *testing.T) {
	w, lives := wakerWorld(Spec{}, time.Second)
	run(t, w, time.Second)
	w.Shutdown("n")
	if w.Up("n") || w.Node("n") != nil {
		t.Fatal("a node that has emitted Stopped still runs")
	}
	run(t, w, time.Minute)
	k := (*lives)[0]
	if last := k.kind[len(k.kind)-1]; last != env.Shutdown {
		t.Fatalf("after Shutdown came %v", last)
	}
	w.Restart("n")
	run(t, w, time.Second)
	if len(*lives) != 2 || !w.Up("n") {
		t.Fatal("a restart did not bring the node back")
	}
}

func TestIncarnationsShareNothing(t *testing.T) {
	w, lives := wakerWorld(Spec{}, 10*time.Millisecond)
	run(t, w, time.Second)
	w.Restart("n")
	w.Restart("n")
	run(t, w, time.Second)
	if len(*lives) != 2 {
		t.Fatalf("%d incarnations after a start and two restarts at one instant, want 2", len(*lives))
	}
	if old := (*lives)[0]; old.seen[len(old.seen)-1].Mono-old.seen[0].Mono > env.Instant(time.Second) {
		t.Fatal("a dead incarnation was stepped")
	}
	a, b := (*lives)[0].w.Rand, (*lives)[1].w.Rand
	if a.Uint64() == b.Uint64() {
		t.Fatal("two incarnations draw the same numbers")
	}
}

func TestEmptyDisk(t *testing.T) {
	w, a := ledgerWorld(Options{Seed: 1}, disksim.Options{}, ledger{sync: true})
	if err := w.Run(env.Instant(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if len(a.values) == 0 || len(w.Disk("ledger").Files()) != 1 {
		t.Fatal("the ledger has written nothing")
	}
	w.EmptyDisk("ledger")
	if w.Up("ledger") || len(w.Disk("ledger").Files()) != 0 {
		t.Fatal("the disk is not empty, or the node is up")
	}
}

// stuck asks for a deadline that has passed.
type stuck struct{}

func (stuck) Step(env.Now, env.Event) {}
func (stuck) Deadline() env.Instant   { return 1 }

func TestLivelockIsNamed(t *testing.T) {
	w := New(Options{Seed: 1, MaxEventsAtInstant: 1000})
	w.AddNode("loop", Spec{New: func(env.World) env.Node { return stuck{} }, Protocol: contract.Frames})
	var over *LivelockError
	if err := w.RunFor(time.Second); !errors.As(err, &over) || over.Node != "loop" || over.Kind != env.Tick ||
		!over.Stuck {
		t.Fatalf("a node whose deadline stays in the past: %v", err)
	}
	if err := w.RunFor(time.Second); !errors.As(err, &over) {
		t.Fatal("an ended run went on")
	}
}

func TestEventBound(t *testing.T) {
	w := pingWorld(Options{Seed: 1, MaxEvents: 500, Network: netsim.Options{Link: netsim.Link{LatencyNanos: 1000}}}, 1, 1)
	var over *LivelockError
	if err := w.RunFor(time.Second); !errors.As(err, &over) || over.Stuck || w.Event() != 501 {
		t.Fatalf("bound of 500 events: %v after %d", err, w.Event())
	}
}

// bomb panics at its third tick.
type bomb struct{ waker }

func (b *bomb) Step(now env.Now, e env.Event) {
	b.waker.Step(now, e)
	if len(b.seen) == 4 {
		panic("boom")
	}
}

func TestPanicIsACrash(t *testing.T) {
	w := New(Options{Seed: 1})
	w.AddNode("b", Spec{New: func(env.World) env.Node {
		return &bomb{waker{gap: time.Second}}
	}, Protocol: contract.Frames})
	var crash *CrashError
	if err := w.RunFor(time.Minute); !errors.As(err, &crash) {
		t.Fatalf("a panic came out as %v", err)
	}
	if crash.Node != "b" || crash.Kind != env.Tick || crash.Event != 4 || crash.Panic != "boom" ||
		!strings.Contains(crash.Stack, "bomb") {
		t.Fatalf("the crash names node %s, %v, event %d, %v", crash.Node, crash.Kind, crash.Event, crash.Panic)
	}
	if w.Err() != error(crash) {
		t.Fatal("the world forgot its crash")
	}
}

func TestFactsAreStamped(t *testing.T) {
	w, a := ledgerWorld(Options{Seed: 1, Trace: TraceAll, Network: netsim.Options{Link: netsim.Link{LatencyNanos: 1000}}},
		disksim.Options{LatencyNanos: 1000}, ledger{sync: true})
	if err := w.Run(env.Instant(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	facts := w.Facts()
	if len(facts) == 0 || len(facts) != len(a.values) || w.Stats().Facts != uint64(len(facts)) {
		t.Fatalf("%d facts in the log, %d observed, %d counted", len(facts), len(a.values), w.Stats().Facts)
	}
	for _, f := range facts {
		e, ok := w.Trace().Find(f.Event)
		if !ok || e.Kind != env.Synced || e.At != f.At || f.Node != "ledger" || e.Cause != f.Cause {
			t.Fatalf("a fact stamped %+v, emitted at %s", f, w.Trace().Line(e))
		}
	}
}

// TestCauseChain: the answer a client gets goes back to its dial, step by step.
func TestCauseChain(t *testing.T) {
	w, _ := ledgerWorld(Options{Seed: 1, Trace: TraceAll, Network: netsim.Options{Link: netsim.Link{LatencyNanos: 1000}}},
		disksim.Options{LatencyNanos: 1000}, ledger{sync: true})
	got := func() bool { p, ok := w.Node("client").(*pinger); return ok && p.got == 1 }
	if ok, err := w.RunUntil(got, env.Instant(time.Second)); !ok {
		t.Fatal(err)
	}
	var kinds []env.Kind
	for _, e := range w.Trace().Chain(w.Event()) {
		kinds = append(kinds, e.Kind)
	}
	want := []env.Kind{env.Message, env.Synced, env.Wrote, env.Message, env.Dialed, env.Boot}
	if !slices.Equal(kinds, want) {
		t.Fatalf("the chain is %v, want %v", kinds, want)
	}
}

func TestRingTraceKeepsTheLast(t *testing.T) {
	a := pingWorld(Options{Seed: 1, Trace: 50, Network: netsim.Options{Link: netsim.Link{LatencyNanos: 1000}}}, 1, 1)
	run(t, a, time.Millisecond)
	list := a.Trace().Entries()
	if len(list) != 50 || list[49].Event != a.Event() || list[0].Event != a.Event()-49 {
		t.Fatalf("%d entries from %d to %d of %d events", len(list), list[0].Event, list[len(list)-1].Event, a.Event())
	}
}

// TestQueueOrder checks the heap against a sort.
func TestQueueOrder(t *testing.T) {
	r := env.NewRand(5)
	var q queue
	type thing struct {
		at  env.Instant
		tie uint32
		seq uint64
	}
	for range 50 {
		var want []thing
		for i := range 200 {
			x := thing{env.Instant(r.IntN(20)), uint32(r.IntN(3)), uint64(i)}
			want = append(want, x)
			q.push(x.at, x.tie, pending{arg: x.seq})
		}
		slices.SortStableFunc(want, func(a, b thing) int {
			if a.at != b.at {
				return int(a.at - b.at)
			}
			return int(a.tie) - int(b.tie)
		})
		for i, x := range want {
			if at, p := q.pop(); at != x.at || p.arg != x.seq {
				t.Fatalf("item %d is %d at %v, want %d at %v", i, p.arg, at, x.seq, x.at)
			}
		}
	}
}

func TestSum(t *testing.T) {
	seen := map[uint64]int{}
	b := make([]byte, 200)
	for n := range 200 {
		for _, v := range []byte{0, 1} {
			if n == 0 && v == 1 {
				continue
			}
			b[max(n-1, 0)] = v
			h := Sum(b[:n])
			if other, ok := seen[h]; ok {
				t.Fatalf("%d bytes ending in %d and case %d have the same sum", n, v, other)
			}
			seen[h] = n*2 + int(v)
		}
		b[max(n-1, 0)] = 0
	}
}
