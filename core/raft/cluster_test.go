package raft

import (
	"container/heap"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/disksim"
)

// cluster is a world of replicas on simulated disks, with a network of messages that may be lost, late, doubled and
// overtaken. It is its own scheduler: one queue, one seed.
type cluster struct {
	now     env.Instant
	seq     uint64
	queue   things
	rnd     env.Rand
	nodes   []*machine
	voters  []Voter
	cfg     Config
	net     network
	blocked map[[2]kafka.NodeID]bool
	tickets map[Ticket]asker
	last    Ticket
	laws    *laws
	steps   int
	idle    bool // no owner appends any more
	trace   func(string)
	facts   func(*machine, env.Fact)
	held    []func() // messages the network keeps, if net.hold
}

// network is how messages travel.
type network struct {
	least, most  time.Duration
	lossPerMille int // lost without a word
	dupPerMille  int
	latePerMille int
	late         time.Duration
	hold         bool // keep messages until they are let go by hand
}

type asker struct {
	from *machine
	life int
	tag  uint64
	to   kafka.NodeID
	done bool // answered
}

type thing struct {
	at   env.Instant
	tie  uint32
	seq  uint64
	fire func()
}

type things []thing

func (q things) Len() int { return len(q) }
func (q things) Less(i, j int) bool {
	a, b := &q[i], &q[j]
	if a.at != b.at {
		return a.at < b.at
	}
	if a.tie != b.tie {
		return a.tie < b.tie
	}
	return a.seq < b.seq
}
func (q things) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *things) Push(x any)   { *q = append(*q, x.(thing)) }
func (q *things) Pop() any {
	old := *q
	x := old[len(old)-1]
	old[len(old)-1] = thing{}
	*q = old[:len(old)-1]
	return x
}

// machine is one node: a disk that outlives processes, and the process if there is one.
type machine struct {
	c       *cluster
	id      kafka.NodeID
	dir     kafka.UUID
	disk    *disksim.Disk
	r       *Replica
	owner   *keeper
	life    int
	started env.Instant  // of this life
	ticking env.Instant  // a Tick is in the queue for this instant
	flushed kafka.Offset // what the medium holds for sure
	before  kafka.Offset // and did before it was replaced
	spins   int          // Ticks at spunAt
	spunAt  env.Instant
	heard   map[kafka.NodeID]env.Instant
	ledFrom env.Instant
}

func newCluster(seed uint64, voters, observers int, withDirs bool, disk disksim.Options) *cluster {
	c := &cluster{rnd: env.NewRand(seed), blocked: map[[2]kafka.NodeID]bool{}, tickets: map[Ticket]asker{},
		cfg: DefaultConfig()}
	c.laws = newLaws(c)
	c.net = network{least: time.Millisecond, most: 5 * time.Millisecond}
	for i := range voters + observers {
		m := &machine{c: c, id: kafka.NodeID(i + 1), ticking: env.Never}
		r := c.rnd.ForkN("machine", uint64(i))
		m.dir = r.UUID()
		m.disk = disksim.New(m, disk, r.Fork("disk"))
		c.nodes = append(c.nodes, m)
		if i < voters {
			v := Voter{ID: m.id, Host: fmt.Sprintf("c%d", m.id), Port: 9093}
			if withDirs {
				v.Directory = m.dir
			}
			c.voters = append(c.voters, v)
		}
	}
	return c
}

func (c *cluster) at(d time.Duration, fire func()) { c.put(c.now.Add(d), 0, fire) }

func (c *cluster) put(at env.Instant, tie uint32, fire func()) {
	c.seq++
	heap.Push(&c.queue, thing{max(at, c.now), tie, c.seq, fire})
}

// step fires the next thing; false if there is none.
func (c *cluster) step() bool {
	if len(c.queue) == 0 || c.laws.broken != nil {
		return false
	}
	t := heap.Pop(&c.queue).(thing)
	c.now = t.at
	c.steps++
	t.fire()
	return true
}

// run lets time pass.
func (c *cluster) run(d time.Duration) {
	end := c.now.Add(d)
	for len(c.queue) > 0 && c.queue[0].at <= end && c.step() {
	}
	if c.laws.broken == nil {
		c.now = max(c.now, end)
	}
}

func (c *cluster) node(id kafka.NodeID) *machine { return c.nodes[id-1] }

func (c *cluster) say(format string, args ...any) {
	if c.trace != nil {
		c.trace(fmt.Sprintf("%-10v ", c.now) + fmt.Sprintf(format, args...))
	}
}

// disksim.Engine
func (m *machine) Now() env.Instant { return m.c.now }
func (m *machine) At(at env.Instant, tie uint32, slot uint64) {
	m.c.put(at, tie, func() { m.disk.Fire(slot) })
}
func (m *machine) Cause() uint64       { return 0 }
func (m *machine) Sum(b []byte) uint64 { return uint64(len(b)) }
func (m *machine) Hash(uint64)         {}
func (m *machine) Deliver(e *env.Event, cause uint64) {
	if m.r == nil {
		return
	}
	ev := *e
	m.do(func(now env.Now) { m.r.Complete(now, ev) })
}

func (m *machine) clock() env.Now {
	return env.Now{Mono: m.c.now - m.started,
		Wall: 1_700_000_000_000 + env.WallMillis(m.c.now/env.Instant(time.Millisecond))}
}

// do is one step of the process: f, then the checks, then its next Tick.
func (m *machine) do(f func(env.Now)) {
	defer func() {
		if p := recover(); p != nil {
			if _, isTest := p.(testFailure); isTest {
				panic(p)
			}
			m.c.laws.breach("panic", "node %d: %v", m.id, p)
			if m.c.trace != nil {
				m.c.say("%s", debug.Stack())
			}
		}
	}()
	if m.r == nil {
		return
	}
	f(m.clock())
	m.c.laws.after(m)
	if m.r == nil {
		return
	}
	due := m.r.Deadline()
	if due == env.Never {
		return
	}
	at := max(due+m.started, m.c.now)
	if at < m.ticking || m.ticking < m.c.now {
		m.ticking = at
		life := m.life
		m.c.put(at, 0, func() { m.tick(life, at) })
	}
}

type testFailure struct{ error }

func (m *machine) tick(life int, at env.Instant) {
	if m.life != life || m.r == nil || m.ticking != at {
		return
	}
	m.ticking = env.Never
	if m.spins++; m.spunAt != m.c.now {
		m.spins, m.spunAt = 0, m.c.now
	}
	if m.spins > 1000 {
		m.c.laws.breach("Livelock", "node %d asks for a Tick again and again: %s", m.id, m.describe())
		return
	}
	m.do(func(now env.Now) {
		if now.Mono >= m.r.Deadline() {
			m.r.Tick(now)
		}
	})
}

// start begins a life.
func (m *machine) start() {
	if m.r != nil {
		return
	}
	c := m.c
	m.life++
	m.started, m.ticking = c.now, env.Never
	m.heard = map[kafka.NodeID]env.Instant{}
	m.owner = &keeper{m: m, leader: kafka.NoNode, next: 0}
	cfg := c.cfg
	cfg.Node, cfg.Directory, cfg.ClusterID, cfg.Voters = m.id, m.dir, "cluster", c.voters
	rnd := c.rnd.ForkN(fmt.Sprintf("life/%d", m.id), uint64(m.life))
	w := env.World{Disk: m.disk, Rand: rnd, Facts: m}
	r, err := Open(w, cfg, m, m.owner, m.clock())
	if err != nil {
		panic(testFailure{err})
	}
	m.r = r
	c.laws.born(m)
	c.say("node %d starts", m.id)
}

// stop ends a life: the process, or with power the whole machine.
func (m *machine) stop(power bool) {
	if m.r == nil {
		return
	}
	m.c.say("node %d stops, power cut %v", m.id, power)
	m.r = nil
	m.life++
	m.c.hangUp(m, power)
	if power {
		m.disk.PowerCut()
	} else {
		m.disk.Crash()
	}
}

// hangUp breaks the connections of a process that ended: the kernel says so, unless the power went with it.
func (c *cluster) hangUp(m *machine, power bool) {
	var open []Ticket
	for t, a := range c.tickets {
		if a.to == m.id && !a.done {
			open = append(open, t)
		}
	}
	slices.Sort(open)
	for _, t := range open {
		a := c.tickets[t]
		delete(c.tickets, t)
		if !power {
			c.carry(m.id, a.from.id, func() { a.answer(nil, errors.New("connection reset by peer")) })
		}
	}
}

// Emit implements env.Facts.
func (m *machine) Emit(f env.Fact) {
	if m.c.trace != nil {
		m.c.say("node %d %s", m.id, env.Describe(f))
	}
	if m.c.facts != nil {
		m.c.facts(m, f)
	}
	m.c.laws.fact(m, f)
}

// Send implements Out: the request crosses the network as bytes.
func (m *machine) Send(to kafka.NodeID, req kmsg.Request, tag uint64) {
	c := m.c
	raw, key, version := req.AppendTo(nil), req.Key(), req.GetVersion()
	if c.trace != nil {
		c.say("node %d > %d: %s", m.id, to, showRequest(req))
	}
	c.last++
	t := c.last
	c.tickets[t] = asker{m, m.life, tag, to, false}
	c.carry(m.id, to, func() { c.arrive(t, m.id, to, key, version, raw) })
	if c.net.dupPerMille > 0 && c.rnd.Chance(c.net.dupPerMille, 1000) {
		c.carry(m.id, to, func() { c.arrive(t, m.id, to, key, version, raw) })
	}
}

func (c *cluster) delay() time.Duration {
	d := time.Duration(c.rnd.Between(int64(c.net.least), int64(c.net.most)))
	if c.net.latePerMille > 0 && c.rnd.Chance(c.net.latePerMille, 1000) {
		d += time.Duration(c.rnd.Between(0, int64(c.net.late)))
	}
	return d
}

// carry brings a message over a link, or loses it.
func (c *cluster) carry(from, to kafka.NodeID, arrive func()) {
	if c.net.lossPerMille > 0 && c.rnd.Chance(c.net.lossPerMille, 1000) {
		return
	}
	deliver := func() {
		if !c.blocked[[2]kafka.NodeID{from, to}] {
			arrive()
		}
	}
	if c.net.hold {
		c.held = append(c.held, deliver)
		return
	}
	c.at(c.delay(), deliver)
}

// arrive hands a request to its receiver, or returns an error to the sender if the receiver is down.
func (c *cluster) arrive(t Ticket, from, to kafka.NodeID, key, version int16, raw []byte) {
	m := c.node(to)
	a, isOpen := c.tickets[t]
	if !isOpen {
		return
	}
	if m.r == nil {
		c.carry(to, from, func() { a.answer(nil, errors.New("connection refused")) })
		return
	}
	req := kmsg.RequestForKey(key)
	req.SetVersion(version)
	if err := req.ReadFrom(raw); err != nil {
		c.laws.breach("wire", "request %d of version %d: %v", key, version, err)
		return
	}
	if f, ok := req.(*kmsg.FetchRequest); ok && m.r.Role() == Leader {
		m.hear(kafka.NodeID(f.ReplicaState.ID), kafka.LeaderEpoch(f.Topics[0].Partitions[0].CurrentLeaderEpoch))
	}
	if f, ok := req.(*kmsg.FetchSnapshotRequest); ok && m.r.Role() == Leader {
		m.hear(kafka.NodeID(f.ReplicaID), kafka.LeaderEpoch(f.Topics[0].Partitions[0].CurrentLeaderEpoch))
	}
	m.do(func(now env.Now) { m.r.HandleRequest(now, req, t) })
}

func (m *machine) hear(from kafka.NodeID, epoch kafka.LeaderEpoch) {
	if epoch == m.r.Epoch() {
		m.heard[from] = m.c.now
	}
}

// Reply implements Out.
func (m *machine) Reply(t Ticket, resp kmsg.Response) {
	c := m.c
	a, ok := c.tickets[t]
	if !ok {
		return
	}
	a.done = true
	c.tickets[t] = a
	raw, key, version := resp.AppendTo(nil), resp.Key(), resp.GetVersion()
	if c.trace != nil {
		c.say("node %d < %d: %s", a.from.id, m.id, showResponse(resp))
	}
	deliver := func() {
		got := kmsg.ResponseForKey(key)
		got.SetVersion(version)
		if err := got.ReadFrom(raw); err != nil {
			c.laws.breach("wire", "response %d of version %d: %v", key, version, err)
			return
		}
		a.answer(got, nil)
	}
	c.carry(m.id, a.from.id, deliver)
	if c.net.dupPerMille > 0 && c.rnd.Chance(c.net.dupPerMille, 1000) {
		c.carry(m.id, a.from.id, deliver)
	}
}

func (a asker) answer(resp kmsg.Response, err error) {
	if m := a.from; m.r != nil && m.life == a.life {
		if f, ok := resp.(*kmsg.FetchResponse); ok && len(f.Topics) == 1 &&
			f.Topics[0].Partitions[0].DivergingEpoch.Epoch >= 0 {
			m.flushed = min(m.flushed, m.r.log.high) // until it says more, it may be cut down to here
		}
		m.do(func(now env.Now) { m.r.HandleResponse(now, a.tag, resp, err) })
	}
}

// keeper is the state machine on a replica: a digest of all that was committed.
type keeper struct {
	m       *machine
	next    kafka.Offset
	digest  uint64
	leader  kafka.NodeID
	epoch   kafka.LeaderEpoch
	loading bool
	loaded  int
	lastTS  env.WallMillis
	tokens  []string // outcomes, for conversations
}

func (k *keeper) HandleCommit(b record.Batch) {
	l := k.m.c.laws
	if b.BaseOffset() != k.next || k.loading {
		l.breach("owner-order", "node %d received [%d, %d] after %d, loading %v", k.m.id, b.BaseOffset(),
			b.LastOffset(), k.next, k.loading)
		return
	}
	k.next = b.NextOffset()
	k.digest = mixDigest(k.digest, uint64(b.CRC()), uint64(b.LeaderEpoch()))
	k.lastTS = b.MaxTimestamp()
	l.committed(k.m, b)
	l.digest(k.m, k.next, k.digest)
}

func mixDigest(d, crc, epoch uint64) uint64 {
	d ^= crc<<20 ^ epoch
	d *= 0x9e3779b97f4a7c15
	return d ^ d>>29
}

func (k *keeper) HandleSnapshot(id SnapshotID) { k.loading, k.loaded = true, 0 }

func (k *keeper) HandleSnapshotBatch(b record.Batch) {
	it := b.Records(new(record.Scratch), record.Limits{})
	for rec, ok := it.Next(); ok; rec, ok = it.Next() {
		if k.loaded == 0 {
			k.digest = 0
			for _, c := range rec.Value[:8] {
				k.digest = k.digest<<8 | uint64(c)
			}
		}
		k.loaded++
	}
}

func (k *keeper) HandleSnapshotEnd(id SnapshotID) {
	if !k.loading || k.loaded == 0 {
		k.m.c.laws.breach("owner-order", "node %d: snapshot %v ends with %d records, begun %v", k.m.id, id,
			k.loaded, k.loading)
	}
	k.loading = false
	k.next = id.End
	k.m.c.laws.digest(k.m, k.next, k.digest)
}

func (k *keeper) HandleLeaderChange(leader kafka.NodeID, epoch kafka.LeaderEpoch) {
	if epoch < k.epoch {
		k.m.c.laws.breach("epoch-monotone", "node %d received epoch %d after %d", k.m.id, epoch, k.epoch)
	}
	k.leader, k.epoch = leader, epoch
}

func (k *keeper) HandleAppended(token uint64, last kafka.Offset, code kafka.ErrorCode) {
	k.tokens = append(k.tokens, fmt.Sprintf("append %d: offset %d, code %d", token, last, code))
	if code == 0 {
		k.m.c.laws.acked(k.m, token, last)
	}
}

// snapshot takes one of what the keeper knows.
func (m *machine) snapshot(records int) (err error) {
	k := m.owner
	var head [8]byte
	for i := range head {
		head[i] = byte(k.digest >> (56 - 8*i))
	}
	n := 0
	m.do(func(now env.Now) {
		_, err = m.r.CreateSnapshot(now, k.lastTS, func() ([]byte, bool) {
			if n++; n > records {
				return nil, false
			}
			if n == 1 {
				return head[:], true
			}
			return make([]byte, 500), true
		})
	})
	return err
}

// append lets the owner of a leader append a record; false if it does not lead.
func (m *machine) append(token uint64, size int) (err error) {
	if m.r == nil || m.owner.leader != m.id {
		return errors.New("it does not lead")
	}
	m.do(func(now env.Now) {
		b := record.NewBuilder(record.Options{})
		b.Add(now.Wall, nil, append(fmt.Appendf(nil, "%d/", token), make([]byte, size)...))
		_, _, e := m.r.Append(now, m.owner.epoch, []record.Batch{b.Build()}, token)
		if e != nil {
			err = e
		}
	})
	return err
}

func showRequest(req kmsg.Request) string {
	switch q := req.(type) {
	case *kmsg.VoteRequest:
		p := &q.Topics[0].Partitions[0]
		kind := "Vote"
		if p.PreVote {
			kind = "PreVote"
		}
		return fmt.Sprintf("%s epoch=%d log=(%d, epoch %d)", kind, p.CandidateEpoch, p.LastOffset, p.LastOffsetEpoch)
	case *kmsg.BeginQuorumEpochRequest:
		p := &q.Topics[0].Partitions[0]
		return fmt.Sprintf("BeginQuorumEpoch epoch=%d leader=%d", p.LeaderEpoch, p.LeaderID)
	case *kmsg.EndQuorumEpochRequest:
		p := &q.Topics[0].Partitions[0]
		s := fmt.Sprintf("EndQuorumEpoch epoch=%d leader=%d successors", p.LeaderEpoch, p.LeaderID)
		for _, c := range p.PreferredCandidates {
			s += fmt.Sprintf(" %d", c.CandidateID)
		}
		return s
	case *kmsg.FetchRequest:
		p := &q.Topics[0].Partitions[0]
		return fmt.Sprintf("Fetch epoch=%d from=%d last-epoch=%d hw=%d", p.CurrentLeaderEpoch, p.FetchOffset,
			p.LastFetchedEpoch, p.HighWatermark)
	case *kmsg.FetchSnapshotRequest:
		p := &q.Topics[0].Partitions[0]
		return fmt.Sprintf("FetchSnapshot epoch=%d snapshot=(%d, epoch %d) position=%d", p.CurrentLeaderEpoch,
			p.SnapshotID.EndOffset, p.SnapshotID.Epoch, p.Position)
	}
	return fmt.Sprintf("%T", req)
}

func showResponse(resp kmsg.Response) string {
	switch a := resp.(type) {
	case *kmsg.VoteResponse:
		if len(a.Topics) == 0 {
			return fmt.Sprintf("error %d", a.ErrorCode)
		}
		p := &a.Topics[0].Partitions[0]
		return fmt.Sprintf("Vote error=%d granted=%v leader=%d epoch=%d", p.ErrorCode, p.VoteGranted, p.LeaderID,
			p.LeaderEpoch)
	case *kmsg.BeginQuorumEpochResponse:
		if len(a.Topics) == 0 {
			return fmt.Sprintf("error %d", a.ErrorCode)
		}
		p := &a.Topics[0].Partitions[0]
		return fmt.Sprintf("BeginQuorumEpoch error=%d leader=%d epoch=%d", p.ErrorCode, p.LeaderID, p.LeaderEpoch)
	case *kmsg.EndQuorumEpochResponse:
		if len(a.Topics) == 0 {
			return fmt.Sprintf("error %d", a.ErrorCode)
		}
		p := &a.Topics[0].Partitions[0]
		return fmt.Sprintf("EndQuorumEpoch error=%d leader=%d epoch=%d", p.ErrorCode, p.LeaderID, p.LeaderEpoch)
	case *kmsg.FetchResponse:
		if len(a.Topics) == 0 {
			return fmt.Sprintf("error %d", a.ErrorCode)
		}
		return showFetched(&a.Topics[0].Partitions[0])
	case *kmsg.FetchSnapshotResponse:
		if len(a.Topics) == 0 {
			return fmt.Sprintf("error %d", a.ErrorCode)
		}
		p := &a.Topics[0].Partitions[0]
		return fmt.Sprintf("FetchSnapshot error=%d position=%d of %d, %d bytes", p.ErrorCode, p.Position, p.Size,
			len(p.Bytes))
	}
	return fmt.Sprintf("%T", resp)
}

func showFetched(p *kmsg.FetchResponseTopicPartition) string {
	s := fmt.Sprintf("Fetch error=%d hw=%d leader=%d epoch=%d", p.ErrorCode, p.HighWatermark,
		p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch)
	if p.DivergingEpoch.Epoch >= 0 {
		s += fmt.Sprintf(" diverging=(%d, epoch %d)", p.DivergingEpoch.EndOffset, p.DivergingEpoch.Epoch)
	}
	if p.SnapshotID.EndOffset >= 0 {
		s += fmt.Sprintf(" snapshot=(%d, epoch %d)", p.SnapshotID.EndOffset, p.SnapshotID.Epoch)
	}
	split := record.Split(p.RecordBatches)
	for b, ok := split.Next(); ok; b, ok = split.Next() {
		s += fmt.Sprintf(" [%d-%d]e%d", b.BaseOffset(), b.LastOffset(), b.LeaderEpoch())
	}
	return s
}

type envNow = env.Now

// leader is the node whose owner knows that it leads the newest epoch, or nil.
func (c *cluster) leader() *machine {
	var best *machine
	for _, m := range c.nodes {
		if m.r != nil && m.owner.leader == m.id && m.r.Role() == Leader && (best == nil || m.owner.epoch > best.owner.epoch) {
			best = m
		}
	}
	return best
}
