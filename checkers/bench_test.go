package checkers

import (
	"fmt"
	"testing"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// healthy is a run of n batches of ten records, each sent, appended, acknowledged and read.
func healthy(n int) history.History {
	tp := kafka.TopicPartition{Topic: "orders", Partition: 3}
	h := history.History{Drained: true, Logs: []history.FinalLog{{TopicPartition: tp, End: kafka.Offset(n)}}}
	event := uint64(0)
	tell := func(node string, f env.Fact) {
		event++
		h.Facts = append(h.Facts, history.Stamped{Event: event, Node: node, Fact: f})
	}
	tell("b0", env.LogRecovered{TopicPartition: tp, Clean: true})
	tell("b0", env.BecameLeader{TopicPartition: tp})
	tell("c1", env.PositionSet{Client: "c1", TopicPartition: tp})
	for i := range n {
		o, v := kafka.Offset(i), fmt.Sprint("v", i)
		tell("p1", env.ProduceCalled{Client: "p1", Call: uint64(i), TopicPartition: tp, Value: v, Acks: -1, Idempotent: true})
		tell("b0", env.Appended{TopicPartition: tp, Base: o, Last: o, ProducerID: 5, BaseSequence: kafka.Sequence(i)})
		tell("b0", env.HighWatermarkAdvanced{TopicPartition: tp, From: o, To: o + 1})
		tell("p1", env.ProduceReturned{Client: "p1", Call: uint64(i), TopicPartition: tp, Outcome: env.OK, Offset: o,
			Attempts: 1})
		tell("c1", env.PollCalled{Client: "c1", Call: uint64(i)})
		tell("c1", env.Polled{Client: "c1", Call: uint64(i), TopicPartition: tp, From: o,
			Records: []env.PolledRecord{{Offset: o, Value: v}}})
		h.Logs[0].Entries = append(h.Logs[0].Entries, history.Entry{Offset: o, Value: v})
	}
	return h
}

// replicated is a run of n records, each sent, appended on three replicas, committed, acknowledged and read; leaders
// change and members leave the in-sync set and come back all the time.
func replicated(n int) history.History {
	tp := kafka.TopicPartition{Topic: "orders", Partition: 3}
	h, event, epoch, leader := history.History{}, uint64(0), kafka.LeaderEpoch(-1), 0
	all := []kafka.NodeID{1, 2, 3}
	tell := func(node int, f env.Fact) {
		event++
		h.Facts = append(h.Facts, history.Stamped{Event: event, Node: [...]string{"p1", "b1", "b2", "b3"}[node], Fact: f})
	}
	for b := 1; b <= 3; b++ {
		tell(b, env.Registered{Node: kafka.NodeID(b)})
		tell(b, env.LogRecovered{TopicPartition: tp})
		tell(b, env.Started{Node: kafka.NodeID(b)})
	}
	elect := func() {
		leader, epoch = leader%3+1, epoch+1
		for b := 1; b <= 3; b++ {
			tell(b, env.PartitionChanged{TopicPartition: tp, At: kafka.Offset(epoch), Leader: kafka.NodeID(leader), Epoch: epoch,
				PartitionEpoch: int32(epoch), Replicas: all, ISR: all, MinISR: 2})
			if b == leader {
				tell(b, env.BecameLeader{TopicPartition: tp, Epoch: epoch})
				tell(b, env.IsrChanged{TopicPartition: tp, Epoch: epoch, PartitionEpoch: int32(epoch), ISR: all})
			} else {
				tell(b, env.BecameFollower{TopicPartition: tp, Leader: kafka.NodeID(leader), Epoch: epoch})
			}
		}
	}
	for i := range n {
		if i%100 == 0 {
			elect()
		}
		o := kafka.Offset(i)
		tell(0, env.ProduceCalled{Client: "p1", Call: uint64(i), TopicPartition: tp, Acks: -1, Idempotent: true})
		for b := leader; b < leader+3; b++ {
			tell(1+b%3, env.Appended{TopicPartition: tp, Epoch: epoch, Base: o, Last: o, ProducerID: 5,
				BaseSequence: kafka.Sequence(i), CRC: uint32(i)})
		}
		for b := leader; b < leader+3; b++ {
			tell(1+(b+2)%3, env.HighWatermarkAdvanced{TopicPartition: tp, From: o, To: o + 1})
		}
		tell(0, env.ProduceReturned{Client: "p1", Call: uint64(i), TopicPartition: tp, Outcome: env.OK, Offset: o,
			Attempts: 1})
	}
	return h
}

func BenchmarkObserve(b *testing.B)           { benchmarkObserve(b, healthy(20000)) }
func BenchmarkObserveReplicated(b *testing.B) { benchmarkObserve(b, replicated(20000)) }

func benchmarkObserve(b *testing.B, h history.History) {
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
