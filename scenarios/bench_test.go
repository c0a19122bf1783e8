package scenarios

import (
	"testing"
	"time"
)

// BenchmarkRun measures whole runs with every check on, the figures of the issue: events per CPU second and
// simulated time per real time.
func BenchmarkRun(b *testing.B) {
	for _, name := range []string{"calm", "tour", "storm"} {
		b.Run(name, func(b *testing.B) {
			text, _ := Embedded(name)
			s, err := Parse(name, text)
			if err != nil {
				b.Fatal(err)
			}
			events, virtual, seed := uint64(0), time.Duration(0), uint64(0)
			for b.Loop() {
				seed++
				r := Do(Token{Scenario: s, Text: text, Seed: seed}, Options{})
				events += r.Stats.Events
				virtual += time.Duration(r.Stats.VirtualNanos)
			}
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(virtual.Seconds()/b.Elapsed().Seconds(), "sim/real")
		})
	}
}
