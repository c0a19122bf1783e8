package scenarios

import (
	"strings"
	"testing"
	"time"

	"gregor/checkers"
	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// Every node emits what it applies of the metadata log, and the story has it once.
func TestStoryOfAFailover(t *testing.T) {
	tp := kafka.TopicPartition{Topic: "orders"}
	changed := func(at int, leader kafka.NodeID, epoch kafka.LeaderEpoch, isr, elr []kafka.NodeID) env.PartitionChanged {
		c := state(at, leader, isr, elr)
		c.Epoch = epoch
		return c
	}
	unclean := changed(40, 1, 8, ids(1), nil)
	unclean.Unclean = true
	acked := func(o kafka.Offset) env.Fact {
		return env.ProduceReturned{Client: "p1", TopicPartition: tp, Outcome: env.OK, Offset: o}
	}
	r := Result{Scenario: &Scenario{}, Faults: []FaultRecord{{Event: 6, At: 2_000_000_000,
		Text: "crash leader(orders-0) (b1) for 3s", Verb: "crash", Nodes: []string{"b1"}}}}
	ms := 0
	say := func(later int, node string, f env.Fact) {
		ms += later
		r.History.Facts = append(r.History.Facts, history.Stamped{Event: uint64(len(r.History.Facts) + 1),
			At: env.Instant(ms) * env.Instant(time.Millisecond), Node: node, Fact: f})
	}
	say(0, "k1", env.ActiveController{Node: 101, Epoch: 1})
	say(0, "k1", env.BrokerStanding{Broker: 1, Epoch: 3, At: 3, Fenced: true})
	say(0, "b2", env.BrokerStanding{Broker: 1, Epoch: 3, At: 3, Fenced: true})
	say(0, "k1", changed(10, 1, 5, ids(1, 2, 3), nil))
	say(100, "b1", env.Appended{TopicPartition: tp, Epoch: 5, Base: 0, Last: 6})
	say(1800, "p1", acked(4)) // event 6: then b1 is killed
	say(2000, "k1", env.BrokerStanding{Broker: 1, Epoch: 3, At: 19, Fenced: false})
	say(0, "k1", env.BrokerStanding{Broker: 1, Epoch: 3, At: 20, Fenced: true})
	say(0, "k1", changed(21, 2, 6, ids(2, 3), ids(1)))
	say(1, "b2", changed(21, 2, 6, ids(2, 3), ids(1)))
	say(99, "b2", env.Appended{TopicPartition: tp, Epoch: 6, Base: 5, Last: 5})
	say(10, "p1", acked(4)) // an answer of the old leader that was on its way
	say(10, "p1", acked(5))
	say(500, "b1", env.BecameFollower{TopicPartition: tp, Leader: 2, Epoch: 6})
	say(0, "b1", env.LogTruncated{TopicPartition: tp, To: 5})
	say(10, "k1", changed(25, 2, 6, ids(2, 3, 1), nil))
	say(100, "k1", changed(30, -1, 7, ids(2), nil))
	say(100, "k1", unclean)
	say(0, "k1", env.ControllerResigned{Node: 101, Epoch: 1})
	say(100, "k2", env.ActiveController{Node: 102, Epoch: 2})
	for i, topic := range []string{"late", "late", "one"} {
		say(0, "k1", env.PartitionChanged{TopicPartition: kafka.TopicPartition{Topic: topic,
			Partition: kafka.PartitionID(i % 2)},
			At: 40, Leader: 1, Replicas: ids(1), ISR: ids(1)})
	}
	want := `
   0.000s  k1 becomes active controller (epoch 1)
   0.000s  b1 is registered (broker epoch 3)
   0.000s  topic orders is created: orders-0 has replicas [b1 b2 b3] and leader b1
           … 1 acknowledged
   2.000s  !! crash leader(orders-0) (b1) for 3s
   3.900s  orders-0: leader is b2 (epoch 6), elected from ISR [b1 b2 b3]; ISR shrank to [b2 b3]: b1 left (fenced: it is down); ELR is [b1]
   4.020s  orders-0: first write acknowledged in epoch 6, 2.1 s after the last one
   4.520s  b1 truncates orders-0 to offset 5: 2 records are removed that leader b2 (epoch 6) does not have
   4.530s  orders-0: ISR grew to [b1 b2 b3]: b1 caught up
   4.630s  orders-0: no leader (epoch 7): no eligible replica is alive (ISR [b2], ELR [])
   4.730s  orders-0: leader is b1 (epoch 8), elected uncleanly: it was not in ISR [b2] and may lack acknowledged records; ISR is [b1]; that is below min.insync.replicas=2: writes with acks=all fail (NOT_ENOUGH_REPLICAS)
   4.730s  k1 is no longer active controller (epoch 1)
   4.830s  k2 becomes active controller (epoch 2), 100 ms after k1 resigned
   4.830s  topic late is created with 2 partitions
   4.830s  topic one is created: one-0 has replicas [b1] and leader b1
           … 2 acknowledged
`
	if got := "\n" + strings.Join(Timeline(r), "\n") + "\n"; got != want {
		t.Errorf("the story is%s\nwant%s", got, want)
	}
}

// facts stamps facts for a history, each with its millisecond and its node.
type facts struct{ h history.History }

func (fs *facts) at(ms int, node string, all ...env.Fact) {
	for _, f := range all {
		fs.h.Facts = append(fs.h.Facts, history.Stamped{Event: uint64(len(fs.h.Facts) + 1),
			At: env.Instant(ms) * env.Instant(time.Millisecond), Node: node, Fact: f})
	}
}

func (fs *facts) event() uint64 { return uint64(len(fs.h.Facts)) }

// What keeps a group from reading, and writes from being acknowledged, is named when nothing happens for a while.
func TestStoryOfSilence(t *testing.T) {
	s := parsed(t, "cluster brokers=3 controllers=3\ntopic orders\nproducer p1 topic=orders\nconsumer c1 group=billing topic=orders")
	tp := kafka.TopicPartition{Topic: "orders"}
	offsets := env.PartitionChanged{TopicPartition: kafka.TopicPartition{Topic: kafka.OffsetsTopic}, Leader: 3,
		Replicas: ids(3, 1, 2), ISR: ids(3, 1, 2), MinISR: 2}
	assigned := env.PartitionsAssigned{Client: "c1", Group: "billing", Generation: 1,
		Partitions: []kafka.TopicPartition{tp}}
	polled := func(o kafka.Offset) env.Polled {
		return env.Polled{Client: "c1", TopicPartition: tp, Records: []env.PolledRecord{{Offset: o}}}
	}
	call, ack := env.ProduceCalled{Client: "p1", TopicPartition: tp}, func(o kafka.Offset) env.ProduceReturned {
		return env.ProduceReturned{Client: "p1", TopicPartition: tp, Outcome: env.OK, Offset: o}
	}
	r := Result{Scenario: s, Begin: env.Instant(time.Second), Verdict: Holds}
	did := func(fs *facts, ms int, d FaultRecord) {
		d.Event, d.At = fs.event(), env.Instant(ms)*env.Instant(time.Millisecond)
		d.ID = len(r.Faults) + 1
		r.Faults = append(r.Faults, d)
	}
	fs := &facts{}
	fs.at(900, "k1", env.ActiveController{Node: 101, Epoch: 1}, env.BrokerStanding{Broker: 1, Epoch: 1, At: 1},
		env.BrokerStanding{Broker: 3, Epoch: 1, At: 1}, state(2, 1, ids(1, 2, 3), nil), offsets)
	fs.at(1100, "c1", assigned)
	fs.at(1200, "p1", call, ack(0), call, ack(1))
	fs.at(1300, "c1", polled(0), polled(1))
	did(fs, 2000, FaultRecord{Text: "crash c1", Verb: "crash", Nodes: []string{"c1"}})
	fs.at(2000, "c1", env.ClientCrashed{Client: "c1"})
	fs.at(3000, "p1", call, ack(2))
	fs.at(5000, "p1", call, ack(3))
	did(fs, 6000, FaultRecord{Text: "pause b2", Verb: "pause", Nodes: []string{"b2"}})
	fs.at(6000, "b1", env.HighWatermarkAdvanced{TopicPartition: tp, To: 4})
	fs.at(6100, "p1", call)
	fs.at(9200, "b1", env.IsrProposed{TopicPartition: tp, Committed: ids(1, 2, 3), Proposed: ids(1, 3)})
	fs.at(9300, "k1", state(3, 1, ids(1, 3), nil))
	fs.at(9400, "p1", ack(4))
	fs.at(9450, "k1", env.BrokerStanding{Broker: 3, Epoch: 1, At: 4, Stopping: true},
		env.BrokerStanding{Broker: 3, Epoch: 1, At: 5, Stopping: true, Fenced: true})
	did(fs, 9500, FaultRecord{Text: "end of pause b2", Ends: 2})
	fs.at(11000, "b3", env.GroupMemberGone{Group: "billing", Member: "c1-12345678-1234-1234-1234-123456789012",
		Reason: "session.timeout.ms"})
	fs.at(11100, "c1", assigned, env.PositionSet{Client: "c1", TopicPartition: tp, Offset: 1, Reason: "committed"},
		polled(1))
	did(fs, 12000, FaultRecord{Text: "crash k2,k3", Verb: "crash", Nodes: []string{"k2", "k3"}})
	did(fs, 13000, FaultRecord{Text: healed})
	fs.at(13100, "k2", env.Started{Node: 102})
	r.History = fs.h
	want := `
   0.000s  the cluster is up: brokers b1 b3, active controller k1
   0.000s  orders-0: leader b1, ISR [b1 b2 b3]
   0.100s  c1 owns orders-0 (group billing, generation 1)
           … 2 acknowledged, 2 read
   1.000s  !! crash c1
           … 2 acknowledged
   5.000s  !! pause b2
   5.000s  group billing has read nothing since 2.000s: c1 is down
   8.200s  orders-0: no write acknowledged since 4.000s: the high watermark waits at offset 4 for b2, which is paused and still in ISR [b1 b2 b3]
   8.300s  orders-0: ISR shrank to [b1 b3]: b2 left (not caught up for replica.lag.time.max.ms: it is paused)
   8.400s  orders-0: writes are acknowledged again, after 4.4 s
           … 1 acknowledged
   8.500s  !! end of pause b2
  10.000s  b3 removes c1 from group billing: it received no heartbeat within session.timeout.ms
  10.100s  c1 owns orders-0 (group billing, generation 1)
  10.100s  c1 resumes orders-0 at the committed offset 1: 1 record is read again
  10.100s  group billing reads again, after 8.1 s
           … 1 read
  11.000s  !! crash k2,k3
  11.000s  the metadata quorum has no majority: 1 of 3 controllers run, 2 are needed to elect leaders or change metadata
  12.000s  !! all faults end: k2 k3 restarted
  12.100s  k2 is up again, 1.1 s after it went down
`
	if got := "\n" + strings.Join(Timeline(r), "\n") + "\n"; got != want {
		t.Errorf("the story is%s\nwant%s", got, want)
	}
	r.Token.Step = 13
	if got := Timeline(r); len(got) != 5 || !strings.Contains(got[4], "crash c1") {
		t.Errorf("the story up to event 13 is\n%s", strings.Join(got, "\n"))
	}
}

// The last steps are on the clock of the story, in words, each once however many nodes emit it, and values are cut.
func TestLastStepsAndFindings(t *testing.T) {
	tp := kafka.TopicPartition{Topic: "orders"}
	fs := &facts{}
	fs.at(1000, "b1", state(5, 1, ids(1, 2), nil))
	fs.at(1001, "b2", state(5, 1, ids(1, 2), nil))
	fs.at(1100, "p1", env.ProduceCalled{Client: "p1", TopicPartition: tp, Value: strings.Repeat("v", 1000)})
	fs.at(1200, "b1", env.Appended{TopicPartition: tp, Base: 0, Last: 4},
		env.Appended{TopicPartition: tp, Base: 5, Last: 9}, env.Appended{TopicPartition: tp, Base: 5, Last: 9})
	fs.at(1300, "b2", env.BecameFollower{TopicPartition: tp, Leader: 1, Epoch: 3})
	fs.at(1400, "b2", env.LogTruncated{TopicPartition: tp, To: 5})
	lost := func(o kafka.Offset) checkers.Finding {
		return checkers.Finding{Check: "acked-loss", Partition: tp, Offset: o, Event: 8, Sentence: "it is gone since event 7"}
	}
	r := Result{Scenario: &Scenario{Name: "x"}, Begin: env.Instant(time.Second), Verdict: Broken, History: fs.h,
		Findings: []checkers.Finding{lost(7), lost(8), lost(9)}, decisive: 1,
		Faults: []FaultRecord{{Event: 5, At: env.Instant(1250 * time.Millisecond), Text: "crash b1", Verb: "crash",
			Nodes: []string{"b1"}}}}
	want := `the last steps about orders-0:
         0.000s (#1)  b1 applies: orders-0 has leader b1 in epoch 0, ISR [b1 b2], ELR []
         0.200s (#5)  b1 appends orders-0 offsets 5..9 in epoch 0
         0.250s (#5)  !! crash b1
         0.200s (#6)  b1 appends orders-0 offsets 5..9 in epoch 0
         0.300s (#7)  b2 follows b1, leader of orders-0 in epoch 3
         0.400s (#8)  b2 truncates orders-0 to offset 5`
	if got := strings.Join(LastSteps(r), "\n"); got != want {
		t.Errorf("the last steps are\n%s\nwant\n%s", got, want)
	}
	want = "acked-loss orders-0@8, 0.400s (#8): it is gone since 0.300s (#7) … and 1 more of this kind in orders-0"
	if got := strings.Join(Findings(r), "\n"); got != want {
		t.Errorf("besides the first, which is the verdict's sentence, what is found is\n%s\nwant\n%s", got, want)
	}
}

// What happens to several partitions at once is one line, and a partition that is without leader for a moment has one
// again in one line. A log is compared with what it had, unless it is of another topic of the same name.
func TestStoryOfARestart(t *testing.T) {
	tps := []kafka.TopicPartition{{Topic: "orders"}, {Topic: "orders", Partition: 1}, {Topic: kafka.OffsetsTopic}}
	r := Result{Scenario: parsed(t, "cluster brokers=1\ntopic orders partitions=2"), Begin: env.Instant(time.Second),
		Verdict: Holds}
	fs := &facts{}
	all := func(ms int, f func(kafka.TopicPartition) env.Fact) {
		for _, tp := range tps {
			fs.at(ms, "b1", f(tp))
		}
	}
	changed := func(at kafka.Offset, leader kafka.NodeID, epoch kafka.LeaderEpoch,
		isr []kafka.NodeID) func(kafka.TopicPartition) env.Fact {
		return func(tp kafka.TopicPartition) env.Fact {
			return env.PartitionChanged{TopicPartition: tp, At: at, Leader: leader, Epoch: epoch, Replicas: ids(1), ISR: isr,
				MinISR: 1, Unclean: at > 10}
		}
	}
	recovered := func(id byte, end kafka.Offset) func(kafka.TopicPartition) env.Fact {
		return func(tp kafka.TopicPartition) env.Fact {
			return env.LogRecovered{TopicPartition: tp, TopicID: kafka.UUID{id}, End: end}
		}
	}
	fs.at(900, "b1", env.ActiveController{Node: 1, Epoch: 1}, env.BrokerStanding{Broker: 1, Epoch: 1, At: 1})
	all(900, recovered(1, 0))
	all(900, changed(2, 1, 0, ids(1)))
	all(1500, func(tp kafka.TopicPartition) env.Fact { return env.Appended{TopicPartition: tp, Base: 0, Last: 9} })
	r.Faults = append(r.Faults, FaultRecord{Event: fs.event(), At: env.Instant(2 * time.Second), Text: "power-cut b1",
		Verb: "power-cut", Nodes: []string{"b1"}})
	all(3000, changed(10, -1, 1, nil))
	all(3010, changed(11, 1, 2, ids(1)))
	all(3010, recovered(1, 4))
	fs.at(3020, "b1", env.Started{Node: 1})
	all(4000, recovered(2, 0))
	r.History = fs.h
	want := `
   0.000s  the cluster is up: brokers b1, active controller b1
   0.000s  orders-0, orders-1: leader b1, ISR [b1]
   1.000s  !! power-cut b1
   2.010s  orders-0, orders-1: leader is b1 again (epoch 2): the last known leader; ISR and ELR were empty, so it may lack acknowledged records
   2.010s  b1 recovers orders-0 with offsets [0, 4): 6 records are lost that it had not flushed
   2.010s  b1 recovers orders-1 with offsets [0, 4): 6 records are lost that it had not flushed
   2.020s  b1 is up again, 1.0 s after it went down
`
	if got := "\n" + strings.Join(Timeline(r), "\n") + "\n"; got != want {
		t.Errorf("the story is%s\nwant%s", got, want)
	}
}
