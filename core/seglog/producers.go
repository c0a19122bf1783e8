package seglog

import (
	"math"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
	"gregor/core/record"
)

// rememberedBatches is how many of a producer's last batches can be recognized when they come again. It is
// Kafka's number: a client has at most that many in flight.
const rememberedBatches = 5

// expirySlice is how many producers one Tick looks at.
const expirySlice = 1024

// producersMax bounds the producers that a log remembers, 25 MB of them. Kafka has no bound but
// producer.id.expiration.ms, a day, within which clients may be assigned millions of ids. Beyond it the log forgets
// those that have not written for longest, as if they had expired.
const producersMax = 100_000

// forgetAmong is among how many the one is looked for that has not written for longest: looking through all of them for
// each new one would take longer than appending.
const forgetAmong = 64

// sentBatch is one batch an idempotent producer has appended.
type sentBatch struct {
	last      kafka.Sequence
	offset    kafka.Offset // of the last record
	delta     int32        // last offset minus first
	timestamp env.WallMillis
}

func (s sentBatch) first() kafka.Sequence { return minusSequence(s.last, s.delta) }

// minusSequence goes n back; after 2^31-1 comes 0.
func minusSequence(s kafka.Sequence, n int32) kafka.Sequence {
	if int32(s) >= n {
		return s - kafka.Sequence(n)
	}
	return kafka.Sequence(math.MaxInt32 - (int64(n) - int64(s)) + 1)
}

// producer is the state of one idempotent producer.
type producer struct {
	id               kafka.ProducerID
	epoch            kafka.ProducerEpoch
	n                int8 // batches known, the last one at n-1
	sent             [rememberedBatches]sentBatch
	timestamp        env.WallMillis
	coordinatorEpoch int32
	txnFirst         kafka.Offset // -1: no transaction
}

func (p *producer) lastSequence() kafka.Sequence {
	if p.n == 0 {
		return -1
	}
	return p.sent[p.n-1].last
}

func (p *producer) add(s sentBatch) {
	if p.n == rememberedBatches || mutants.Enabled && mutants.On().IdempotenceWindowOne && p.n == 1 {
		copy(p.sent[:], p.sent[1:])
		p.n--
	}
	p.sent[p.n] = s
	p.n++
	p.timestamp = s.timestamp
}

func (p *producer) setEpoch(e kafka.ProducerEpoch) {
	if p.epoch != e {
		p.epoch, p.n = e, 0
	}
}

// producers is the state of all producers of a log. They lie in a list so that a walk has an order and can be
// divided into slices.
type producers struct {
	list []producer
	at   map[kafka.ProducerID]int

	pause      // between two looks for expired ones
	cursor int // how far this look has come
	hand   int // where forgetOne looked last
	most   int // producersMax unless a test sets it
}

func (ps *producers) find(id kafka.ProducerID) *producer {
	if i, ok := ps.at[id]; ok {
		return &ps.list[i]
	}
	return nil
}

func (ps *producers) put(p producer) {
	if old := ps.find(p.id); old != nil {
		*old = p
		return
	}
	for len(ps.list) >= ps.max() {
		ps.forgetOne()
	}
	if ps.at == nil {
		ps.at = map[kafka.ProducerID]int{}
	}
	ps.at[p.id] = len(ps.list)
	ps.list = append(ps.list, p)
}

func (ps *producers) clear() { ps.list, ps.at, ps.cursor = nil, nil, 0 }

func (ps *producers) max() int {
	if ps.most > 0 {
		return ps.most
	}
	return producersMax
}

// forgetOne forgets, of the next few producers in the list, the one whose last batch lies furthest back. One in a
// transaction is kept, unless all of them are.
func (ps *producers) forgetOne() {
	oldest := -1
	for range min(forgetAmong, len(ps.list)) {
		ps.hand = (ps.hand + 1) % len(ps.list)
		if oldest < 0 || ps.list[ps.hand].lastOffset() < ps.list[oldest].lastOffset() {
			oldest = ps.hand
		}
	}
	ps.removeAt(oldest)
}

// lastOffset is where the producer wrote last; one in a transaction counts as the youngest.
func (p *producer) lastOffset() kafka.Offset {
	switch {
	case p.txnFirst >= 0:
		return math.MaxInt64
	case p.n == 0:
		return -1
	}
	return p.sent[p.n-1].offset
}

func (ps *producers) removeAt(i int) {
	must.Equal("seglog: index of a producer", ps.at[ps.list[i].id], "its place in the list", i, ps.list[i].id,
		"is a producer listed twice?")
	delete(ps.at, ps.list[i].id)
	last := len(ps.list) - 1
	if i != last {
		ps.list[i] = ps.list[last]
		ps.at[ps.list[i].id] = i
	}
	ps.list = ps.list[:last]
}

// note records a batch that has been appended.
func (ps *producers) note(b record.Batch) {
	id := b.ProducerID()
	if id < 0 {
		return
	}
	p := ps.find(id)
	if p == nil {
		ps.put(producer{id: id, epoch: b.ProducerEpoch(), coordinatorEpoch: -1, txnFirst: -1,
			timestamp: record.NoTimestamp})
		p = ps.find(id)
	}
	p.setEpoch(b.ProducerEpoch())
	if b.Attributes().IsControl() {
		p.timestamp = b.MaxTimestamp()
		return
	}
	p.add(sentBatch{last: b.LastSequence(), offset: b.LastOffset(), delta: b.LastOffsetDelta(),
		timestamp: b.MaxTimestamp()})
}

// Remembers reports whether a batch is one of the last that its idempotent producer has appended. Appending it again
// gives the same result.
func (l *Log) Remembers(b record.Batch) bool {
	p := l.prods.find(b.ProducerID())
	return b.ProducerID() >= 0 && p != nil && p.duplicate(b) != nil
}

// duplicate is the batch appended before with the same sequence numbers, if it is remembered.
func (p *producer) duplicate(b record.Batch) *sentBatch {
	if b.ProducerEpoch() != p.epoch {
		return nil
	}
	for i := range p.n {
		if s := &p.sent[i]; s.last == b.LastSequence() && s.first() == b.BaseSequence() {
			return s
		}
	}
	return nil
}

func (p *producer) check(b record.Batch) *Error {
	epoch, first := b.ProducerEpoch(), b.BaseSequence()
	switch {
	case epoch < p.epoch:
		return refuse(kafka.InvalidProducerEpoch, "producer %d has epoch %d, the batch %d", p.id, p.epoch, epoch)
	case epoch > p.epoch && first != 0:
		return refuse(kafka.OutOfOrderSequenceNumber, "producer %d begins epoch %d with sequence %d; 0 must come first",
			p.id, epoch, first)
	case epoch > p.epoch || first == record.AddSequence(p.lastSequence(), 1):
		return nil
	}
	return refuse(kafka.OutOfOrderSequenceNumber, "producer %d sends sequence %d after %d", p.id, first, p.lastSequence())
}

// expire forgets producers that have not written for producer.id.expiration.ms, a slice at a time.
func (ps *producers) expire(now env.Now, cfg *Config) {
	if now.Mono < ps.due {
		return
	}
	ps.until(now.Mono) // the next slice follows at once
	for range expirySlice {
		if ps.cursor >= len(ps.list) {
			ps.cursor = 0
			ps.begin(now, cfg.ProducerIDExpirationCheckMs)
			return
		}
		if ps.list[ps.cursor].expired(now.Wall, cfg.ProducerIDExpirationMs) {
			ps.removeAt(ps.cursor)
		} else {
			ps.cursor++
		}
	}
}

func (p *producer) expired(now env.WallMillis, after int64) bool {
	return p.txnFirst < 0 && int64(now-p.timestamp) >= after
}

// ProducerState is what DescribeProducers returns of one producer.
type ProducerState struct {
	ID               kafka.ProducerID
	Epoch            kafka.ProducerEpoch
	LastSequence     kafka.Sequence
	LastTimestamp    env.WallMillis
	CoordinatorEpoch int32
	TxnStart         kafka.Offset // -1: none
}

// Producers lists the idempotent producers the log knows.
func (l *Log) Producers() []ProducerState {
	out := make([]ProducerState, 0, len(l.prods.list))
	for i := range l.prods.list {
		p := &l.prods.list[i]
		out = append(out, ProducerState{p.id, p.epoch, p.lastSequence(), p.timestamp, p.coordinatorEpoch, p.txnFirst})
	}
	return out
}
