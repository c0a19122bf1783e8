package client_test

import (
	"fmt"
	"testing"
	"time"

	"gregor/core/client"
	"gregor/core/env"
	"gregor/core/kafka"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"
)

// groupCodes are what a coordinator and a leader may say at bad times; none of them ends a consumer.
var groupCodes = []kafka.ErrorCode{kafka.CoordinatorLoadInProgress, kafka.NotCoordinator, kafka.CoordinatorNotAvailable,
	kafka.RebalanceInProgress, kafka.UnknownMemberID, kafka.IllegalGeneration, kafka.RequestTimedOut}

var leaderCodes = []kafka.ErrorCode{kafka.NotLeaderOrFollower, kafka.LeaderNotAvailable, kafka.FencedLeaderEpoch,
	kafka.UnknownLeaderEpoch,
	kafka.KafkaStorageError, kafka.OffsetNotAvailable, kafka.UnknownTopicOrPartition, kafka.UnknownTopicID}

var sessionCodes = append(leaderCodes, kafka.FetchSessionIDNotFound, kafka.InvalidFetchSessionEpoch)

func codesOf(req kmsg.Request) []kafka.ErrorCode {
	switch req.(type) {
	case *kmsg.FetchRequest:
		return sessionCodes
	case *kmsg.ListOffsetsRequest, *kmsg.OffsetForLeaderEpochRequest, *kmsg.MetadataRequest:
		return leaderCodes
	}
	return groupCodes
}

type disturbance struct {
	kind    int // 0-2: none, 3: silence, 4: drop, 5: drop after doing it, 6: a code
	which   int
	applied bool
}

// TestConsumerSurvives: whatever goes wrong with any of its first requests, a consumer ends up having read
// everything in order, never commits what it has not processed, and reports its commits' true outcomes.
func TestConsumerSurvives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		plan := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) disturbance {
			return disturbance{rapid.IntRange(0, 6).Draw(rt, "kind"), rapid.IntRange(0, 9).Draw(rt, "which"),
				rapid.Bool().Draw(rt, "applied")}
		}), 0, 40).Draw(rt, "plan")
		auto := rapid.Bool().Draw(rt, "auto")
		conf := []string{"group=g", "topic=orders", "auto.offset.reset=earliest", "poll.timeout.ms=200",
			"fetch.max.wait.ms=200",
			"heartbeat.interval.ms=100", "session.timeout.ms=2000", "max.poll.interval.ms=2000", "request.timeout.ms=700",
			"auto.commit.interval.ms=70",
			fmt.Sprintf("max.poll.records=%d", rapid.IntRange(1, 5).Draw(rt, "max poll")),
			fmt.Sprintf("process.ms=%d", rapid.IntRange(0, 20).Draw(rt, "process")),
			"partition.assignment.strategy=" + rapid.SampledFrom([]string{"range", "cooperative-sticky",
				"sticky,roundrobin"}).Draw(rt, "assignor"),
			fmt.Sprintf("enable.auto.commit=%v", auto)}
		if !auto {
			conf = append(conf, "commit=after")
		}
		w := newWatch(rt)
		s := newStage(t)
		s.told = w.tell
		s.broker = w.broker(plan)
		cfg := client.NewConsumerConfig("c1")
		set2(t, &cfg, conf)
		must(t, cfg.Validate())
		c := client.NewConsumer(s.world(rapid.Uint64Range(0, 50).Draw(rt, "seed")), cfg)
		s.node = c
		s.at(0, func() { s.step(env.Event{Kind: env.Boot}) })
		s.at(env.Instant(60*time.Second), func() { s.step(env.Event{Kind: env.Shutdown}) })
		s.run(2 * time.Minute)
		if c.Err() != nil || !c.Closed() {
			rt.Fatalf("closed %v: %v", c.Closed(), c.Err())
		}
		w.finally()
	})
}

// watch follows the facts of a consumer.
type watch struct {
	rt        *rapid.T
	ledger    *ledger
	next      map[kafka.TopicPartition]kafka.Offset // what the next poll must begin at
	processed map[kafka.TopicPartition]kafka.Offset
	read      map[string]bool
	owned     map[kafka.TopicPartition]bool
	commits   map[uint64]env.CommitCalled
	last      map[kafka.TopicPartition]env.Outcome  // of the commits of the end
	stored    map[kafka.TopicPartition]kafka.Offset // what the last OK commit says is stored
}

const perPartition = 12

func newWatch(rt *rapid.T) *watch {
	w := &watch{rt: rt, ledger: newLedger(3, "orders"), next: map[kafka.TopicPartition]kafka.Offset{},
		processed: map[kafka.TopicPartition]kafka.Offset{},
		read:      map[string]bool{}, owned: map[kafka.TopicPartition]bool{}, commits: map[uint64]env.CommitCalled{},
		last: map[kafka.TopicPartition]env.Outcome{}, stored: map[kafka.TopicPartition]kafka.Offset{}}
	s := script{ledger: w.ledger}
	for p := range 3 {
		whole := w.ledger.topics["orders"]
		w.ledger.topics["orders"] = whole[p:]
		for i := range perPartition {
			s.append(fmt.Sprintf("%d/%d", p, i))
		}
		w.ledger.topics["orders"] = whole
	}
	return w
}

func (w *watch) broker(plan []disturbance) func(*line, kmsg.Request) reply {
	seen := 0
	return func(_ *line, req kmsg.Request) reply {
		m := disturbance{}
		if _, versions := req.(*kmsg.ApiVersionsRequest); !versions && seen < len(plan) {
			m = plan[seen]
			seen++
		}
		switch m.kind {
		case 3, 4:
			if m.applied {
				w.ledger.handle(req, kafka.None)
			}
			return reply{drop: m.kind == 4}
		case 5:
			w.ledger.handle(req, kafka.None)
			return reply{drop: true}
		case 6:
			codes := codesOf(req)
			code := codes[m.which%len(codes)]
			if _, commit := req.(*kmsg.OffsetCommitRequest); commit && m.applied &&
				(code == kafka.NotCoordinator || code == kafka.RequestTimedOut) {
				w.ledger.handle(req, kafka.None)
			}
			resp, after := w.ledger.handle(req, code)
			return reply{resp: resp, after: after}
		}
		resp, after := w.ledger.handle(req, kafka.None)
		return reply{resp: resp, after: after}
	}
}

func (w *watch) tell(f env.Fact) {
	switch f := f.(type) {
	case env.PartitionsAssigned:
		for _, tp := range f.Partitions {
			if w.owned[tp] {
				w.rt.Fatalf("%v assigned twice", tp)
			}
			w.owned[tp] = true
		}
	case env.PartitionsRevoked:
		for _, tp := range f.Partitions {
			if !w.owned[tp] {
				w.rt.Fatalf("%v revoked but not owned", tp)
			}
			delete(w.owned, tp)
			delete(w.next, tp)
		}
	case env.PositionSet:
		w.next[f.TopicPartition] = f.Offset
		if f.Reason == "committed" && f.Offset > w.processed[f.TopicPartition] {
			w.rt.Fatalf("%v resumes at %d, but only %d is processed", f.TopicPartition, f.Offset, w.processed[f.TopicPartition])
		}
	case env.Polled:
		w.polled(f)
	case env.Processed:
		w.processed[f.TopicPartition] = max(w.processed[f.TopicPartition], f.To)
	case env.CommitCalled:
		w.commits[f.Call] = f
		if f.Offset > w.processed[f.TopicPartition] {
			w.rt.Fatalf("commits %v up to %d, but only %d is processed", f.TopicPartition, f.Offset,
				w.processed[f.TopicPartition])
		}
	case env.CommitReturned:
		w.returned(f)
	}
}

func (w *watch) polled(f env.Polled) {
	if !w.owned[f.TopicPartition] {
		w.rt.Fatalf("records of %v, which is not owned", f.TopicPartition)
	}
	if next, known := w.next[f.TopicPartition]; !known || next != f.From {
		w.rt.Fatalf("%v is read from %d, want %d", f.TopicPartition, f.From, next)
	}
	for i, r := range f.Records {
		if r.Offset != f.From+kafka.Offset(i) || r.Value != fmt.Sprintf("%d/%d", f.Partition, r.Offset) {
			w.rt.Fatalf("%v at %d: %d is %q", f.TopicPartition, f.From, r.Offset, r.Value)
		}
		w.read[r.Value] = true
	}
	w.next[f.TopicPartition] = f.Records[len(f.Records)-1].Offset + 1
}

// returned checks an outcome against what the coordinator holds at that moment. There is one member, and it never
// commits less than it did in the same assignment, so an OK commit is what is stored, or less than a later one.
func (w *watch) returned(f env.CommitReturned) {
	c, called := w.commits[f.Call]
	if !called {
		w.rt.Fatalf("commit %d returned without having been called, or twice", f.Call)
	}
	delete(w.commits, f.Call)
	stored, any := w.ledger.committed[c.TopicPartition]
	switch {
	case f.Outcome == env.OK && (!any || kafka.Offset(stored) < c.Offset):
		w.rt.Fatalf("commit of %v = %d is OK, stored is %d", c.TopicPartition, c.Offset, stored)
	case f.Outcome == env.Failed && any && kafka.Offset(stored) == c.Offset && w.stored[c.TopicPartition] < c.Offset &&
		w.last[c.TopicPartition] != env.Unknown:
		w.rt.Fatalf("commit of %v = %d has failed for certain, and is stored", c.TopicPartition, c.Offset)
	}
	w.last[c.TopicPartition] = f.Outcome
	if any {
		w.stored[c.TopicPartition] = kafka.Offset(stored)
	}
}

func (w *watch) finally() {
	if len(w.read) != 3*perPartition {
		w.rt.Fatalf("%d of %d records read", len(w.read), 3*perPartition)
	}
	if len(w.commits) > 0 || len(w.owned) > 0 {
		w.rt.Fatalf("at the end %d commits are open and %d partitions owned", len(w.commits), len(w.owned))
	}
	for tp, p := range w.processed {
		if w.ledger.committed[tp] != int64(p) {
			w.rt.Fatalf("%v: committed %d, processed %d", tp, w.ledger.committed[tp], p)
		}
	}
}
