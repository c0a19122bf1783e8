package checkers

import (
	"math"
	"slices"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// never is the return of a call that has not returned.
const never = math.MaxUint64

// send is one record that an application handed to its producer, with all the attempts made for it.
type send struct {
	env.ProduceCalled
	session  int // the client's life it belongs to
	life     int // numbers the lives of all clients
	called   uint64
	returned uint64
	outcome  env.Outcome  // Unknown if it has not returned
	offset   kafka.Offset // as acknowledged, -1 if not known
	attempts int
	err      string
	places   int // offsets that hold or held its value
}

// acked reports whether a broker acknowledged the record with its offset.
func (s *send) acked() bool { return s.outcome == env.OK && s.offset >= 0 && s.Acks != 0 }

// poll is what a consumer was given of one partition.
type poll struct {
	env.Polled
	called, returned uint64
}

// endRead is one ListOffsets(latest) that was answered.
type endRead struct {
	client           string
	called, returned uint64
	offset           kafka.Offset
}

// version is what is known of one offset of a partition.
type version struct {
	offset kafka.Offset
	values []string // the true one first; more than one contradict each other
	writer *send    // of the true one, nil if no producer sent it
	seen   uint64   // the first event at which a consumer had the true one; never
}

// partition is all that a history says of a partition.
type partition struct {
	kafka.TopicPartition
	sends     []*send
	polls     []*poll
	ends      []endRead
	log       *history.FinalLog
	versions  []version    // by rising offset
	lossy     bool         // a record that was acknowledged or read is gone
	placed    bool         // some consumer has read it
	read      kafka.Offset // the end of what consumers have been given
	skips     []skip       // what a consumer passed over with auto.offset.reset=latest
	repeats   bool         // some send's value is at two offsets
	deleted   kafka.Offset // everything below, as brokers reported: by retention or DeleteRecords
	deletions []cleanedTo  // where it came further than before
	cleaned   kafka.Offset // below, as brokers reported, compaction has rewritten segments
	cleanings []cleanedTo  // where it came further than before
	byValue   map[string]*send
	flushes   []flush
}

// skip is what lies between what consumers had read and where one of them went on, [from, to).
type skip struct{ from, to kafka.Offset }

// cleanedTo is a Cleaning fact, or a LogStartAdvanced.
type cleanedTo struct {
	event uint64
	to    kafka.Offset
}

// flush is a Flushed or LogRecovered fact.
type flush struct {
	event  uint64
	node   string
	to     kafka.Offset
	opened bool // the log was opened, with to as its end,
	clean  bool // after a stop that had flushed everything
}

// index is a history sorted for the checks that need the whole of it.
type index struct {
	history    history.History
	partitions []*partition
	byName     map[kafka.TopicPartition]*partition
}

func newIndex(h history.History) *index {
	ix := &index{history: h, byName: map[kafka.TopicPartition]*partition{}}
	b := indexer{index: ix, callers: map[string]*caller{}}
	b.sends, b.polls = room(h.Facts)
	for i := range h.Facts {
		b.take(&h.Facts[i])
	}
	for i := range h.Logs {
		ix.partition(h.Logs[i].TopicPartition).log = &h.Logs[i]
	}
	slices.SortFunc(ix.partitions, func(a, b *partition) int { return a.Compare(b.TopicPartition) })
	for _, p := range ix.partitions {
		p.order()
	}
	return ix
}

// room makes place for all sends and polls at once.
func room(facts []history.Stamped) ([]send, []poll) {
	sends, polls := 0, 0
	for i := range facts {
		switch facts[i].Fact.(type) {
		case env.ProduceCalled:
			sends++
		case env.Polled:
			polls++
		}
	}
	return make([]send, 0, sends), make([]poll, 0, polls)
}

func (ix *index) partition(tp kafka.TopicPartition) *partition {
	p := ix.byName[tp]
	if p == nil {
		p = &partition{TopicPartition: tp}
		ix.byName[tp] = p
		ix.partitions = append(ix.partitions, p)
	}
	return p
}

// indexer puts an index together.
type indexer struct {
	*index
	callers map[string]*caller
	lives   int
	sends   []send // all of them, never moved
	polls   []poll
}

// caller is what is known of a client's calls in its present life.
type caller struct {
	session int
	life    int
	sends   byCall[*send]
	calls   byCall[uint64] // the events of other calls
}

func (b *indexer) caller(name string) *caller {
	c := b.callers[name]
	if c == nil {
		b.lives++
		c = &caller{life: b.lives}
		b.callers[name] = c
	}
	return c
}

// ended begins a client's next life.
func (b *indexer) ended(name string) {
	c := b.caller(name)
	b.lives++
	*c = caller{session: c.session + 1, life: b.lives}
}

func (b *indexer) take(s *history.Stamped) {
	switch f := s.Fact.(type) {
	case env.ProduceCalled:
		b.called(s, &f)
	case env.ProduceReturned:
		b.returned(s, &f)
	case env.PollCalled:
		b.caller(f.Client).calls.put(f.Call, s.Event)
	case env.Polled:
		b.polled(s, &f)
	case env.EndOffsetCalled:
		b.caller(f.Client).calls.put(f.Call, s.Event)
	case env.EndOffsetReturned:
		b.endRead(s, f)
	case env.PositionSet:
		b.positioned(f)
	case env.ClientCrashed:
		b.ended(f.Client)
	case env.ClientClosed:
		b.ended(f.Client)
	case env.LogStartAdvanced:
		p := b.partition(f.TopicPartition)
		if f.To > p.deleted {
			p.deleted = f.To
			p.deletions = append(p.deletions, cleanedTo{s.Event, f.To})
		}
	case env.Cleaning:
		p := b.partition(f.TopicPartition)
		if f.To > p.cleaned {
			p.cleaned = f.To
			p.cleanings = append(p.cleanings, cleanedTo{s.Event, f.To})
		}
	case env.Flushed:
		p := b.partition(f.TopicPartition)
		p.flushes = append(p.flushes, flush{event: s.Event, node: s.Node, to: f.To})
	case env.LogRecovered:
		p := b.partition(f.TopicPartition)
		p.flushes = append(p.flushes, flush{event: s.Event, node: s.Node, to: f.End, opened: true, clean: f.Clean})
	}
}

func (b *indexer) called(s *history.Stamped, f *env.ProduceCalled) {
	p, c := b.partition(f.TopicPartition), b.caller(f.Client)
	b.sends = append(b.sends, send{ProduceCalled: *f, session: c.session, life: c.life, called: s.Event, returned: never,
		outcome: env.Unknown, offset: -1})
	w := &b.sends[len(b.sends)-1]
	c.sends.put(f.Call, w)
	p.sends = append(p.sends, w)
}

func (b *indexer) returned(s *history.Stamped, f *env.ProduceReturned) {
	w := b.caller(f.Client).sends.get(f.Call)
	if w == nil {
		return
	}
	w.returned, w.outcome, w.offset, w.attempts, w.err = s.Event, f.Outcome, f.Offset, f.Attempts, f.Error
	if f.Outcome != env.OK {
		w.offset = -1
	}
}

func (b *indexer) callEvent(client string, call, returned uint64) uint64 {
	if e := b.caller(client).calls.get(call); e != 0 {
		return e
	}
	return returned
}

func (b *indexer) polled(s *history.Stamped, f *env.Polled) {
	p := b.partition(f.TopicPartition)
	p.placed = true
	for i := range f.Records {
		p.read = max(p.read, f.Records[i].Offset+1)
	}
	b.polls = append(b.polls, poll{Polled: *f, returned: s.Event, called: b.callEvent(f.Client, f.Call, s.Event)})
	p.polls = append(p.polls, &b.polls[len(b.polls)-1])
}

func (b *indexer) positioned(f env.PositionSet) {
	p := b.partition(f.TopicPartition)
	p.placed = true
	if f.Reason == "latest" && f.Offset > p.read {
		p.skips = append(p.skips, skip{p.read, f.Offset})
	}
}

func (b *indexer) endRead(s *history.Stamped, f env.EndOffsetReturned) {
	if f.Outcome != env.OK {
		return
	}
	p := b.partition(f.TopicPartition)
	p.ends = append(p.ends, endRead{client: f.Client, returned: s.Event, offset: f.Offset,
		called: b.callEvent(f.Client, f.Call, s.Event)})
}

type cursorKey struct {
	client string
	kafka.TopicPartition
}
