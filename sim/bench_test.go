package sim

import (
	"testing"

	"gregor/core/env"
	"gregor/core/env/contract"
	"gregor/disksim"
	"gregor/netsim"
)

func report(b *testing.B, w *World) {
	b.ReportMetric(float64(w.Stats().Events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(w.Stats().VirtualNanos)/float64(b.Elapsed().Nanoseconds()), "x-real-time")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkPingPong is five pairs of trivial nodes on a network with latency, jitter and splits.
func BenchmarkPingPong(b *testing.B) {
	o := Options{Seed: 1, DropFacts: true, Network: netsim.Options{SplitPerMillion: 10_000,
		Link: netsim.Link{LatencyNanos: 100_000, JitterNanos: 100_000, BytesPerSecond: 100 << 20}}}
	w := pingWorld(o, 5, 4)
	b.ReportAllocs()
	b.ResetTimer()
	for w.Stats().Events < uint64(b.N) {
		w.Step(env.Never)
	}
	report(b, w)
}

// BenchmarkLedger is a node that writes, syncs and answers.
func BenchmarkLedger(b *testing.B) {
	o := Options{Seed: 1, DropFacts: true, Network: netsim.Options{Link: netsim.Link{LatencyNanos: 100_000,
		JitterNanos: 100_000}}}
	w, _ := ledgerWorld(o, disksim.Options{LatencyNanos: 10_000, JitterNanos: 10_000, SyncNanos: 50_000},
		ledger{sync: true})
	b.ReportAllocs()
	b.ResetTimer()
	for w.Stats().Events < uint64(b.N) {
		w.Step(env.Never)
	}
	report(b, w)
}

// ticker does nothing but ask for the next tick: the floor of the loop.
type ticker struct {
	next env.Instant
	gap  env.Instant
}

func (t *ticker) Step(now env.Now, _ env.Event) { t.next = now.Mono + t.gap }
func (t *ticker) Deadline() env.Instant         { return t.next }

func BenchmarkTicks(b *testing.B) {
	w := New(Options{Seed: 1})
	for i := range 5 {
		w.AddNode(string(rune('a'+i)), Spec{Protocol: contract.Frames,
			New: func(env.World) env.Node { return &ticker{gap: env.Instant(1000 + i)} }})
	}
	b.ReportAllocs()
	b.ResetTimer()
	for w.Stats().Events < uint64(b.N) {
		w.Step(env.Never)
	}
	report(b, w)
}

func BenchmarkSum(b *testing.B) {
	buf := make([]byte, 4096)
	b.SetBytes(4096)
	for range b.N {
		buf[0] = byte(Sum(buf))
	}
}
