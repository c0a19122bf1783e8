package checkers

import (
	"fmt"
	"testing"

	"gregor/core/env"
)

// healthy is a run of n batches of ten records, each sent, appended, acknowledged and read.
func healthy(n int) History {
	tp := env.TopicPartition{Topic: "orders", Partition: 3}
	h := History{Drained: true, Logs: []FinalLog{{TopicPartition: tp, End: env.Offset(n)}}}
	event := uint64(0)
	tell := func(node string, f env.Fact) {
		event++
		h.Facts = append(h.Facts, Stamped{Event: event, Node: node, Fact: f})
	}
	tell("b0", env.LogRecovered{TopicPartition: tp, Clean: true})
	tell("b0", env.BecameLeader{TopicPartition: tp})
	tell("c1", env.PositionSet{Client: "c1", TopicPartition: tp})
	for i := range n {
		o, v := env.Offset(i), fmt.Sprint("v", i)
		tell("p1", env.ProduceCalled{Client: "p1", Call: uint64(i), TopicPartition: tp, Value: v, Acks: -1, Idempotent: true})
		tell("b0", env.Appended{TopicPartition: tp, Base: o, Last: o, ProducerID: 5, BaseSequence: env.Sequence(i)})
		tell("b0", env.HighWatermarkAdvanced{TopicPartition: tp, From: o, To: o + 1})
		tell("p1", env.ProduceReturned{Client: "p1", Call: uint64(i), TopicPartition: tp, Outcome: env.OK, Offset: o, Attempts: 1})
		tell("c1", env.PollCalled{Client: "c1", Call: uint64(i)})
		tell("c1", env.Polled{Client: "c1", Call: uint64(i), TopicPartition: tp, From: o, Records: []env.PolledRecord{{Offset: o, Value: v}}})
		h.Logs[0].Entries = append(h.Logs[0].Entries, Entry{Offset: o, Value: v})
	}
	return h
}

func BenchmarkObserve(b *testing.B) {
	h := healthy(20000)
	b.ReportAllocs()
	for b.Loop() {
		v := NewInvariants()
		for i := range h.Facts {
			if found := v.Observe(h.Facts[i]); len(found) > 0 {
				b.Fatal(found)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(h.Facts)), "ns/fact")
}

func BenchmarkCheck(b *testing.B) {
	h := healthy(20000)
	b.ReportAllocs()
	for b.Loop() {
		if found := Check(h); len(found) > 0 {
			b.Fatal(found)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/20000, "ns/record")
}
