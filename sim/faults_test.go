package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/disksim"
	"gregor/netsim"
)

// TestEveryFaultIsAnEvent: each has a number and a line in the trace, and two runs that differ in it differ in their
// hashes.
func TestEveryFaultIsAnEvent(t *testing.T) {
	for name, do := range map[string]func(w *World){
		"crash":         func(w *World) { w.Crash("a") },
		"power cut":     func(w *World) { w.PowerCut("a") },
		"restart":       func(w *World) { w.Restart("a") },
		"empty disk":    func(w *World) { w.EmptyDisk("a") },
		"shutdown":      func(w *World) { w.Shutdown("a") },
		"pause":         func(w *World) { w.Pause("a") },
		"resume":        func(w *World) { w.Resume("a") },
		"slow CPU":      func(w *World) { w.SlowCPU("a", 1000) },
		"clock jump":    func(w *World) { w.ClockJump("a", 1000) },
		"clock drift":   func(w *World) { w.ClockDrift("a", 1000) },
		"partition":     func(w *World) { w.Partition([]string{"a"}, []string{"b"}) },
		"cut":           func(w *World) { w.CutLink("a", "b") },
		"mend":          func(w *World) { w.MendLink("a", "b") },
		"heal":          func(w *World) { w.Heal() },
		"hold":          func(w *World) { w.Hold("a", "b") },
		"release":       func(w *World) { w.Release("a", "b") },
		"reset":         func(w *World) { w.Reset("a", "b") },
		"reset one end": func(w *World) { w.ResetOneEnd("a", "b") },
		"slow link":     func(w *World) { w.SlowLink("a", "b", netsim.Link{LatencyNanos: 1000}) },
		"slow reader":   func(w *World) { w.SlowReader("a", 1000) },
		"network":       func(w *World) { w.SetNetwork("splits=1%", netsim.Options{SplitPerMillion: 10_000}) },
		"disk":          func(w *World) { w.SetDisk("a", "capacity=1", disksim.Options{CapacityBytes: 1}) },
		"failed syncs":  func(w *World) { w.FailSyncs("a", 1) },
		"failed writes": func(w *World) { w.FailWrites("a", 1) },
		"failed reads":  func(w *World) { w.FailReads("a", 1) },
		"stall":         func(w *World) { w.DiskStall("a", 1000) },
		"bit rot":       func(w *World) { w.BitRot("a", "none", 0, 0) },
	} {
		o := steady()
		o.Trace = TraceAll
		w := newLink(t, o).w
		event, hash := w.Event(), w.Hash()
		do(w)
		require.NotEqual(t, hash, w.Hash(), name)
		entry, found := w.Trace().Find(event + 1)
		require.True(t, found, name)
		require.NotEmpty(t, entry.Fault, name)
	}
}

// TestSpeedComesBack: when a link or a reader is as fast as before, what was under way does not stay slow. A change of
// the network is one of every link but those that are slow by themselves.
func TestSpeedComesBack(t *testing.T) {
	for name, c := range map[string]struct{ slow, normal func(w *World) }{
		"link": {func(w *World) {
			w.SlowLink("a", "b", netsim.Link{BytesPerSecond: 1})
		}, func(w *World) { w.NormalLink("a", "b") }},
		"reader": {func(w *World) { w.SlowReader("b", 1) }, func(w *World) { w.SlowReader("b", 0) }},
	} {
		l := newLink(t, steady())
		c.slow(l.w)
		l.send(l.a, l.ca, "0123456789012345")
		if _, early := l.b.Wait(10 * time.Second); early {
			t.Fatalf("%s: 20 bytes at a byte a second arrived within 10s", name)
		}
		c.normal(l.w)
		l.receive(l.b, "0123456789012345", 10*time.Millisecond)
		l.send(l.a, l.ca, "again")
		l.receive(l.b, "again", 10*time.Millisecond)
	}

	l := newLink(t, steady())
	l.w.SlowLink("b", "a", netsim.Link{LatencyNanos: 30_000_000})
	o := l.w.Network().Options()
	o.LatencyNanos = 20_000_000
	l.w.SetNetwork("latency=20ms", o)
	for want, send := range map[time.Duration]func(){
		20 * time.Millisecond: func() { l.send(l.a, l.ca, "there"); l.receive(l.b, "there", time.Second) },
		30 * time.Millisecond: func() { l.send(l.b, l.cb, "back"); l.receive(l.a, "back", time.Second) },
	} {
		start := l.w.Now()
		send()
		if d := l.w.Now().Sub(start); d < want || d > want+time.Millisecond {
			t.Errorf("it took %v, want %v", d, want)
		}
	}
}
