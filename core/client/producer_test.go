package client_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gregor/core/client"
	"gregor/core/env"
	"gregor/core/kafka"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"
)

// trouble is what happens to one Produce request.
type trouble struct {
	applied bool
	what    string // "", silence, drop or an error's name
}

// codes that a broker sends without having appended, and such that it may send after appending.
var (
	refusals = []kafka.ErrorCode{kafka.NotEnoughReplicas, kafka.UnknownTopicOrPartition, kafka.CorruptMessage,
		kafka.InvalidRecord,
		kafka.MessageTooLarge, kafka.TopicAuthorizationFailed, kafka.LeaderNotAvailable}
	murky = []kafka.ErrorCode{kafka.NotLeaderOrFollower, kafka.RequestTimedOut, kafka.UnknownServerError,
		kafka.NotEnoughReplicasAfterAppend, kafka.KafkaStorageError, kafka.NetworkException}
)

func troubles(harmless bool) *rapid.Generator[[]trouble] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) trouble {
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0, 1:
			return trouble{}
		case 2:
			return trouble{rapid.Bool().Draw(t, "applied"), "silence"}
		case 3:
			return trouble{rapid.Bool().Draw(t, "applied"), "drop"}
		case 4:
			return trouble{rapid.Bool().Draw(t, "applied"), rapid.SampledFrom(murky).Draw(t, "code").String()}
		}
		if harmless {
			return trouble{false, kafka.NotEnoughReplicas.String()}
		}
		return trouble{false, rapid.SampledFrom(refusals).Draw(t, "code").String()}
	}), 0, 25)
}

// produceRun sends records through a producer to the test broker while requests meet trouble.
type produceRun struct {
	stage   *stage
	ledger  *ledger
	called  map[uint64]env.ProduceCalled
	ended   map[uint64]env.ProduceReturned
	records int
}

func runProducer(t *testing.T, rt *rapid.T, plan []trouble, config ...string) *produceRun {
	r := &produceRun{stage: newStage(t), ledger: newLedger(2, "orders"), called: map[uint64]env.ProduceCalled{},
		ended: map[uint64]env.ProduceReturned{}}
	cfg := client.NewProducerConfig("p1")
	set2(t, &cfg, append([]string{"request.timeout.ms=500", "delivery.timeout.ms=4000"}, config...))
	must(t, cfg.Validate())
	p := client.NewProducer(r.stage.world(rapid.Uint64Range(0, 50).Draw(rt, "seed")), cfg)
	r.stage.node = p
	seen := 0
	r.stage.broker = func(_ *line, req kmsg.Request) reply {
		if _, produce := req.(*kmsg.ProduceRequest); !produce || seen >= len(plan) {
			resp, after := r.ledger.handle(req, kafka.None)
			return reply{resp: resp, after: after}
		}
		what := plan[seen]
		seen++
		if what.applied || what.what == "" {
			resp, _ := r.ledger.handle(req, kafka.None)
			if what.what == "" {
				return reply{resp: resp}
			}
		}
		if what.what == "silence" || what.what == "drop" {
			return reply{drop: what.what == "drop"}
		}
		resp, _ := r.ledger.handle(req, codeOf(t, what.what))
		return reply{resp: resp}
	}
	r.stage.told = func(f env.Fact) {
		switch f := f.(type) {
		case env.ProduceCalled:
			r.called[f.Call] = f
		case env.ProduceReturned:
			if _, twice := r.ended[f.Call]; twice {
				rt.Fatalf("call %d returned twice", f.Call)
			}
			if _, called := r.called[f.Call]; !called {
				rt.Fatalf("call %d returned before it was called", f.Call)
			}
			r.ended[f.Call] = f
		}
	}
	r.stage.at(0, func() { r.stage.step(env.Event{Kind: env.Boot}) })
	r.records = rapid.IntRange(1, 40).Draw(rt, "records")
	for i := range r.records {
		r.stage.at(env.Instant(time.Duration(i*7)*time.Millisecond), func() {
			_, err := p.Send(r.stage.clock(), client.Record{Topic: "orders", Partition: kafka.PartitionID(i % 2),
				Value: fmt.Appendf(nil, "v%03d", i)})
			if err != nil {
				rt.Fatal(err)
			}
		})
	}
	r.stage.at(env.Instant(time.Second), func() { r.stage.step(env.Event{Kind: env.Shutdown}) })
	r.stage.run(2 * time.Minute)
	if !p.Closed() || len(r.ended) != r.records {
		rt.Fatalf("closed %v, %d of %d records returned", p.Closed(), len(r.ended), r.records)
	}
	return r
}

// occurrences counts each value in each partition's log.
func (r *produceRun) occurrences() map[string]int {
	n := map[string]int{}
	for _, shelf := range r.ledger.topics["orders"] {
		for _, v := range shelf.values() {
			n[v]++
		}
	}
	return n
}

// sound checks the outcomes against what is in the log.
func (r *produceRun) sound(rt *rapid.T) {
	n := r.occurrences()
	for call, c := range r.called {
		e := r.ended[call]
		switch {
		case e.Outcome == env.OK && n[c.Value] == 0:
			rt.Errorf("%s is OK and not in the log", c.Value)
		case e.Outcome == env.Failed && n[c.Value] != 0:
			rt.Errorf("%s has certainly failed and is in the log", c.Value)
		case n[c.Value] > e.Attempts:
			rt.Errorf("%s is in the log %d times after %d attempts", c.Value, n[c.Value], e.Attempts)
		}
		if e.Outcome == env.OK && e.Offset >= 0 {
			if at := r.ledger.topics["orders"][c.Partition].values()[e.Offset]; at != c.Value {
				rt.Errorf("%s is said to be at %d, where %s is", c.Value, e.Offset, at)
			}
		}
	}
}

func config(rt *rapid.T) []string {
	return []string{
		fmt.Sprintf("linger.ms=%d", rapid.SampledFrom([]int{0, 5, 30}).Draw(rt, "linger")),
		fmt.Sprintf("batch.size=%d", rapid.SampledFrom([]int{0, 200, 16384}).Draw(rt, "batch")),
		fmt.Sprintf("max.in.flight.requests.per.connection=%d", rapid.IntRange(1, 5).Draw(rt, "in flight")),
	}
}

func TestOutcomesAreSound(t *testing.T) {
	for _, idempotent := range []string{"true", "false"} {
		t.Run("enable.idempotence="+idempotent, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				plan := troubles(false).Draw(rt, "plan")
				runProducer(t, rt, plan, append(config(rt), "enable.idempotence="+idempotent)...).sound(rt)
			})
		})
	}
}

// TestIdempotentInOrder: as long as no batch is given up, nothing is there twice and everything is in order.
func TestIdempotentInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		plan := slices.DeleteFunc(troubles(true).Draw(rt, "plan"), func(x trouble) bool {
			return x.what == kafka.UnknownServerError.String()
		})
		r := runProducer(t, rt, plan, append(config(rt), "delivery.timeout.ms=100000")...)
		r.sound(rt)
		for p, shelf := range r.ledger.topics["orders"] {
			got := shelf.values()
			var want []string
			for i := p; i < r.records; i += 2 {
				want = append(want, fmt.Sprintf("v%03d", i))
			}
			if !slices.Equal(got, want) {
				rt.Fatalf("partition %d holds %s", p, strings.Join(got, " "))
			}
		}
	})
}

// TestMaxInFlightOneInOrder: without idempotence, order still holds with one request in flight (duplicates do not).
func TestMaxInFlightOneInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		plan := slices.DeleteFunc(troubles(true).Draw(rt, "plan"), func(x trouble) bool {
			return x.what == kafka.UnknownServerError.String()
		})
		r := runProducer(t, rt, plan, "enable.idempotence=false", "max.in.flight.requests.per.connection=1", "linger.ms=0",
			"batch.size=0",
			"delivery.timeout.ms=100000")
		r.sound(rt)
		for p, shelf := range r.ledger.topics["orders"] {
			if got := shelf.values(); !slices.IsSorted(got) {
				rt.Fatalf("partition %d holds %s", p, strings.Join(got, " "))
			}
		}
	})
}

// TestTooLargeIsSplit: a broker that takes only small batches gets them.
func TestTooLargeIsSplit(t *testing.T) {
	s := newStage(t)
	g := newLedger(1, "orders")
	s.broker = func(_ *line, req kmsg.Request) reply {
		if p, ok := req.(*kmsg.ProduceRequest); ok && len(p.Topics[0].Partitions[0].Records) > 200 {
			resp, _ := g.handle(req, kafka.MessageTooLarge)
			return reply{resp: resp}
		}
		resp, after := g.handle(req, kafka.None)
		return reply{resp: resp, after: after}
	}
	cfg := client.NewProducerConfig("p1")
	set2(t, &cfg, []string{"topic=orders", "count=50", "value.bytes=40", "rate=0"})
	must(t, cfg.Validate())
	s.node = client.NewProducer(s.world(1), cfg)
	s.at(0, func() { s.step(env.Event{Kind: env.Boot}) })
	s.run(5 * time.Second)
	got := g.topics["orders"][0].values()
	if len(got) != 50 {
		t.Fatalf("the log holds %d records, want 50", len(got))
	}
	for i, v := range got {
		if want := fmt.Sprintf("p1-%d.", i); !strings.HasPrefix(v, want) {
			t.Fatalf("record %d is %q, want %s…", i, v, want)
		}
	}
}

// TestRequestsStayBelowMaxRequestSize: batches of several partitions share a request only as far as they fit.
func TestRequestsStayBelowMaxRequestSize(t *testing.T) {
	s := newStage(t)
	g := newLedger(8, "orders")
	shared := false
	s.broker = func(_ *line, req kmsg.Request) reply {
		if p, ok := req.(*kmsg.ProduceRequest); ok {
			size := 0
			for _, part := range p.Topics[0].Partitions {
				size += len(part.Records)
			}
			if shared = shared || len(p.Topics[0].Partitions) > 1; size > 2000 {
				t.Errorf("a request with %d bytes of records", size)
			}
		}
		resp, after := g.handle(req, kafka.None)
		return reply{resp: resp, after: after}
	}
	cfg := client.NewProducerConfig("p1")
	set2(t, &cfg, []string{"topic=orders", "count=200", "value.bytes=300", "keys=100", "max.request.size=2000",
		"batch.size=800"})
	must(t, cfg.Validate())
	p := client.NewProducer(s.world(1), cfg)
	s.node = p
	s.at(0, func() { s.step(env.Event{Kind: env.Boot}) })
	s.run(5 * time.Second)
	if !p.Done() || !shared {
		t.Errorf("done %v, several partitions in one request %v", p.Done(), shared)
	}
}

// TestWorkloadKeepsItsSchedule: the n-th record is called at exactly n/rate, but for those due before the topic's
// metadata is there.
func TestWorkloadKeepsItsSchedule(t *testing.T) {
	s := newStage(t)
	g := newLedger(1, "orders")
	s.broker = func(_ *line, req kmsg.Request) reply {
		resp, after := g.handle(req, kafka.None)
		return reply{resp: resp, after: after}
	}
	cfg := client.NewProducerConfig("p1")
	set2(t, &cfg, []string{"topic=orders", "rate=300/s", "count=7", "keys=3"})
	must(t, cfg.Validate())
	p := client.NewProducer(s.world(1), cfg)
	s.node = p
	var at []env.Instant
	var keys []string
	s.told = func(f env.Fact) {
		if c, ok := f.(env.ProduceCalled); ok {
			at, keys = append(at, s.now), append(keys, c.Key)
		}
	}
	s.at(0, func() { s.step(env.Event{Kind: env.Boot}) })
	s.run(5 * time.Second)
	want := []env.Instant{6666666, 10000000, 13333333, 16666666, 20000000}
	if len(at) != 7 || !slices.Equal(at[2:], want) {
		t.Errorf("called at %v, want %v", at, want)
	}
	if got := strings.Join(keys, " "); got != "k0 k1 k2 k0 k1 k2 k0" {
		t.Errorf("keys %s", got)
	}
	if !p.Done() {
		t.Error("the workload is not done")
	}
}

// TestWorkloadSendsWhatIsGiven: keys, values and partitions in their order, from the record on that comes next.
func TestWorkloadSendsWhatIsGiven(t *testing.T) {
	for first, want := range map[int64]string{
		0: "a=red/0 b=green/2 a=blue/0",
		2: "a=blue/0",
		3: "",
	} {
		s := newStage(t)
		g := newLedger(3, "orders")
		s.broker = func(_ *line, req kmsg.Request) reply {
			resp, after := g.handle(req, kafka.None)
			return reply{resp: resp, after: after}
		}
		cfg := client.NewProducerConfig("p1")
		set2(t, &cfg, []string{"topic=orders", "key=a,b", "value=red,green,blue", "partition=0,2"})
		cfg.Workload.First = first
		must(t, cfg.Validate())
		s.node = client.NewProducer(s.world(1), cfg)
		var sent []string
		s.told = func(f env.Fact) {
			if c, ok := f.(env.ProduceCalled); ok {
				sent = append(sent, fmt.Sprintf("%s=%s/%d", c.Key, c.Value, c.Partition))
			}
		}
		s.at(0, func() { s.step(env.Event{Kind: env.Boot}) })
		s.run(5 * time.Second)
		if got := strings.Join(sent, " "); got != want {
			t.Errorf("from record %d on: sent %q, want %q", first, got, want)
		}
	}
}
