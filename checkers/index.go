package checkers

import (
	"cmp"
	"math"
	"slices"

	"gregor/core/env"
)

// never is the return of a call that has not returned.
const never = math.MaxUint64

// send is one record that an application handed to its producer, with all the attempts made for it.
type send struct {
	env.ProduceCalled
	session  int // the client's life it belongs to
	called   uint64
	returned uint64
	outcome  env.Outcome // Unknown if it has not returned
	offset   env.Offset  // as acknowledged, -1 if not known
	attempts int
	err      string
}

// acked says that the producer was told where the record is, and that a broker had said so.
func (s *send) acked() bool { return s.outcome == env.OK && s.offset >= 0 && s.Acks != 0 }

// poll is what a consumer was given of one partition.
type poll struct {
	*env.Polled
	called, returned uint64
}

// endRead is one ListOffsets(latest) that was answered.
type endRead struct {
	client           string
	called, returned uint64
	offset           env.Offset
}

// version is what is known of one offset of a partition.
type version struct {
	offset env.Offset
	values []string // the true one first; more than one contradict each other
	seen   uint64   // the first event at which a consumer had the true one; never
}

// part is all that a history says of a partition.
type part struct {
	env.TopicPartition
	sends    []*send
	polls    []*poll
	ends     []endRead
	log      *FinalLog
	versions []version // by rising offset
	lossy    bool      // a record that was acknowledged or read is gone
	placed   bool      // some consumer has read it
	byValue  map[string]*send
	flushes  []flush
}

// flush is a Flushed or LogRecovered fact.
type flush struct {
	event  uint64
	node   string
	to     env.Offset
	opened bool // the log was opened, with to as its end,
	clean  bool // after a stop that had flushed everything
}

// index is a history sorted for the checks that need the whole of it.
type index struct {
	history History
	parts   []*part
	byPart  map[env.TopicPartition]*part
}

func newIndex(h History) *index {
	ix := &index{history: h, byPart: map[env.TopicPartition]*part{}}
	b := indexer{index: ix, sends: map[callKey]*send{}, calls: map[callKey]uint64{}, session: map[string]int{}}
	for i := range h.Facts {
		b.take(&h.Facts[i])
	}
	for i := range h.Logs {
		ix.part(h.Logs[i].TopicPartition).log = &h.Logs[i]
	}
	slices.SortFunc(ix.parts, func(a, b *part) int { return a.Compare(b.TopicPartition) })
	for _, p := range ix.parts {
		p.order()
	}
	return ix
}

func (ix *index) part(tp env.TopicPartition) *part {
	p := ix.byPart[tp]
	if p == nil {
		p = &part{TopicPartition: tp, byValue: map[string]*send{}}
		ix.byPart[tp] = p
		ix.parts = append(ix.parts, p)
	}
	return p
}

// callKey names a call within a client's life.
type callKey struct {
	client  string
	session int
	call    uint64
}

type indexer struct {
	*index
	sends   map[callKey]*send
	calls   map[callKey]uint64
	session map[string]int
}

func (b *indexer) key(client string, call uint64) callKey {
	return callKey{client, b.session[client], call}
}

func (b *indexer) take(s *Stamped) {
	switch f := s.Fact.(type) {
	case env.ProduceCalled:
		b.called(s, f)
	case env.ProduceReturned:
		b.returned(s, f)
	case env.PollCalled:
		b.calls[b.key(f.Client, f.Call)] = s.Event
	case env.Polled:
		b.polled(s, &f)
	case env.EndOffsetCalled:
		b.calls[b.key(f.Client, f.Call)] = s.Event
	case env.EndOffsetReturned:
		b.endRead(s, f)
	case env.PositionSet:
		b.part(f.TopicPartition).placed = true
	case env.ClientCrashed:
		b.session[f.Client]++
	case env.ClientClosed:
		b.session[f.Client]++
	case env.Flushed:
		p := b.part(f.TopicPartition)
		p.flushes = append(p.flushes, flush{event: s.Event, node: s.Node, to: f.To})
	case env.LogRecovered:
		p := b.part(f.TopicPartition)
		p.flushes = append(p.flushes, flush{event: s.Event, node: s.Node, to: f.End, opened: true, clean: f.Clean})
	}
}

func (b *indexer) called(s *Stamped, f env.ProduceCalled) {
	p := b.part(f.TopicPartition)
	w := &send{ProduceCalled: f, session: b.session[f.Client], called: s.Event, returned: never,
		outcome: env.Unknown, offset: -1}
	b.sends[b.key(f.Client, f.Call)] = w
	p.sends = append(p.sends, w)
	p.byValue[f.Value] = w
}

func (b *indexer) returned(s *Stamped, f env.ProduceReturned) {
	w := b.sends[b.key(f.Client, f.Call)]
	if w == nil {
		return
	}
	w.returned, w.outcome, w.offset, w.attempts, w.err = s.Event, f.Outcome, f.Offset, f.Attempts, f.Error
	if f.Outcome != env.OK {
		w.offset = -1
	}
}

func (b *indexer) callEvent(client string, call, returned uint64) uint64 {
	if e, ok := b.calls[b.key(client, call)]; ok {
		return e
	}
	return returned
}

func (b *indexer) polled(s *Stamped, f *env.Polled) {
	p := b.part(f.TopicPartition)
	p.placed = true
	p.polls = append(p.polls, &poll{Polled: f, returned: s.Event, called: b.callEvent(f.Client, f.Call, s.Event)})
}

func (b *indexer) endRead(s *Stamped, f env.EndOffsetReturned) {
	if f.Outcome != env.OK {
		return
	}
	p := b.part(f.TopicPartition)
	p.ends = append(p.ends, endRead{client: f.Client, returned: s.Event, offset: f.Offset,
		called: b.callEvent(f.Client, f.Call, s.Event)})
}

// claim is one statement that an offset holds a value, the more trusted ones with the lower rank.
type claim struct {
	offset env.Offset
	rank   int
	event  uint64
	value  string
}

// order collects what is known of every offset. The final log is believed first, then whoever saw it last:
// an offset may have been lost and taken again.
func (p *part) order() {
	var claims []claim
	if p.log != nil {
		for _, e := range p.log.Entries {
			claims = append(claims, claim{offset: e.Offset, value: e.Value})
		}
	}
	for _, q := range p.polls {
		for i := range q.Records {
			claims = append(claims, claim{q.Records[i].Offset, 1, q.returned, q.Records[i].Value})
		}
	}
	for _, w := range p.sends {
		if w.acked() {
			claims = append(claims, claim{w.offset, 1, w.returned, w.Value})
		}
	}
	slices.SortFunc(claims, func(a, b claim) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.rank, b.rank), cmp.Compare(b.event, a.event), cmp.Compare(a.value, b.value))
	})
	for _, c := range claims {
		if n := len(p.versions); n == 0 || p.versions[n-1].offset != c.offset {
			p.versions = append(p.versions, version{offset: c.offset, seen: never})
		}
		v := &p.versions[len(p.versions)-1]
		if !slices.Contains(v.values, c.value) {
			v.values = append(v.values, c.value)
		}
	}
	p.sight()
	p.lossy = slices.ContainsFunc(p.versions, func(v version) bool { return len(v.values) > 1 || p.beyond(v.offset) }) ||
		slices.ContainsFunc(p.sends, func(w *send) bool { return w.acked() && p.lost(w) })
}

// sight notes when each offset's true value was first seen.
func (p *part) sight() {
	for _, q := range p.polls {
		for i := range q.Records {
			if v := p.version(q.Records[i].Offset); v.values[0] == q.Records[i].Value {
				v.seen = min(v.seen, q.returned)
			}
		}
	}
}

// place is how many known offsets lie below o: its dense index if it is known.
func (p *part) place(o env.Offset) int {
	i, _ := slices.BinarySearchFunc(p.versions, o, func(v version, o env.Offset) int { return cmp.Compare(v.offset, o) })
	return i
}

// version is what is known of an offset, nil if nothing is.
func (p *part) version(o env.Offset) *version {
	if i := p.place(o); i < len(p.versions) && p.versions[i].offset == o {
		return &p.versions[i]
	}
	return nil
}

// beyond says that the final log ends before an offset.
func (p *part) beyond(o env.Offset) bool { return p.log != nil && o >= p.log.End }

// lost says that an acknowledged record is not where it should be in the final log. What retention or
// compaction has taken is not lost.
func (p *part) lost(w *send) bool {
	if p.log == nil || w.offset < p.log.Start {
		return false
	}
	v := p.version(w.offset)
	if v.values[0] == w.Value && !p.beyond(w.offset) && p.logged(w.offset) {
		return false
	}
	return !p.log.Compacted || !p.superseded(w)
}

// logged says that the final log has a record at an offset.
func (p *part) logged(o env.Offset) bool {
	_, ok := slices.BinarySearchFunc(p.log.Entries, o, func(e Entry, o env.Offset) int { return cmp.Compare(e.Offset, o) })
	return ok
}

// superseded says that another record with the same key may have come later.
func (p *part) superseded(w *send) bool {
	return w.Key != "" && slices.ContainsFunc(p.sends, func(x *send) bool {
		return x != w && x.Key == w.Key && (x.offset > w.offset || x.offset < 0 && x.outcome != env.Failed)
	})
}

func finding(check string, p *part, o env.Offset, event uint64, sentence string) Finding {
	return Finding{Check: check, Sentence: sentence, Partition: p.TopicPartition, Offset: o, Event: event}
}
