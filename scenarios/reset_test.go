package scenarios

import (
	"testing"
	"time"

	"gregor/core/env"
)

// A connection that breaks is no broker that has gone: no broker is fenced, and no leadership moves.
func TestABrokenConnectionElectsNobody(t *testing.T) {
	s := parsed(t, `cluster brokers=3 controllers=3 min.insync.replicas=2
topic orders partitions=1
producer p1 topic=orders rate=200/s
at 3s reset b1
at 4s reset k1,k2,k3
run 6s
expect safe
`)
	for seed := range uint64(5) {
		r := Do(Token{Scenario: s, Seed: seed}, Options{})
		if r.Verdict != Holds {
			t.Fatalf("seed %d: %s: %s", seed, r.Verdict, r.Sentence)
		}
		for _, f := range r.History.Facts {
			after := f.At.Sub(r.Begin)
			if b, ok := f.Fact.(env.BrokerStanding); ok && b.Fenced && after > 3*time.Second && after < 6*time.Second {
				t.Fatalf("seed %d: at %s %s emitted that broker %d is fenced", seed, after, f.Node, b.Broker)
			}
		}
	}
}
