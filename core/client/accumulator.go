package client

import (
	"slices"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// Record is what an application hands to a producer.
type Record struct {
	Topic      string
	Partition  kafka.PartitionID // -1: the partitioner chooses
	Key, Value []byte            // nil is null
	Headers    []record.Header
	Timestamp  env.WallMillis // 0: the time of Send
}

// recordOverhead bounds what a record takes in a batch besides its bytes: three long varints and two lengths.
const recordOverhead = 26

func (r *Record) size() int {
	n := recordOverhead + len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		n += 10 + len(h.Key) + len(h.Value)
	}
	return n
}

// entry is a record between Send and its return.
type entry struct {
	call    uint64
	rec     Record
	blockBy env.Instant // until when it waits for metadata
}

// batch is records of one partition that go, and end, together.
type batch struct {
	tp        kafka.TopicPartition
	entries   []entry
	first     [1]entry // room for the first
	size      int      // upper bound, before compression
	sealed    bool
	created   env.Instant
	notBefore env.Instant
	requests  int  // that carried it
	retries   int  // attempts after the first
	doubt     bool // an attempt may have been appended without our knowing
	ended     bool
	sequenced bool // has a producer id, epoch and sequence
	id        producerID
	sequence  kafka.Sequence
	nth       uint64       // of those of its partition that were given a sequence in this epoch
	encoded   record.Batch // nil: to be built
}

func (b *batch) last() kafka.Sequence { return record.AddSequence(b.sequence, int32(len(b.entries))-1) }

// encode builds the batch's bytes once for each sequence it is given.
func (b *batch) encode(codec record.Codec, builder *record.Builder) record.Batch {
	if b.encoded != nil {
		return b.encoded
	}
	builder.Reset(record.Options{
		Codec: codec, LeaderEpoch: kafka.NoEpoch,
		HasProducer: b.sequenced, ProducerID: b.id.id, ProducerEpoch: b.id.epoch, BaseSequence: b.sequence,
	})
	for i := range b.entries {
		r := &b.entries[i].rec
		builder.Add(r.Timestamp, r.Key, r.Value, r.Headers...)
	}
	b.encoded = builder.Build()
	return b.encoded
}

// outbox is what waits for one partition's leader.
type outbox struct {
	tp      kafka.TopicPartition
	queue   []*batch // first to be sent first; retried ones before new ones
	wire    []*batch // in a request now
	tracked []*batch // sequenced and not ended, in order of sequence

	// The idempotent producer's view of the partition.
	id         producerID
	next       kafka.Sequence // of the next new batch
	numbered   uint64         // batches that were given a sequence in this epoch
	acked      int64          // last sequence acknowledged; -1: none
	unresolved bool           // a sequenced batch ended without our knowing whether it was appended
	gapAfter   kafka.Sequence // if unresolved: the sequence after that batch
	rewrite    bool           // the epoch is to be bumped and tracked batches start again at sequence 0
}

func newOutbox(tp kafka.TopicPartition) *outbox { return &outbox{tp: tp, id: noProducer, acked: -1} }

// add puts an entry into the newest batch that has room for it, or into a new one.
func (o *outbox) add(now env.Now, e entry, limit int) {
	size := e.rec.size()
	if n := len(o.queue); n > 0 && !o.queue[n-1].sealed && o.queue[n-1].size+size <= limit {
		b := o.queue[n-1]
		b.entries, b.size = append(b.entries, e), b.size+size
		return
	}
	o.seal()
	b := &batch{tp: o.tp, size: record.HeaderSize + size, created: now.Mono}
	b.entries = append(b.first[:0], e)
	o.queue = append(o.queue, b)
}

// seal closes the newest batch for more records.
func (o *outbox) seal() {
	if n := len(o.queue); n > 0 {
		o.queue[n-1].sealed = true
	}
}

// requeue puts a batch back for another attempt: a sequenced one where its sequence belongs, another in front.
func (o *outbox) requeue(b *batch, until env.Instant) {
	b.notBefore = until
	at := 0
	if b.sequenced {
		rank := slices.Index(o.tracked, b)
		for at < len(o.queue) && o.queue[at].sequenced && slices.Index(o.tracked, o.queue[at]) < rank {
			at++
		}
	}
	o.queue = slices.Insert(o.queue, at, b)
}

// split cuts a batch the broker finds too large into ones of at most limit bytes, in its place and order.
func (o *outbox) split(b *batch, limit int) {
	var parts []*batch
	for _, e := range b.entries {
		size := e.rec.size()
		if n := len(parts); n == 0 || parts[n-1].size+size > limit {
			parts = append(parts, &batch{tp: o.tp, size: record.HeaderSize, created: b.created, sealed: true,
				requests: b.requests, retries: b.retries, doubt: b.doubt, id: b.id, sequenced: b.sequenced, nth: b.nth})
		}
		part := parts[len(parts)-1]
		part.entries, part.size = append(part.entries, e), part.size+size
	}
	sequence := b.sequence
	for _, part := range parts {
		part.sequence = sequence
		sequence = record.AddSequence(sequence, int32(len(part.entries)))
	}
	if i := slices.Index(o.tracked, b); i >= 0 {
		o.tracked = slices.Replace(o.tracked, i, i+1, parts...)
	}
	for _, part := range slices.Backward(parts) {
		o.requeue(part, 0)
	}
}

// forget takes an ended batch off every list but the wire's.
func (o *outbox) forget(b *batch) {
	is := func(x *batch) bool { return x == b }
	o.queue = slices.DeleteFunc(o.queue, is)
	o.tracked = slices.DeleteFunc(o.tracked, is)
}

// expired removes and returns the batches older than delivery.timeout.ms, and returns when the next one is.
func (o *outbox) expired(now env.Now, timeout time.Duration) (old []*batch, next env.Instant) {
	next = env.Never
	for _, list := range [][]*batch{o.wire, o.queue} {
		for _, b := range list {
			switch end := b.created.Add(timeout); {
			case b.ended:
			case end <= now.Mono:
				old = append(old, b)
			default:
				next = min(next, end)
			}
		}
	}
	return old, next
}
