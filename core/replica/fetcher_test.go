package replica

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/core/seglog"
	"gregor/disksim"
)

// crew is replicas of many partitions on broker 2, in one fetcher that asks broker 1: a source that keeps fetch
// sessions as KIP-227 says, and holds the fetcher to them.
type crew struct {
	t        tester
	now      env.Instant
	disk     *disksim.Disk
	disks    []func() // outcomes to come
	replicas []*Replica
	in       []bool // the fetcher
	todo     []func()
	f        *Fetcher
	request  kmsg.Request // that waits for its answer
	token    uint64
	src      source
}

// source is broker 1.
type source struct {
	t       tester
	parts   []sourcePart
	session sourceSession
	begun   int32 // sessions
	refuses bool  // to keep any
	epoch   kafka.LeaderEpoch
}

type sourcePart struct {
	batches []record.Batch // of one record each
	high    kafka.Offset
}

type sourceSession struct {
	id, epoch int32 // epoch: of the next request
	asks      map[kafka.PartitionID]*sourceAsk
	order     []kafka.PartitionID
}

// sourceAsk is a partition in a session, with what was sent of it last.
type sourceAsk struct {
	kmsg.FetchRequestTopicPartition
	known bool
	high  kafka.Offset
}

func newCrew(t tester, n, maxPartitions int) *crew {
	c := &crew{t: t, src: source{t: t, epoch: 1, parts: make([]sourcePart, n)}, in: make([]bool, n)}
	c.disk = disksim.New(c, disksim.Options{}, env.NewRand(1))
	cfg := &Config{Node: 2, Epoch: 7, LagTime: time.Minute, Backoff: time.Second, Brokers: c, Out: c}
	asks := fetcherConfig
	asks.MaxPartitions = maxPartitions
	c.f = NewFetcher(&asks, cfg, 1, c)
	for i := range n {
		tp := kafka.TopicPartition{Topic: "t", Partition: kafka.PartitionID(i)}
		w := env.World{Disk: c.disk, Rand: env.NewRand(uint64(i))}
		log := seglog.Open(w, seglog.NewOps(uint32(i)), tp, fmt.Sprintf("t-%d", i), seglog.DefaultConfig(),
			seglog.Recovery{}, c.clock())
		c.replicas = append(c.replicas, New(cfg, w, kafka.UUID{1}, log, 1))
	}
	c.idle()
	for i := range n {
		c.elect(i)
		c.join(i)
	}
	return c
}

func (c *crew) clock() env.Now { return env.Now{Mono: c.now, Wall: 1_000_000} }

// disksim.Engine
func (c *crew) Now() env.Instant { return c.now }
func (c *crew) At(_ env.Instant, _ uint32, slot uint64) {
	c.disks = append(c.disks, func() { c.disk.Fire(slot) })
}
func (c *crew) Cause() uint64       { return 0 }
func (c *crew) Sum(b []byte) uint64 { return uint64(len(b)) }
func (c *crew) Hash(uint64)         {}
func (c *crew) Deliver(e *env.Event, _ uint64) {
	r := c.replicas[seglog.Owner(e.Op)]
	r.p.log.Complete(c.clock(), *e)
	r.Settle(c.clock())
}

// Brokers, Out and Sender

func (c *crew) Broker(kafka.NodeID) (kafka.BrokerEpoch, bool) { return 7, true }
func (c *crew) Alter(*Replica, Proposal)                      {}
func (c *crew) Follow(*Replica, kafka.NodeID)                 {}
func (c *crew) Truncating(r *Replica, b CutBounds) {
	c.todo = append(c.todo, func() {
		r.Truncate(c.clock(), b)
		r.Settle(c.clock())
	})
}
func (c *crew) Send(_ *Fetcher, token uint64, req kmsg.Request) {
	if c.request != nil {
		c.t.Fatalf("two requests at a time")
	}
	c.request, c.token = req, token
}

// idle lets the disk finish.
func (c *crew) idle() {
	for len(c.disks) > 0 {
		fire := c.disks[0]
		c.disks = c.disks[1:]
		fire()
	}
}

// settle ends a step; with disk, everything that was submitted comes back first.
func (c *crew) settle(disk bool) {
	for n := 0; n < 100; n++ {
		if disk {
			c.idle()
		}
		todo := c.todo
		c.todo = nil
		for _, do := range todo {
			do()
		}
		c.f.Settle(c.clock())
		if len(c.todo) == 0 && (!disk || len(c.disks) == 0) {
			return
		}
	}
	c.t.Fatalf("the crew never comes to rest")
}

func (c *crew) join(i int) {
	c.f.Add(c.replicas[i])
	c.in[i] = true
}

func (c *crew) leave(i int) {
	c.f.Remove(c.replicas[i])
	c.in[i] = false
}

// elect applies the source's leader epoch to a replica.
func (c *crew) elect(i int) {
	c.replicas[i].Apply(c.clock(), State{TopicID: kafka.UUID{1}, Leader: 1, LeaderEpoch: c.src.epoch,
		PartitionEpoch: PartitionEpoch(c.src.epoch),
		Replicas:       []kafka.NodeID{1, 2}, ISR: []kafka.NodeID{1, 2}})
	c.replicas[i].Settle(c.clock())
}

// produce appends a record to a partition of the source.
func (s *source) produce(i int) {
	b := record.NewBuilder(record.Options{})
	b.Add(1, nil, []byte("x"))
	batch := b.Build()
	batch.SetBase(kafka.Offset(len(s.parts[i].batches)), s.epoch)
	s.parts[i].batches = append(s.parts[i].batches, batch)
}

// answer serves the request that waits; at most so many partitions get records.
func (c *crew) answer(most int) {
	req, token := c.request, c.token
	c.request = nil
	switch q := req.(type) {
	case *kmsg.FetchRequest:
		resp := kmsg.NewPtrFetchResponse()
		raw, version := c.src.serve(q, most).AppendTo(nil), q.Version
		resp.Version = version
		if err := resp.ReadFrom(raw); err != nil {
			c.t.Fatalf("%v", err)
		}
		c.f.Answer(c.clock(), token, resp, nil)
	case *kmsg.ListOffsetsRequest:
		c.t.Fatalf("nothing is out of range here")
	}
}

// serve answers a fetch as the session asks for.
func (s *source) serve(q *kmsg.FetchRequest, most int) *kmsg.FetchResponse {
	resp := q.ResponseKind().(*kmsg.FetchResponse)
	x := &s.session
	switch {
	case q.SessionEpoch == 0:
		s.begun++
		*x = sourceSession{id: s.begun, epoch: 1, asks: map[kafka.PartitionID]*sourceAsk{}}
	case q.SessionID != x.id || x.asks == nil:
		resp.ErrorCode = int16(kafka.FetchSessionIDNotFound)
		return resp
	case q.SessionEpoch != x.epoch:
		resp.ErrorCode = int16(kafka.InvalidFetchSessionEpoch)
		return resp
	default:
		x.epoch++
	}
	s.update(q)
	t := kmsg.NewFetchResponseTopic()
	t.TopicID = [16]byte{1}
	var fed, others []kafka.PartitionID
	for _, id := range x.order {
		a := x.asks[id]
		p := s.read(a, len(fed) < most)
		if len(p.RecordBatches) > 0 {
			fed = append(fed, id)
		} else {
			others = append(others, id)
		}
		if q.SessionEpoch == 0 || !a.known || p.ErrorCode != 0 || p.DivergingEpoch.Epoch >= 0 ||
			len(p.RecordBatches) > 0 || kafka.Offset(p.HighWatermark) != a.high {
			t.Partitions = append(t.Partitions, p)
		}
		a.known, a.high = p.ErrorCode == 0, kafka.Offset(p.HighWatermark)
	}
	x.order = append(others, fed...)
	if len(t.Partitions) > 0 {
		resp.Topics = append(resp.Topics, t)
	}
	if resp.SessionID = x.id; s.refuses {
		resp.SessionID, x.asks = 0, nil
	}
	return resp
}

// update takes in what a request names, and then what it forgets.
func (s *source) update(q *kmsg.FetchRequest) {
	x := &s.session
	for _, t := range q.Topics {
		for _, p := range t.Partitions {
			id := kafka.PartitionID(p.Partition)
			if a := x.asks[id]; a != nil {
				a.FetchRequestTopicPartition = p
				continue
			}
			x.asks[id] = &sourceAsk{FetchRequestTopicPartition: p}
			x.order = append(x.order, id)
		}
	}
	for _, t := range q.ForgottenTopics {
		for _, n := range t.Partitions {
			id := kafka.PartitionID(n)
			if x.asks[id] == nil {
				s.t.Fatalf("partition %d is to be forgotten, and was not known", n)
			}
			delete(x.asks, id)
			x.order = slices.DeleteFunc(x.order, func(o kafka.PartitionID) bool { return o == id })
		}
	}
}

// read is the answer for one partition.
func (s *source) read(a *sourceAsk, feeds bool) kmsg.FetchResponseTopicPartition {
	p := kmsg.NewFetchResponseTopicPartition()
	p.Partition = a.Partition
	part := &s.parts[a.Partition]
	if a.CurrentLeaderEpoch != int32(s.epoch) {
		p.ErrorCode, p.HighWatermark = int16(kafka.FencedLeaderEpoch), -1
		return p
	}
	p.HighWatermark = int64(part.high)
	last, end := kafka.NoEpoch, 0 // of the newest epoch here that is not above the follower's
	for i, b := range part.batches {
		if b.LeaderEpoch() <= kafka.LeaderEpoch(a.LastFetchedEpoch) {
			last, end = b.LeaderEpoch(), i+1
		}
	}
	if a.LastFetchedEpoch >= 0 && (last != kafka.LeaderEpoch(a.LastFetchedEpoch) || int64(end) < a.FetchOffset) {
		p.DivergingEpoch.Epoch, p.DivergingEpoch.EndOffset = max(int32(last), 0), int64(end)
		return p
	}
	if int(a.FetchOffset) < len(part.batches) && feeds {
		p.RecordBatches = part.batches[a.FetchOffset]
	}
	return p
}

// TestTheSourceKnows has anything happen to a fetcher and its session. When all is quiet, the source fetches for
// every replica what it asks for, for no other one, and has sent each everything.
func TestTheSourceKnows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCrew(t, 6, rapid.IntRange(1, 8).Draw(t, "max partitions"))
		c.settle(true)
		for range rapid.IntRange(1, 80).Draw(t, "actions") {
			c.happen(t)
		}
		c.src.refuses = false
		for i := range c.replicas {
			c.elect(i)
		}
		for range 100 {
			c.now = c.now.Add(2 * time.Second)
			c.f.Tick(c.clock())
			c.settle(true)
			if c.request != nil {
				c.answer(2)
				c.settle(true)
			}
		}
		c.judge()
	})
}

func (c *crew) happen(t *rapid.T) {
	i := rapid.IntRange(0, len(c.replicas)-1).Draw(t, "partition")
	r, part := c.replicas[i], &c.src.parts[i]
	switch rapid.SampledFrom([]string{"answer", "answer", "answer", "lose", "produce", "produce", "commit", "join",
		"leave", "delay", "time",
		"elect", "forget", "refuse", "disk", "disk"}).Draw(t, "what") {
	case "answer":
		if c.request != nil {
			c.answer(rapid.IntRange(0, 3).Draw(t, "most"))
		}
	case "lose":
		if c.request != nil {
			c.request = nil
			c.f.Failed(c.clock(), c.token)
		}
	case "produce":
		c.src.produce(i)
	case "commit":
		part.high = kafka.Offset(len(part.batches))
	case "join":
		c.join(i)
	case "leave":
		c.leave(i)
	case "delay":
		r.Delay(c.now.Add(time.Second))
		r.Settle(c.clock())
	case "time":
		c.now = c.now.Add(time.Second)
		c.f.Tick(c.clock())
	case "elect": // and what was not committed is lost
		c.src.epoch++
		for j := range c.src.parts {
			p := &c.src.parts[j]
			p.batches = p.batches[:min(len(p.batches), max(int(p.high), len(p.batches)-1))]
			c.elect(j)
		}
	case "forget":
		c.src.session = sourceSession{}
	case "refuse":
		c.src.refuses = !c.src.refuses
	case "disk":
		c.settle(true)
		return
	}
	c.settle(false)
}

func (c *crew) judge() {
	known := 0
	for i, r := range c.replicas {
		if !c.in[i] {
			continue
		}
		known++
		part := &c.src.parts[i]
		if int(r.p.log.EndOffset()) != len(part.batches) || r.p.log.HighWatermark() != part.high {
			c.t.Fatalf("replica %d ends at %d with high watermark %d; the source has %d and %d", i,
				r.p.log.EndOffset(), r.p.log.HighWatermark(), len(part.batches), part.high)
		}
		a := c.src.session.asks[r.p.tp.Partition]
		if a == nil || (position{kafka.LeaderEpoch(a.CurrentLeaderEpoch), kafka.Offset(a.FetchOffset),
			kafka.LeaderEpoch(a.LastFetchedEpoch), kafka.Offset(a.LogStartOffset)}) != r.following.position() {
			c.t.Fatalf("the source fetches for replica %d as %+v, which says %+v", i, a, r.following.position())
		}
	}
	if n := len(c.src.session.asks); n != known && known > 0 {
		c.t.Fatalf("the source fetches for %d partitions; the fetcher has %d", n, known)
	}
}

// shown is a request in short, for comparing.
func (c *crew) shown() string {
	if c.request == nil {
		return "nothing"
	}
	q := c.request.(*kmsg.FetchRequest)
	out := fmt.Sprintf("%d/%d", q.SessionID, q.SessionEpoch)
	if q.MaxWaitMillis == 0 {
		out += " at once"
	}
	for _, t := range q.Topics {
		for _, p := range t.Partitions {
			out += fmt.Sprintf(" %d@%d", p.Partition, p.FetchOffset)
		}
	}
	for _, t := range q.ForgottenTopics {
		for _, p := range t.Partitions {
			out += fmt.Sprintf(" -%d", p)
		}
	}
	return out
}

// What a request names, as the session goes on.
func TestARequestNamesWhatIsNew(t *testing.T) {
	c := newCrew(t, 4, 3)
	next := func() string {
		c.answer(10)
		c.settle(true)
		return c.shown()
	}
	c.settle(true)
	require.Equal(t, "0/0 0@0 1@0 2@0", c.shown())
	require.Equal(t, "1/1 3@0", next(), "who had no room comes next")
	require.Equal(t, "1/2", next())
	c.src.produce(1)
	c.answer(10)
	var heard []kafka.PartitionID
	c.f.EachAnswered(func(r *Replica) { heard = append(heard, r.p.tp.Partition) })
	require.Equal(t, []kafka.PartitionID{1}, heard)
	c.settle(true)
	require.Equal(t, "1/3 1@1", c.shown())

	c.replicas[2].Delay(c.now.Add(time.Second))
	c.replicas[2].Settle(c.clock())
	require.Equal(t, "1/4 -2", next(), "it is not fetched for while it waits")
	c.leave(3)
	require.Equal(t, "1/5 -3", next())
	c.leave(0)
	c.join(0)
	require.Equal(t, "1/6 at once -0", next(), "what the one before received must be sent to it")
	require.Equal(t, "1/7 0@0", next())
	c.now = c.now.Add(time.Second)
	require.Equal(t, "1/8 2@0", next())

	c.src.session.id = 99
	require.Equal(t, "0/0 2@0 1@1 0@0", next(), "the source has forgotten the session")
	require.Equal(t, "2/1", next())
	c.src.session.epoch = 5
	require.Equal(t, "2/0 2@0 1@1 0@0", next(), "it is somewhere else in the session")
	require.Equal(t, "3/1", next())
	c.f.session.epoch, c.src.session.epoch = 1<<31-1, 1<<31-1
	c.request.(*kmsg.FetchRequest).SessionEpoch = 1<<31 - 1
	require.Equal(t, "3/1", next(), "after the last epoch comes 1")

	c.request = nil
	c.f.Failed(c.clock(), c.token)
	c.settle(true)
	require.Equal(t, "nothing", c.shown())
	c.now = c.now.Add(time.Second)
	c.src.refuses = true
	c.settle(true)
	require.Equal(t, "3/0 2@0 1@1 0@0", c.shown(), "it may have taken it, or not")
	require.Equal(t, "0/0 2@0 1@1 0@0", next(), "a source that keeps no sessions receives everything")
	for _, i := range []int{0, 1, 2} {
		c.leave(i)
	}
	require.Equal(t, "nothing", next())
}

// An answer to a full fetch that does not speak of everybody leaves it open whom the session has: another one begins.
func TestAFullAnswerSpeaksOfEverybody(t *testing.T) {
	c := newCrew(t, 3, 10)
	c.settle(true)
	resp := c.src.serve(c.request.(*kmsg.FetchRequest), 0)
	resp.Topics[0].Partitions = resp.Topics[0].Partitions[1:]
	c.request = nil
	c.f.Answer(c.clock(), c.token, resp, nil)
	c.settle(true)
	require.Equal(t, "1/0 0@0 1@0 2@0", c.shown())
	c.answer(10)
	c.settle(true)
	require.Equal(t, "2/1", c.shown())
}

// Full fetches begin where the last one ended, or behind the last one that got records.
func TestEverybodyHasATurnWithoutASession(t *testing.T) {
	c := newCrew(t, 5, 2)
	c.src.refuses = true
	c.settle(true)
	asked := map[int32]int{}
	for range 10 {
		for _, p := range c.request.(*kmsg.FetchRequest).Topics[0].Partitions {
			asked[p.Partition]++
		}
		c.answer(10)
		c.settle(true)
	}
	require.Equal(t, map[int32]int{0: 4, 1: 4, 2: 4, 3: 4, 4: 4}, asked)

	c = newCrew(t, 5, 10)
	c.src.refuses = true
	for i := range 5 {
		for range 3 {
			c.src.produce(i)
		}
	}
	c.settle(true)
	for round := range 3 {
		for range 5 { // an answer has room for one
			c.answer(1)
			c.settle(true)
		}
		for i := range 5 {
			require.EqualValues(t, round+1, c.replicas[i].p.log.EndOffset())
		}
	}
}

// What a response that led to a truncation carried has to be sent again after it: nothing else would move the high
// watermark.
func TestAResponseThatCouldNotBeAppliedIsSentAgain(t *testing.T) {
	c := newCrew(t, 2, 10)
	for range 2 {
		c.src.produce(0)
	}
	c.settle(true)
	for range 3 {
		c.answer(10)
		c.settle(true)
	}
	require.EqualValues(t, 2, c.replicas[0].p.log.EndOffset())
	c.src.epoch++ // the new leader never had the second record, and has committed the first
	c.src.parts[0].batches = c.src.parts[0].batches[:1]
	c.src.parts[0].high = 1
	c.elect(0)
	c.elect(1)
	for range 6 {
		c.answer(10)
		c.settle(true)
	}
	require.EqualValues(t, 1, c.replicas[0].p.log.EndOffset())
	require.EqualValues(t, 1, c.replicas[0].p.log.HighWatermark())
	require.EqualValues(t, 1, c.src.begun, "in the same session")
}

// A round of a session in which nothing happens costs nothing, however many partitions there are; and what happens is
// paid for by itself.
func TestAQuietRoundAllocatesNothing(t *testing.T) {
	c := newCrew(t, 300, 1000)
	c.settle(true)
	c.answer(10)
	c.settle(true)
	resp := kmsg.NewPtrFetchResponse()
	resp.SessionID = 1
	round := func() {
		c.replicas[7].Settle(c.clock())
		c.request = nil
		c.f.Answer(c.clock(), c.token, resp, nil)
		c.f.Settle(c.clock())
	}
	require.Zero(t, testing.AllocsPerRun(100, round))
	require.NotNil(t, c.request)
	require.Empty(t, c.request.(*kmsg.FetchRequest).Topics)

	news := kmsg.NewFetchResponseTopicPartition()
	news.Partition = 7
	topic := kmsg.NewFetchResponseTopic()
	topic.TopicID, topic.Partitions = [16]byte{1}, []kmsg.FetchResponseTopicPartition{news}
	resp.Topics = append(resp.Topics, topic)
	require.Zero(t, testing.AllocsPerRun(100, round))
}

// BenchmarkRound is one answer and the request that follows it, of 1000 partitions: when nothing happens, when one of
// them has news, and without a session.
func BenchmarkRound(b *testing.B) {
	for _, kind := range []string{"quiet", "one", "full"} {
		b.Run(kind, func(b *testing.B) {
			c := newCrew(b, 1000, 1000)
			c.src.refuses = kind == "full"
			c.settle(true)
			resp := c.src.serve(c.request.(*kmsg.FetchRequest), 0)
			c.request = nil
			c.f.Answer(c.clock(), c.token, resp, nil)
			c.settle(true)
			if kind != "full" {
				resp.Topics[0].Partitions = resp.Topics[0].Partitions[:map[string]int{"one": 1}[kind]]
			}
			b.ReportAllocs()
			var frame []byte
			for b.Loop() {
				frame = c.request.AppendTo(frame[:0])
				c.request = nil
				c.f.Answer(c.clock(), c.token, resp, nil)
				c.f.Settle(c.clock())
			}
			b.ReportMetric(float64(len(frame)), "request-B")
		})
	}
}
