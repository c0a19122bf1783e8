package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/disksim"
	"gregor/netsim"
)

// TestEveryFaultIsAnEvent: each has a number and a line in the trace, and two runs that differ in it differ in their hashes.
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
