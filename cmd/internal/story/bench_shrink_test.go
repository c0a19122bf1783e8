//go:build mutants

package story

import (
	"slices"
	"testing"

	"gregor/core/mutants"
	"gregor/scenarios"
)

// shrinkFrom is where the planted bugs are shrunk from: a cluster under every kind of fault, dozens of them in a run.
const shrinkFrom = `
cluster brokers=3 controllers=3 log.flush.interval.messages=1
topic orders partitions=3 min.insync.replicas=2
topic payments partitions=1 min.insync.replicas=2
producer p1 topic=orders rate=60/s keys=20
producer p2 topic=payments rate=40/s
consumer c1 group=billing topic=orders auto.offset.reset=earliest
consumer c2 group=billing topic=orders auto.offset.reset=earliest
consumer c3 group=ledger topic=payments auto.offset.reset=earliest commit=after enable.auto.commit=false
consumer c4 group=audit topic=payments auto.offset.reset=earliest
random crash broker every 2s..6s for 10ms..3s
random power-cut broker every 4s..9s for 10ms..2s
random pause broker every 4s..12s for 10ms..8s
random pause controller every 5s..15s for 10ms..4s
random partition broker | rest every 3s..9s for 10ms..5s
random partition rest | broker one-way every 6s..15s for 10ms..4s
random reset broker every 2s..6s
random crash client every 8s..20s for 10ms..3s
run 30s
expect safe
allow duplicate
allow poll-skip
allow nonmonotonic-poll
`

// shrunkBugs are planted bugs whose runs are shrunk: of the log, of replication, of the controller and of the quorum.
var shrunkBugs = []string{"IdempotenceOff", "TruncateToHighWatermark", "NoMaximalISR", "ExposeUncommitted",
	"QuorumNoFlush", "HighWatermarkBelowMinISR"}

// The bounds of a search: how many runs that break are shrunk, and how many seeds are tried for them.
const (
	shrunkRuns   = 3
	seedsToBreak = 60
)

// BenchmarkShrink finds runs that a planted bug breaks, and measures how long it takes to shrink one, and to how many
// faults. With -v it tells what they come to.
//
//	go test -tags mutants ./cmd/internal/story -run XXX -bench Shrink -benchtime 1x
func BenchmarkShrink(b *testing.B) {
	s, err := scenarios.Parse("cluster", shrinkFrom)
	if err != nil {
		b.Fatal(err)
	}
	for _, bug := range shrunkBugs {
		b.Run(bug, func(b *testing.B) {
			mutants.Plant(b, bug)
			found := broken(scenarios.Token{Scenario: s, Text: shrinkFrom})
			if len(found) == 0 {
				b.Skipf("%d seeds held", seedsToBreak)
			}
			for b.Loop() {
				shrinkAll(b, found)
			}
		})
	}
}

// broken is the first runs that break.
func broken(t scenarios.Token) (found []scenarios.Token) {
	for t.Seed = 1; t.Seed <= seedsToBreak && len(found) < shrunkRuns; t.Seed++ {
		if scenarios.Do(t, scenarios.Options{}).Verdict == scenarios.Broken {
			found = append(found, t)
		}
	}
	return found
}

// shrinkAll reports the median of what it takes, and the largest and the smallest of what comes out.
func shrinkAll(b *testing.B, found []scenarios.Token) {
	var took, left, runs []float64
	for _, t := range found {
		begin := cpuTime()
		r, err := scenarios.Shrink(t, scenarios.ShrinkOptions{}, func(t scenarios.Token) scenarios.Result {
			return scenarios.Do(t, scenarios.Options{})
		})
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, (cpuTime() - begin).Seconds())
		left, runs = append(left, float64(len(r.Token.Scenario.Steps))), append(runs, float64(r.Runs))
		b.Logf("%s: %d faults to %g\n%s", r.Reason, len(t.Scenario.Expand(t.Seed).Steps), left[len(left)-1], r.Token.Text)
	}
	for _, v := range [][]float64{took, left, runs} {
		slices.Sort(v)
	}
	b.ReportMetric(took[len(took)/2], "cpu-s")
	b.ReportMetric(runs[len(runs)/2], "runs")
	b.ReportMetric(left[0], "faults-min")
	b.ReportMetric(left[len(left)-1], "faults-max")
	b.ReportMetric(float64(found[0].Seed), "seeds")
}
