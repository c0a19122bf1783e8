package group

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/coordinator"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/core/seglog"
)

// bench is the world around one coordinator: clocks, a log, and the requests that wait. It checks after every
// step what must always hold.
type bench struct {
	t     fataler
	cfg   Config
	heard func(Ticket, kmsg.Response) // receives the responses: the bench, or what it is part of
	c     *Coordinator
	now   env.Now
	boot  uint64

	log      []logged
	queue    []queued       // appends without an outcome
	replies  []reply        // not read yet
	waiting  map[Ticket]any // request by ticket
	last     Ticket
	facts    []env.Fact
	doubtful map[string]bool // groups whose last record of their own may not be in the log
	away     bool            // no partition is active now

	follows     bool // this broker leads no partition
	epoch       kafka.LeaderEpoch
	uncommitted bool // the start of the epoch is not committed, so that no load ends
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

type logged struct {
	group string
	coordinator.Record
}

type queued struct {
	group   string
	records []coordinator.Record
	done    coordinator.Waiter
}

type reply struct {
	ticket Ticket
	r      kmsg.Response
}

// testTopics has orders and payments with eight partitions each.
type testTopics map[string]kafka.UUID

func (tt testTopics) IDOf(name string) (kafka.UUID, bool) { id, ok := tt[name]; return id, ok }
func (tt testTopics) NameOf(id kafka.UUID) (string, bool) {
	for _, name := range slices.Sorted(maps.Keys(tt)) {
		if tt[name] == id {
			return name, true
		}
	}
	return "", false
}
func (tt testTopics) Exists(name string, p kafka.PartitionID) bool {
	_, ok := tt[name]
	return ok && p >= 0 && p < 8
}

const startWall = env.WallMillis(1_700_000_000_000)

func newBench(t fataler) *bench {
	cfg := DefaultConfig()
	cfg.Topics = testTopics{"orders": {1}, "payments": {2}}
	b := &bench{t: t, cfg: cfg, now: env.Now{Mono: 1, Wall: startWall}, waiting: map[Ticket]any{},
		doubtful: map[string]bool{}}
	b.heard = b.Reply
	return b
}

// Reply receives the responses.
func (b *bench) Reply(t Ticket, r kmsg.Response) {
	if _, ok := b.waiting[t]; !ok {
		b.t.Fatalf("ticket %d is answered a second time, or was never given: %+v", t, r)
	}
	delete(b.waiting, t)
	b.replies = append(b.replies, reply{t, r})
}

func (b *bench) Emit(f env.Fact) { b.facts = append(b.facts, f) }

// below is a partition of __consumer_offsets. Its log is the bench's; the records are loaded by the bench as well, so
// that the runtime finds the log empty.
type below struct{ b *bench }

func (p below) Leadership() coordinator.Leadership {
	l := coordinator.Leadership{Leads: !p.b.follows, Epoch: p.b.epoch}
	if p.b.uncommitted {
		l.HighWatermark = -1
	}
	return l
}

func (p below) Scan(env.Now, kafka.Offset, int) ([]byte, kafka.Offset, seglog.ReadStatus) {
	p.b.t.Fatalf("an empty log is read")
	return nil, 0, seglog.ReadFenced
}

func (p below) Append(_ env.Now, batch record.Batch, done coordinator.Waiter) kafka.ErrorCode {
	q := queued{done: done}
	records := batch.Records(new(record.Scratch), record.Limits{})
	for r, ok := records.Next(); ok; r, ok = records.Next() {
		q.group, _, _, _ = decode(r.Key, r.Value)
		q.records = append(q.records, coordinator.Record{Key: r.Key, Value: r.Value})
	}
	if len(q.records) == 0 || records.Err() != nil {
		p.b.t.Fatalf("an append of %d records: %v", len(q.records), records.Err())
	}
	p.b.queue = append(p.b.queue, q)
	return kafka.None
}

// start makes a coordinator and replays the log into it, as a restarted broker does.
func (b *bench) start() {
	b.boot++
	b.c = New(b.cfg, env.NewRand(b.boot), &env.World{Facts: b}, b.heard)
	b.load(b.c)
}

// load has the coordinator load all partitions.
func (b *bench) load(c *Coordinator) {
	b.beginLoad(c)
	replayInto(b.t, c, b.log)
	b.endLoad(c)
}

// beginLoad elects this broker, in the next epoch.
func (b *bench) beginLoad(c *Coordinator) {
	b.follows, b.uncommitted = false, true
	b.epoch++
	b.update(c)
}

func (b *bench) endLoad(c *Coordinator) {
	b.uncommitted = false
	c.runtime.Settle(b.now)
}

// resign unloads all partitions.
func (b *bench) resign() {
	b.follows = true
	b.update(b.c)
}

func (b *bench) update(c *Coordinator) {
	for p := range b.cfg.Partitions {
		c.runtime.Update(b.now, kafka.PartitionID(p), below{b})
	}
	c.runtime.Settle(b.now)
}

func replayInto(t fataler, c *Coordinator, log []logged) {
	for _, l := range log {
		if err := (hosted{c}).Load(c.runtime.PartitionFor(l.group), l.Key, l.Value, 0); err != nil {
			t.Fatalf("replay: %v", err)
		}
	}
}

// crash loses everything that is in memory. Appends in flight are lost or stored, as stored says.
func (b *bench) crash(stored func(queued) bool) {
	for _, q := range b.queue {
		if stored(q) {
			b.store(q)
		}
	}
	b.queue, b.replies = nil, nil
	clear(b.waiting)
	clear(b.doubtful)
	b.start()
	b.check()
}

func (b *bench) store(q queued) {
	for _, r := range q.records {
		b.log = append(b.log, logged{q.group, r})
	}
}

// settle gives the oldest append its outcome.
func (b *bench) settle(code kafka.ErrorCode) {
	q := b.queue[0]
	b.queue = b.queue[1:]
	if code == kafka.None {
		b.store(q)
	}
	if hasGroupRecord(q.records) {
		b.doubtful[q.group] = code != kafka.None
	}
	q.done.Acked(b.now, 0, code)
	b.check()
}

func (b *bench) settleAll() {
	for len(b.queue) > 0 {
		b.settle(kafka.None)
	}
}

func hasGroupRecord(rs []coordinator.Record) bool {
	return slices.ContainsFunc(rs, func(r coordinator.Record) bool {
		return bytes.HasPrefix(r.Key, []byte{0, groupKeyVersion})
	})
}

// ticket parks a request.
func (b *bench) ticket(req any) Ticket {
	b.last++
	b.waiting[b.last] = req
	return b.last
}

// advance lets time pass, and ticks the coordinator at its deadlines.
func (b *bench) advance(d time.Duration, between func()) {
	end := b.now.Mono.Add(d)
	for steps := 0; b.c.runtime.Deadline() <= end; steps++ {
		if steps > 100_000 {
			b.t.Fatalf("a timer is due for ever at %v", b.c.runtime.Deadline())
		}
		b.jump(max(b.c.runtime.Deadline(), b.now.Mono))
		b.c.runtime.Tick(b.now)
		between()
		b.check()
	}
	b.jump(end)
}

func (b *bench) jump(to env.Instant) {
	b.now.Wall += env.WallMillis(to.Sub(b.now.Mono) / time.Millisecond)
	b.now.Mono = to
}

// check compares the live coordinator with what a replay of its log gives, whole and compacted.
func (b *bench) check() {
	b.t.Helper()
	b.checkCounts()
	if b.away {
		return
	}
	for i, log := range [][]logged{b.log, compact(b.log)} {
		c := New(b.cfg, env.NewRand(0), nil, b.heard)
		replayInto(b.t, c, log)
		live, replayed := b.durable(b.c), b.durable(c)
		if live != replayed {
			name := [...]string{"the log", "the compacted log"}[i]
			b.t.Fatalf("replay of %s differs from what lives.\n--- live\n%s--- replayed\n%s", name, live, replayed)
		}
	}
}

// compact keeps the last record of each key, and no tombstones.
func compact(log []logged) []logged {
	last := map[string]int{}
	for i, l := range log {
		last[string(l.Key)] = i
	}
	var kept []logged
	for i, l := range log {
		if last[string(l.Key)] == i && l.Value != nil {
			kept = append(kept, l)
		}
	}
	return kept
}

// durable prints the part of a coordinator's state that must be in the log: every offset, and every group that is not
// between two records.
func (b *bench) durable(c *Coordinator) string {
	var s strings.Builder
	for _, id := range c.groups.sorted() {
		g := c.groups.byID[id]
		for _, tp := range slices.SortedFunc(maps.Keys(g.offsets), kafka.TopicPartition.Compare) {
			fmt.Fprintf(&s, "%s %v %+v\n", id, tp, g.offsets[tp])
		}
		if g.stored && b.settled(id) {
			fmt.Fprintf(&s, "%s %s\n", id, canonical(g))
		}
	}
	return s.String()
}

// settled reports whether the live group is one that a record describes.
func (b *bench) settled(id string) bool {
	g := b.c.groups.byID[id]
	if g == nil {
		return true
	}
	if b.doubtful[id] || g.in(PreparingRebalance, CompletingRebalance) {
		return false
	}
	return !slices.ContainsFunc(b.queue, func(q queued) bool { return q.group == id && hasGroupRecord(q.records) })
}

func canonical(g *group) string {
	since := env.WallMillis(0)
	if g.state == Empty {
		since = g.since
	}
	protocol := "-"
	if g.protocol != nil {
		protocol = *g.protocol
	}
	s := fmt.Sprintf("%v generation=%d type=%q protocol=%s leader=%s since=%d topics=%v", g.state, g.generation,
		g.protocolType, protocol, g.leaderID(), since, slices.Sorted(maps.Keys(g.topics)))
	for _, m := range g.members {
		s += fmt.Sprintf(" [%s %s %+v %d %d %s %s]", m.id, orDash(m.instance), m.client, m.sessionMillis, m.rebalanceMillis,
			hex.EncodeToString(m.metadata(protocol)), hex.EncodeToString(m.assignment))
	}
	return s
}

func orDash(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

// checkCounts recounts what the coordinator keeps count of.
func (b *bench) checkCounts() {
	unstored := 0
	for _, id := range b.c.groups.sorted() {
		g := b.c.groups.byID[id]
		if g.unstored {
			unstored++
		}
		if g.unstored != (!g.stored && len(g.offsets) == 0) {
			b.t.Fatalf("group %q: unstored=%v, stored=%v with %d offsets", id, g.unstored, g.stored, len(g.offsets))
		}
		b.checkMembers(g)
	}
	if unstored != b.c.groups.unstored {
		b.t.Fatalf("%d groups are not in the log, but %d are counted", unstored, b.c.groups.unstored)
	}
	b.checkTimers()
}

func (b *bench) checkMembers(g *group) {
	joined, owing, votes := 0, 0, map[string]int{}
	for _, m := range g.members {
		if m.join.waiting {
			joined++
		}
		if m.owesSync {
			owing++
		}
		for _, p := range m.protocols {
			votes[p.name]++
		}
		if g.byID[m.id] != m || m.instance != nil && g.static[*m.instance] != m {
			b.t.Fatalf("group %q: member %s is not found by its id or instance", g.id, m.id)
		}
		if !m.session.IsSet() && !m.alive() && !b.away {
			b.t.Fatalf("group %q: nothing watches the session of member %s", g.id, m.id)
		}
	}
	if joined != g.round.joined || owing != g.round.owing || !maps.Equal(votes, g.known) || len(g.byID) != len(g.members) {
		b.t.Fatalf("group %q: joined %d, counted %d; owing %d, counted %d; votes %v, counted %v; %d members, %d ids",
			g.id, joined, g.round.joined, owing, g.round.owing, votes, g.known, len(g.members), len(g.byID))
	}
	if (g.state == Empty) != (len(g.members) == 0) && g.state != Dead && !g.in(PreparingRebalance) {
		b.t.Fatalf("group %q is %v with %d members", g.id, g.state, len(g.members))
	}
	if g.state == PreparingRebalance && !g.round.joinTimer.IsSet() || g.state == CompletingRebalance &&
		g.round.owing > 0 && !g.round.syncTimer.IsSet() {
		b.t.Fatalf("group %q is %v and nothing will end that", g.id, g.state)
	}
}

// checkTimers recounts the heap.
func (b *bench) checkTimers() {
	if !b.c.timers.Sound() {
		b.t.Fatalf("the heap of timers is out of order; was a timer moved or reused while it was set?")
	}
}

// subscription is consumer metadata of version 1, as the Java consumer writes it.
func subscription(topics ...string) []byte {
	m := kmsg.NewConsumerMemberMetadata()
	m.Version = 1
	m.Topics = topics
	return m.AppendTo(nil)
}
