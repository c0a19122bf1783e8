package sim

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"gregor/core/env"
	"gregor/core/env/contract"
	"gregor/disksim"
	"gregor/netsim"
)

// busyWorld has everything in it that could be nondeterministic: several nodes, all kinds of faults, clocks that
// are off.
func busyWorld(seed uint64, trace int) *World {
	r := env.NewRand(seed)
	net := netsim.Draw(r.Fork("net"))
	net.ResetPerMillion, net.ResetOneEndPerMillion, net.DialHangPerMillion = 2000, 2000, 10_000
	disk := fastDisk
	disk.TailPerMillion, disk.TailNanos = 10_000, 5_000_000
	disk.StallPerMillion, disk.StallNanos = 1000, 20_000_000
	disk.BitRotPerMillion = 100
	w, _ := ledgerWorld(Options{Seed: seed, Network: net, Trace: trace}, disk, ledger{})
	cuts(w)
	w.AddNode("pong", Spec{New: newPonger, Protocol: contract.Frames, Addr: "pong:1", StepNanos: 20_000})
	for i := range 3 {
		w.AddNode(fmt.Sprint("ping", i), Spec{New: newPinger("pong:1", 3), Protocol: contract.Frames,
			Clock: Clock{OffsetMillis: int64(i) * 1000, DriftPPM: int64(i-1) * 300}})
	}
	ms := env.Instant(time.Millisecond)
	w.At(300*ms, func(w *World) { w.Partition([]string{"ping0"}, []string{"pong", "ping1"}) })
	w.At(900*ms, func(w *World) { w.Heal() })
	w.At(1000*ms, func(w *World) { w.Hold("ping1", "pong") })
	w.At(1300*ms, func(w *World) { w.Release("ping1", "pong") })
	w.At(1400*ms, func(w *World) { w.Pause("pong") })
	w.At(1600*ms, func(w *World) { w.Resume("pong"); w.ClockJump("ping2", -5000) })
	return w
}

func runBusy(t *testing.T, seed uint64, trace int) *World {
	t.Helper()
	w := busyWorld(seed, trace)
	if err := w.Run(env.Instant(3 * time.Second)); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	return w
}

// golden is the hash of busyWorld by seed. It is the same on every machine and compiler; a change of it changes
// every token there is.
var golden = map[uint64]string{
	1: "28012f1d18f947cf 3055",
	2: "01b560a7f9e60adc 960",
	3: "d702685cb287c390 4826",
}

func TestSameSeedSameHash(t *testing.T) {
	procs, gc := runtime.GOMAXPROCS(0), debug.SetGCPercent(100)
	defer func() { runtime.GOMAXPROCS(procs); debug.SetGCPercent(gc) }()
	for _, seed := range []uint64{1, 2, 3} {
		for _, c := range []struct{ procs, gc int }{{1, 100}, {4, 100}, {1, 5}, {4, -1}} {
			runtime.GOMAXPROCS(c.procs)
			debug.SetGCPercent(c.gc)
			w := runBusy(t, seed, 0)
			if got := fmt.Sprintf("%016x %d", w.Hash(), w.Event()); got != golden[seed] {
				t.Errorf("seed %d, GOMAXPROCS %d, GOGC %d: hash and events %s, want %s", seed, c.procs, c.gc, got, golden[seed])
			}
		}
	}
}

func TestTraceDoesNotChangeTheRun(t *testing.T) {
	if a, b := runBusy(t, 5, 0), runBusy(t, 5, TraceAll); a.Hash() != b.Hash() {
		t.Fatal("a run with a trace differs from one without")
	}
}

func TestSeedsDiffer(t *testing.T) {
	seen := map[uint64]uint64{}
	for seed := range uint64(20) {
		h := runBusy(t, seed, 0).Hash()
		if other, ok := seen[h]; ok {
			t.Fatalf("seeds %d and %d have the same hash", seed, other)
		}
		seen[h] = seed
	}
}

// leak is what a nondeterministic node looks at: state that outlives the world.
var leak byte

// leaky is a pinger that puts a byte of the outside world into its 20th message.
type leaky struct{ pinger }

func (l *leaky) Step(now env.Now, e env.Event) {
	l.pinger.Step(now, e)
	if e.Kind == env.Message && l.got == 20 {
		l.w.Network.Send(0, l.conn, env.Segment{Bytes: []byte{0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, leak}})
	}
}

func TestDivergeFindsPlantedNondeterminism(t *testing.T) {
	run := func(value byte) *World {
		leak = value
		w := New(Options{Seed: 1, Trace: TraceAll, Network: netsim.Options{Link: netsim.Link{LatencyNanos: 1000}}})
		w.AddNode("pong", Spec{New: newPonger, Protocol: contract.Frames, Addr: "pong:1"})
		w.AddNode("leaky", Spec{Protocol: contract.Frames,
			New: func(e env.World) env.Node { return &leaky{pinger{w: e, to: "pong:1", retry: env.Never}} }})
		if err := w.Run(env.Instant(time.Second / 100)); err != nil {
			t.Fatal(err)
		}
		return w
	}
	a, b := run(7), run(7)
	if d := Diverge(a.Trace(), b.Trace()); a.Hash() != b.Hash() || d != nil {
		t.Fatalf("two runs of the same world differ: %v", d)
	}
	c := run(8)
	d := Diverge(a.Trace(), c.Trace())
	if d == nil || a.Hash() == c.Hash() {
		t.Fatal("a byte of the outside world went unnoticed")
	}
	// The first event that differs is pong's next message; leaky's 20th caused it.
	if pong := a.Trace().names[d.A.Node]; pong != "pong" || d.A.Kind != env.Message {
		t.Errorf("the first difference is %v at %s, planted was a message to pong", d.A.Kind, pong)
	}
	cause, _ := a.Trace().Find(d.A.Cause)
	if a.Trace().names[cause.Node] != "leaky" || cause.Kind != env.Message {
		t.Errorf("its cause is %v at %s, planted was in leaky's handling of a message", cause.Kind,
			a.Trace().names[cause.Node])
	}
	if text := d.String(); !strings.Contains(text, "because of") {
		t.Errorf("the report names no cause:\n%s", text)
	}
}

// TestOneFaultLessMovesNothingElse runs two pairs of nodes that have nothing to do with each other, with and
// without faults to the first pair: the second must not notice.
func TestOneFaultLessMovesNothingElse(t *testing.T) {
	run := func(faults bool) string {
		w := pingWorld(Options{Seed: 3, Trace: TraceAll, Network: netsim.Draw(env.NewRand(9))}, 2, 2)
		if faults {
			w.At(env.Instant(100*time.Millisecond), func(w *World) { w.Partition([]string{"ping0"}, []string{"pong0"}) })
			w.At(env.Instant(300*time.Millisecond), func(w *World) { w.Heal(); w.Restart("pong0") })
		}
		if err := w.Run(env.Instant(time.Second)); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, e := range w.Trace().Entries() {
			if e.Node >= 2 {
				fmt.Fprintln(&b, e.At, e.Node, e.Kind, e.Op, e.Conn, e.Size)
			}
		}
		return b.String()
	}
	if with, without := run(true), run(false); with != without {
		t.Fatal("faults to one pair of nodes moved the events of another")
	}
}

func TestDrawnOptionsAreDrawn(t *testing.T) {
	seen := map[disksim.Options]bool{}
	for seed := range uint64(50) {
		seen[disksim.Draw(env.NewRand(seed))] = true
	}
	if len(seen) < 50 {
		t.Fatalf("50 seeds draw %d disks", len(seen))
	}
}
