package replica

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/mutants"
	"gregor/core/record"
	"gregor/core/seglog"
	"gregor/core/wire"
	"gregor/disksim"
)

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// stage is three brokers with one replica each of t-0, on simulated disks that take no time, a network that delivers
// in order unless a command holds it, and a controller that does what a command says.
type stage struct {
	t      tester
	now    env.Instant
	disks  []func() // outcomes to come
	mail   []message
	held   []message
	holds  map[string]bool // "1>2"
	cuts   map[string]bool
	shows  map[string]bool // links whose fetches are shown
	nodes  []*machine
	ctl    controller
	laws   laws
	minISR int
	told   []string
	topic  kafka.UUID
	seen   int   // records produced
	begun  int32 // fetch sessions
}

// message is on its way; lost is what the sender notices if it cannot be delivered.
type message struct {
	link, what string
	deliver    func()
	lost       func()
}

func newStage(t tester) *stage {
	s := &stage{t: t, holds: map[string]bool{}, cuts: map[string]bool{}, shows: map[string]bool{}, minISR: 1,
		topic: kafka.UUID{1}}
	s.laws.s = s
	s.ctl = controller{s: s, epoch: 100, brokers: map[kafka.NodeID]broker{},
		state: State{TopicID: s.topic, Leader: kafka.NoNode, LeaderEpoch: 0, Replicas: []kafka.NodeID{1, 2, 3},
			ISR: []kafka.NodeID{1, 2, 3}}}
	for id := range 3 {
		m := &machine{s: s, id: kafka.NodeID(id + 1), keep: -1}
		m.disk = disksim.New(m, disksim.Options{}, env.NewRand(uint64(id)))
		s.nodes = append(s.nodes, m)
	}
	return s
}

func (s *stage) node(id kafka.NodeID) *machine { return s.nodes[id-1] }

func (s *stage) clock() env.Now { return env.Now{Mono: s.now, Wall: 1_000_000} }

func (s *stage) say(format string, args ...any) {
	s.told = append(s.told, fmt.Sprintf(format, args...))
}

// post sends a message on a link such as "1>2" or "c>1".
func (s *stage) post(m message) {
	if s.holds[m.link] {
		s.held = append(s.held, m)
		return
	}
	s.mail = append(s.mail, m)
}

// release lets held messages of a link go, n at most.
func (s *stage) release(link string, n int) {
	var rest []message
	for _, m := range s.held {
		if m.link == link && n > 0 {
			s.mail = append(s.mail, m)
			n--
			continue
		}
		rest = append(rest, m)
	}
	s.held = rest
}

func (s *stage) drop(link string) {
	var rest, lost []message
	for _, m := range s.held {
		if m.link == link {
			lost = append(lost, m)
			continue
		}
		rest = append(rest, m)
	}
	s.held = rest
	for _, m := range lost {
		if m.lost != nil {
			m.lost()
		}
	}
}

// run goes on until nothing moves any more.
func (s *stage) run() {
	for n := 0; ; n++ {
		if n > 20_000 {
			s.t.Fatalf("the stage never comes to rest; lately: %s", strings.Join(s.told[max(0, len(s.told)-8):], " | "))
		}
		switch {
		case len(s.disks) > 0:
			fire := s.disks[0]
			s.disks = s.disks[1:]
			fire()
		case len(s.mail) > 0:
			m := s.mail[0]
			s.mail = s.mail[1:]
			if s.cuts[m.link] {
				if m.lost != nil {
					m.lost()
				}
			} else {
				m.deliver()
			}
		default:
			return
		}
		for _, m := range s.nodes {
			m.settle()
		}
		s.laws.check()
	}
}

// sleep lets time pass, with Ticks.
func (s *stage) sleep(d time.Duration) {
	end := s.now.Add(d)
	for n := 0; n < 1000; n++ {
		due := end
		for _, m := range s.nodes {
			if m.live {
				due = min(due, max(s.now, m.deadline()))
			}
		}
		s.now = due
		for _, m := range s.nodes {
			m.tick()
			m.settle()
		}
		s.run()
		if s.now >= end {
			return
		}
	}
	for _, m := range s.nodes {
		if m.live {
			s.say("%d: at %v deadline of the replica %v, log %v %v, proposal %+v, fetchers %+v", m.id, s.now,
				m.r.Deadline(), m.log.State(), m.log.Deadline(), m.r.leading.proposal, m.fetchers)
			for _, f := range m.fetchers {
				s.say("%+v", f)
			}
		}
	}
	s.show()
	s.t.Fatalf("a replica asks for Ticks for ever: %s", strings.Join(s.told[max(0, len(s.told)-30):], "\n"))
}

// machine is one broker: a disk that outlives processes, and the process if it is live.
type machine struct {
	own      []env.Fact // what it emits about leading, which is no part of the story
	s        *stage
	id       kafka.NodeID
	disk     *disksim.Disk
	live     bool
	life     uint32
	cfg      *Config
	log      *seglog.Log
	r        *Replica
	fetchers map[kafka.NodeID]*Fetcher
	parked   []*parked
	sessions []*heldSession // at this broker
	todo     []func()
	saved    seglog.Recovery
	keep     kafka.Offset // what a power cut left, or -1: all
	wiped    bool
	stays    bool                    // registered, when it boots next
	view     map[kafka.NodeID]broker // of the metadata it has seen
	mirror   []entry                 // what its log holds, from facts
}

// parked is a fetch that waits at a leader for something to come.
type parked struct {
	ask   FetchAsk
	reply func(FetchAnswer)
	lost  func()
}

// disksim.Engine
func (m *machine) Now() env.Instant { return m.s.now }
func (m *machine) At(_ env.Instant, _ uint32, slot uint64) {
	m.s.disks = append(m.s.disks, func() { m.disk.Fire(slot) })
}
func (m *machine) Cause() uint64       { return 0 }
func (m *machine) Sum(b []byte) uint64 { return uint64(len(b)) }
func (m *machine) Hash(uint64)         {}
func (m *machine) Deliver(e *env.Event, _ uint64) {
	if m.live && seglog.Owner(e.Op) == m.life {
		m.log.Complete(m.s.clock(), *e)
	}
}

// Broker implements Brokers by the metadata this broker has seen.
func (m *machine) Broker(id kafka.NodeID) (kafka.BrokerEpoch, bool) {
	b := m.view[id]
	return b.epoch, b.epoch > 0 && !b.fenced
}

func (m *machine) settle() {
	if !m.live {
		return
	}
	for n := 0; ; n++ {
		m.r.Settle(m.s.clock())
		for _, id := range [...]kafka.NodeID{1, 2, 3} {
			if f := m.fetchers[id]; f != nil {
				f.Settle(m.s.clock())
			}
		}
		m.retryParked(false)
		if len(m.todo) == 0 {
			return
		}
		todo := m.todo
		m.todo = nil
		for _, do := range todo {
			do()
		}
	}
}

func (m *machine) deadline() env.Instant {
	due := min(m.r.Deadline(), m.log.Deadline())
	for _, id := range [...]kafka.NodeID{1, 2, 3} {
		if f := m.fetchers[id]; f != nil && f.Deadline() > m.s.now {
			due = min(due, f.Deadline())
		}
	}
	return due
}

func (m *machine) tick() {
	if m.live {
		m.log.Tick(m.s.clock())
		m.r.Tick(m.s.clock())
	}
}

// Out

func (m *machine) Alter(r *Replica, p Proposal) {
	m.todo = append(m.todo, func() { m.s.ctl.altered(m, p) })
}

func (m *machine) Truncating(r *Replica, b CutBounds) {
	life := m.life
	m.todo = append(m.todo, func() {
		m.s.post(message{link: fmt.Sprintf("d>%d", m.id), what: "checkpoint", deliver: func() {
			if m.live && m.life == life {
				m.saved.RecoveryPoint = min(m.saved.RecoveryPoint, b.RecoveryPoint)
				m.saved.LogStart = min(m.saved.LogStart, b.LogStart)
				r.Truncate(m.s.clock(), b)
			}
		}})
	})
}

func (m *machine) Follow(r *Replica, leader kafka.NodeID) {
	m.todo = append(m.todo, func() {
		for _, id := range [...]kafka.NodeID{1, 2, 3} {
			if f := m.fetchers[id]; f != nil && id != leader {
				f.Remove(r)
			}
		}
		if leader == kafka.NoNode {
			return
		}
		f := m.fetchers[leader]
		if f == nil {
			f = NewFetcher(&fetcherConfig, m.cfg, leader, m)
			m.fetchers[leader] = f
		}
		f.Add(r)
	})
}

var fetcherConfig = FetcherConfig{MaxWait: 500 * time.Millisecond, MinBytes: 1, MaxBytes: 10 << 20,
	PartitionMaxBytes: 1 << 20,
	Backoff:           time.Second, MaxPartitions: 100, Version: 17}

// heldSession is a fetch session at its source. The stage has one partition.
type heldSession struct {
	id, epoch int32
	ask       *FetchAsk // nil: it was forgotten
	told      FetchAnswer
}

// Send carries a fetcher's request to its source as a frame, and the answer back as one.
func (m *machine) Send(f *Fetcher, token uint64, req kmsg.Request) {
	life, to := m.life, m.s.node(f.Source())
	frame := wire.AppendRequest(nil, req, int32(token), "replica")
	link := fmt.Sprintf("%d>%d", m.id, to.id)
	if m.s.shows[link] {
		m.s.say("%s %s", link, showRequest(req))
	}
	lost := func() {
		if m.live && m.life == life {
			f.Failed(m.s.clock(), token)
		}
	}
	back := func(resp []byte) {
		answer := func() {
			if !m.live || m.life != life {
				return
			}
			got, err := wire.DecodeResponse(resp, req.Key(), req.GetVersion())
			if err != nil {
				m.s.t.Fatalf("%v", err)
			}
			if back := fmt.Sprintf("%d>%d", to.id, m.id); m.s.shows[back] {
				m.s.say("%s %s", back, showResponse(got))
			}
			f.Answer(m.s.clock(), token, got, nil)
		}
		m.s.post(message{link: fmt.Sprintf("%d>%d", to.id, m.id), what: "answer", deliver: answer, lost: lost})
	}
	m.s.post(message{link: link, what: "request", lost: lost, deliver: func() {
		if !to.live {
			lost()
			return
		}
		to.serve(frame, req.GetVersion(), int32(token), back, lost)
	}})
}

var protocol = wire.New(wire.Limits{})

func (m *machine) serve(frame []byte, version int16, correlation int32, back func([]byte), lost func()) {
	got, err := protocol.Decode(frame, nil)
	if err != nil {
		m.s.t.Fatalf("%v", err)
	}
	q := got.(*wire.Request)
	if q.Fetch != nil {
		m.serveFetch(q.Fetch, version, correlation, back, lost)
		return
	}
	req := q.Body.(*kmsg.ListOffsetsRequest)
	resp := req.ResponseKind().(*kmsg.ListOffsetsResponse)
	for _, t := range req.Topics {
		out := kmsg.NewListOffsetsResponseTopic()
		out.Topic = t.Topic
		for _, p := range t.Partitions {
			out.Partitions = append(out.Partitions, m.list(kafka.NodeID(req.ReplicaID), p))
		}
		resp.Topics = append(resp.Topics, out)
	}
	back(wire.AppendResponse(nil, correlation, resp))
}

func (m *machine) list(replica kafka.NodeID,
	p kmsg.ListOffsetsRequestTopicPartition) kmsg.ListOffsetsResponseTopicPartition {
	out := kmsg.NewListOffsetsResponseTopicPartition()
	end, lagging, code := m.r.Fetchable(replica, false, kafka.LeaderEpoch(p.CurrentLeaderEpoch))
	switch {
	case code != kafka.None:
		out.ErrorCode = int16(code)
	case p.Timestamp == -1 && lagging != kafka.None:
		out.ErrorCode = int16(lagging)
	case p.Timestamp == -1:
		out.Offset = int64(end)
	default:
		out.Offset = int64(m.log.LogStart())
	}
	return out
}

func (m *machine) serveFetch(q *wire.Fetch, version int16, correlation int32, back func([]byte), lost func()) {
	held, code := m.openSession(q)
	if code != kafka.None || held.ask == nil {
		_, segments := (&wire.FetchResponse{Err: code}).Append(nil, nil, version, correlation)
		back(m.bytesOf(segments))
		return
	}
	held.ask.Replica, held.ask.ReplicaEpoch, held.ask.MaxBytes, held.ask.MinOneBatch = q.Replica, q.ReplicaEpoch,
		int(q.MaxBytes), true
	life := m.life
	p := &parked{ask: *held.ask, lost: lost, reply: func(a FetchAnswer) {
		if m.life != life {
			return
		}
		resp := wire.FetchResponse{SessionID: held.id}
		if q.SessionEpoch <= 0 || held.isNews(a) {
			out := resp.AddTopic("", held.ask.TopicID).AddPartition(held.ask.Ask.Partition, a.Code)
			out.HighWatermark, out.LastStableOffset, out.LogStart, out.Diverging = a.HighWatermark, a.LastStable, a.LogStart,
				a.Diverging
			out.Records = a.Read.Segments
		}
		held.told = a
		_, segments := resp.Append(nil, nil, version, correlation)
		back(m.bytesOf(segments))
		m.log.Unpin(a.Read.Pin)
	}}
	m.parked = append(m.parked, p)
	m.try(p, false)
}

// openSession is the session of a request: another one for a full request, or the one that it goes on with.
func (m *machine) openSession(q *wire.Fetch) (*heldSession, kafka.ErrorCode) {
	i := slices.IndexFunc(m.sessions, func(h *heldSession) bool { return h.id == q.SessionID })
	if q.SessionEpoch == 0 {
		if i >= 0 {
			m.sessions = slices.Delete(m.sessions, i, i+1)
		}
		m.s.begun++
		m.sessions = append(m.sessions, &heldSession{id: m.s.begun, epoch: 1})
		i = len(m.sessions) - 1
	} else if i < 0 {
		return nil, kafka.FetchSessionIDNotFound
	} else if m.sessions[i].epoch != q.SessionEpoch {
		return nil, kafka.InvalidFetchSessionEpoch
	} else {
		m.sessions[i].epoch++
	}
	held := m.sessions[i]
	for _, t := range q.Topics {
		held.ask = &FetchAsk{TopicID: t.TopicID, Ask: t.Partitions[0]}
	}
	if len(q.ForgottenTopics) > 0 {
		held.ask = nil
	}
	return held, kafka.None
}

// isNews reports whether a response has to name the partition.
func (h *heldSession) isNews(a FetchAnswer) bool {
	return a.Code != kafka.None || a.Diverging.Known || a.Read.Bytes > 0 ||
		a.HighWatermark != h.told.HighWatermark || a.LogStart != h.told.LogStart
}

// showRequest is a fetch as text.
func showRequest(req kmsg.Request) string {
	q, ok := req.(*kmsg.FetchRequest)
	if !ok {
		return fmt.Sprintf("%T", req)
	}
	out := fmt.Sprintf("Fetch session=%d/%d", q.SessionID, q.SessionEpoch)
	for _, t := range q.Topics {
		for _, p := range t.Partitions {
			out += fmt.Sprintf(" t-%d@%d epoch=%d last=%d", p.Partition, p.FetchOffset, p.CurrentLeaderEpoch, p.LastFetchedEpoch)
		}
	}
	for _, t := range q.ForgottenTopics {
		out += fmt.Sprintf(" without %v", t.Partitions)
	}
	return out
}

// showResponse is the response as text.
func showResponse(resp kmsg.Response) string {
	a, ok := resp.(*kmsg.FetchResponse)
	if !ok {
		return fmt.Sprintf("%T", resp)
	}
	out := fmt.Sprintf("Fetch session=%d %v", a.SessionID, kafka.ErrorCode(a.ErrorCode))
	for _, t := range a.Topics {
		for _, p := range t.Partitions {
			out += fmt.Sprintf(" t-%d %v high watermark %d, %d bytes", p.Partition, kafka.ErrorCode(p.ErrorCode),
				p.HighWatermark, len(p.RecordBatches))
		}
	}
	return out
}

func (m *machine) bytesOf(segments []env.Segment) []byte {
	var out []byte
	for _, s := range segments {
		if s.Region.File == 0 {
			out = append(out, s.Bytes...)
			continue
		}
		b := make([]byte, s.Region.Length)
		if err := m.disk.Region(s.Region.File, s.Region.Pos, b); err != nil {
			m.s.t.Fatalf("%v", err)
		}
		out = append(out, b...)
	}
	return out
}

// try answers a fetch if there is something to say, or if it has waited long enough.
func (m *machine) try(p *parked, late bool) {
	a := m.r.Fetch(m.s.clock(), p.ask)
	p.ask.Again = true
	if a.Pending || a.Code == kafka.None && !a.Diverging.Known && a.Read.Bytes == 0 && !late {
		return
	}
	m.parked = slices.DeleteFunc(m.parked, func(o *parked) bool { return o == p })
	p.reply(a)
}

func (m *machine) retryParked(late bool) {
	for _, p := range slices.Clone(m.parked) {
		m.try(p, late)
	}
}

// boot starts a process: it registers with the controller and opens its log.
func (m *machine) boot() {
	s := m.s
	m.life++
	m.live = true
	m.fetchers, m.parked, m.todo, m.view = map[kafka.NodeID]*Fetcher{}, nil, nil, map[kafka.NodeID]broker{}
	m.sessions = nil
	cfg := seglog.DefaultConfig()
	m.saved.Clean = false
	w := env.World{Disk: m.disk, Rand: env.NewRand(uint64(m.id)), Facts: m}
	tp := kafka.TopicPartition{Topic: "t"}
	m.log = seglog.Open(w, seglog.NewOps(m.life), tp, "t-0", cfg, m.saved, s.clock())
	m.cfg = &Config{Node: m.id, Epoch: s.ctl.register(m), LagTime: 10 * time.Second, Backoff: time.Second,
		Brokers: m, Out: m}
	m.r = New(m.cfg, w, s.topic, m.log, s.minISR)
	if m.keep >= 0 {
		m.lose()
	}
	s.ctl.push()
}

// lose cuts the log to what a power cut left of it. How a log finds that out is tested in seglog.
func (m *machine) lose() {
	m.idle()
	m.log.Truncate(m.s.clock(), m.keep)
	m.idle()
	m.keep = -1
}

// idle lets the disks finish.
func (m *machine) idle() {
	for len(m.s.disks) > 0 {
		fire := m.s.disks[0]
		m.s.disks = m.s.disks[1:]
		fire()
	}
}

// crash ends the process; what the disk has taken stays.
func (m *machine) crash() {
	for _, p := range m.parked { // their connections end
		m.s.mail = append(m.s.mail, message{deliver: p.lost})
	}
	m.live, m.parked = false, nil
	m.life++
	m.disk.Crash()
}

// checkpoint saves what a broker saves now and then.
func (m *machine) checkpoint() {
	m.saved = seglog.Recovery{RecoveryPoint: m.log.RecoveryPoint(), LogStart: m.log.LogStart(),
		HighWatermark: m.log.HighWatermark()}
}

// Acked implements Waiter.
func (m *machine) Acked(_ env.Now, tag int, code kafka.ErrorCode) {
	if code != kafka.None {
		m.s.say("%d: %s is answered %v", m.id, name(tag), code)
		return
	}
	m.s.say("%d: %s is acknowledged", m.id, name(tag))
	m.s.laws.acked(tag)
}

// name is the value of the n-th record that was produced: a, b, c …
func name(n int) string {
	if n < 26 {
		return string(rune('a' + n))
	}
	return fmt.Sprintf("r%d", n)
}

func (m *machine) produce(acks kafka.Acks) {
	s := m.s
	b := record.NewBuilder(record.Options{})
	b.Add(1_000_000, nil, []byte(name(s.seen)))
	batch := b.Build()
	s.laws.made(batch.CRC(), s.seen)
	tag := s.seen
	s.seen++
	res, err := m.r.Append(s.clock(), seglog.Append{Batch: batch}, acks)
	if err != nil {
		s.say("%d: %s is refused: %v", m.id, name(tag), err.Code)
		return
	}
	s.laws.want(tag, acks)
	m.r.Await(acks, res.Last+1, m, tag)
}

// controller decides what a command says, and commits what leaders propose.
type controller struct {
	s       *stage
	state   State
	epoch   kafka.BrokerEpoch // the last one given
	brokers map[kafka.NodeID]broker
}

type broker struct {
	epoch  kafka.BrokerEpoch
	fenced bool
}

func (c *controller) register(m *machine) kafka.BrokerEpoch {
	if m.stays {
		m.stays = false
		return c.brokers[m.id].epoch
	}
	c.epoch++
	c.brokers[m.id] = broker{epoch: c.epoch}
	if c.state.Leader == m.id { // of an earlier incarnation
		c.state.Leader = kafka.NoNode
		c.state.LeaderEpoch++
		c.state.PartitionEpoch++
	}
	if m.wiped {
		m.wiped = false
		c.leaveISR(m.id)
	}
	return c.epoch
}

// leaveISR takes a broker out of the in-sync set, unless it is the last one there.
func (c *controller) leaveISR(id kafka.NodeID) {
	if len(c.state.ISR) > 1 && slices.Contains(c.state.ISR, id) {
		c.state.ISR = slices.DeleteFunc(slices.Clone(c.state.ISR), func(o kafka.NodeID) bool { return o == id })
		c.state.PartitionEpoch++
		if c.state.Leader == id {
			c.state.Leader = kafka.NoNode
			c.state.LeaderEpoch++
		}
	}
}

func (c *controller) elect(id kafka.NodeID) {
	c.state.Leader = id
	c.state.LeaderEpoch++
	c.state.PartitionEpoch++
	if !slices.Contains(c.state.ISR, id) { // unclean
		c.state.ISR = []kafka.NodeID{id}
		c.s.laws.excuse()
	}
	c.push()
}

// push sends the metadata to every live broker.
func (c *controller) push() {
	for _, m := range c.s.nodes {
		if m.live {
			c.tell(m)
		}
	}
}

func (c *controller) tell(m *machine) {
	state, life := c.state, m.life
	brokers := map[kafka.NodeID]broker{}
	for _, id := range [...]kafka.NodeID{1, 2, 3} {
		brokers[id] = c.brokers[id]
	}
	c.s.post(message{link: fmt.Sprintf("c>%d", m.id), what: "metadata", deliver: func() {
		if m.live && m.life == life {
			m.view = brokers
			m.r.Apply(m.s.clock(), state)
		}
	}})
}

// altered carries a proposal to the controller and its answer back.
func (c *controller) altered(m *machine, p Proposal) {
	life := m.life
	answer := func(a Altered) func() {
		return func() {
			if m.live && m.life == life {
				m.r.Altered(m.s.clock(), p.Seq, a)
			}
		}
	}
	lost := answer(Altered{Code: kafka.RequestTimedOut})
	c.s.post(message{link: fmt.Sprintf("%d>c", m.id), what: "proposal", lost: lost, deliver: func() {
		a := c.decide(p)
		c.s.post(message{link: fmt.Sprintf("c>%d", m.id), what: "decision", lost: lost, deliver: answer(a)})
		if a.Code == kafka.None {
			c.push()
		}
	}})
}

func (c *controller) decide(p Proposal) Altered {
	switch {
	case p.LeaderEpoch != c.state.LeaderEpoch:
		return Altered{Code: kafka.FencedLeaderEpoch}
	case p.PartitionEpoch != c.state.PartitionEpoch:
		return Altered{Code: kafka.InvalidUpdateVersion}
	}
	var isr []kafka.NodeID
	for _, m := range p.ISR {
		b := c.brokers[m.ID]
		if m.Epoch != -1 && b.epoch != m.Epoch || b.fenced && !mutants.On().AllowFencedJoin {
			return Altered{Code: kafka.IneligibleReplica}
		}
		isr = append(isr, m.ID)
	}
	c.state.ISR = isr
	c.state.PartitionEpoch++
	return Altered{LeaderEpoch: c.state.LeaderEpoch, PartitionEpoch: c.state.PartitionEpoch, ISR: isr}
}
