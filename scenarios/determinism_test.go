package scenarios_test

import (
	"runtime"
	"runtime/debug"
	"testing"

	"gregor/scenarios"
	"gregor/sim"
)

func token(t testing.TB, text string) scenarios.Token {
	t.Helper()
	tok, err := scenarios.ParseToken(text)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// TestSameTokenSameHash runs tokens under different schedulers and garbage collectors.
func TestSameTokenSameHash(t *testing.T) {
	for _, name := range []string{"tour@3", "storm@5", "key-order@2", "failover@4", "cluster-storm@6",
		"cluster-storm-combined@1"} {
		tok := token(t, name)
		want := scenarios.Do(tok, scenarios.Options{Trace: sim.TraceAll})
		for _, procs := range []int{1, 4} {
			for _, gc := range []int{10, 400} {
				oldProcs, oldGC := runtime.GOMAXPROCS(procs), debug.SetGCPercent(gc)
				got := scenarios.Do(tok, scenarios.Options{Trace: sim.TraceAll})
				runtime.GOMAXPROCS(oldProcs)
				debug.SetGCPercent(oldGC)
				if got.Hash == want.Hash && got.Stats == want.Stats {
					continue
				}
				t.Errorf("%s: hash %016x, with GOMAXPROCS=%d GOGC=%d %016x; first difference:\n%v\nnext: gregor run '%s' --twice",
					name, want.Hash, procs, gc, got.Hash, sim.Diverge(want.Trace, got.Trace), tok)
			}
		}
	}
}

// TestWatchingChangesNothing compares a run that is traced with one that is not.
func TestWatchingChangesNothing(t *testing.T) {
	tok := token(t, "tour@9")
	a, b := scenarios.Do(tok, scenarios.Options{}), scenarios.Do(tok, scenarios.Options{Trace: sim.TraceAll})
	if a.Hash != b.Hash {
		t.Errorf("hash %016x without a trace, %016x with one", a.Hash, b.Hash)
	}
}
