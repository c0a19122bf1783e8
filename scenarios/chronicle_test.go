package scenarios

import (
	"strings"
	"testing"
	"time"

	"gregor/checkers"
	"gregor/core/env"
)

// TestTimelineTellsAFailover has every node tell what the metadata log says, and a person told it once.
func TestTimelineTellsAFailover(t *testing.T) {
	tp := env.TopicPartition{Topic: "orders"}
	changed := func(at int, leader env.NodeID, epoch env.LeaderEpoch, isr, elr []env.NodeID) env.PartitionChanged {
		c := state(at, leader, isr, elr)
		c.Epoch = epoch
		return c
	}
	unclean := changed(40, 1, 8, ids(1), nil)
	unclean.Unclean = true
	acked := func(o env.Offset) env.Fact {
		return env.ProduceReturned{Client: "p1", TopicPartition: tp, Outcome: env.OK, Offset: o}
	}
	r := Result{Scenario: &Scenario{}, Deeds: []Deed{{6, 2_000_000_000, "crash leader(orders-0) (b1) for 3s"}}}
	ms := 0
	say := func(later int, node string, f env.Fact) {
		ms += later
		r.History.Facts = append(r.History.Facts, checkers.Stamped{Event: uint64(len(r.History.Facts) + 1), At: env.Instant(ms) * env.Instant(time.Millisecond), Node: node, Fact: f})
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
	want := `
   0.000s  k1   is the active controller now (epoch 1)
   0.000s  k1   b1 is registered (broker epoch 3)
   0.000s  k1   orders-0: b1 leads in epoch 5; its replicas are b1 b2 b3
             … 1 acknowledged
   2.000s  !! crash leader(orders-0) (b1) for 3s
   3.900s  k1   b1 is in service
   3.900s  k1   b1 is fenced
   3.900s  k1   orders-0: b2 leads in epoch 6, elected from those in sync, b1 b2 b3
   3.900s  k1   orders-0: in sync are b2 b3, without b1; eligible besides are b1
             … 1 acknowledged
   4.020s  p1   orders-0: the first write in epoch 6 is acknowledged by b2, 2.1 s after the last one before
             … 1 acknowledged
   4.520s  b1   cuts orders-0 off at 5: 2 records go that b2, leader in epoch 6, does not have
   4.530s  k1   orders-0: in sync are b2 b3 b1, with b1 again; eligible besides are nobody
   4.630s  k1   orders-0: nobody leads in epoch 7; nobody who may is in service
   4.630s  k1   orders-0: in sync are b2, without b3 b1
   4.730s  k1   orders-0: b1 leads in epoch 8, elected uncleanly: it was not in sync, and may lack what was acknowledged
   4.730s  k1   orders-0: in sync are b1, without b2, with b1 again
   4.730s  k1   decides no more (controller epoch 1)
`
	if got := "\n" + strings.Join(Timeline(r), "\n") + "\n"; got != want {
		t.Errorf("told%s\nwant%s", got, want)
	}
}
