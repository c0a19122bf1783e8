package client

import (
	"math"
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// producerID is who an idempotent producer is to the brokers.
type producerID struct {
	id    kafka.ProducerID
	epoch kafka.ProducerEpoch
}

var noProducer = producerID{-1, -1}

// identity is the idempotent producer's: its id, and whether one is being asked for.
type identity struct {
	producerID
	asked    bool
	failures int
	retryAt  env.Instant
}

type initAsk struct{}

// identify makes sure of a producer id, and bumps the epoch when sequences must start again. A bump waits until
// nothing of the partitions concerned is in a request: what comes back may still settle it.
func (p *Producer) identify(now env.Now) {
	if p.me.id >= 0 && p.bump() {
		return
	}
	if p.me.id >= 0 || p.me.asked || !p.anythingQueued() {
		return
	}
	if now.Mono < p.me.retryAt {
		p.wakeAt(p.me.retryAt)
		return
	}
	to, ok := p.net.least(now, dataLane)
	if !ok {
		return
	}
	req := kmsg.NewPtrInitProducerIDRequest()
	req.TransactionTimeoutMillis = math.MaxInt32
	req.ProducerID, req.ProducerEpoch = -1, -1
	p.me.asked = true
	p.net.send(now, to, req, -1, p.cfg.RequestTimeout, initAsk{})
}

// bump raises the epoch if an outbox asks for it and none of those is on the wire. The epoch is the client's to
// raise (KIP-360); only when it is used up a new id is needed. It reports whether the id may be used.
func (p *Producer) bump() bool {
	asked := false
	for _, o := range p.boxes {
		if o.rewrite && len(o.wire) > 0 {
			return true
		}
		asked = asked || o.rewrite
	}
	switch {
	case !asked:
		return true
	case p.me.epoch == math.MaxInt16:
		p.me.producerID = noProducer
		return false
	}
	p.me.epoch++
	p.rewriteSequences()
	return true
}

func (p *Producer) rewriteSequences() {
	for _, o := range p.boxes {
		if o.rewrite {
			o.restart(p.me.producerID)
		}
	}
}

// restart begins the partition's sequences at 0 under a new epoch, batches not yet answered first.
func (o *outbox) restart(id producerID) {
	o.id, o.next, o.acked = id, 0, -1
	o.unresolved, o.rewrite = false, false
	o.numbered = 0
	for _, b := range o.tracked {
		b.id, b.sequence, b.encoded, b.nth = id, o.next, nil, o.numbered
		o.numbered++
		o.next = record.AddSequence(o.next, int32(len(b.entries)))
	}
}

func (p *Producer) identified(now env.Now, r result) {
	p.me.asked = false
	code := kafka.NetworkException
	if r.err == nil {
		resp := r.resp.(*kmsg.InitProducerIDResponse)
		code = kafka.ErrorCode(resp.ErrorCode)
		p.me.producerID = pick(code == kafka.None, producerID{kafka.ProducerID(resp.ProducerID),
			kafka.ProducerEpoch(resp.ProducerEpoch)}, noProducer)
	}
	switch {
	case r.err == errUnsupported:
		p.fatal = r.err
	case code == kafka.None:
		p.me.failures = 0
		p.rewriteSequences()
	case code.Retriable():
		p.me.failures++
		p.me.retryAt = now.Mono.Add(p.backoff(p.me.failures))
	default:
		p.fatal = failure(code, nil)
	}
}

// rememberedMax bounds the batches of a partition from the oldest that is not answered on, those answered among them,
// on all connections together: a broker recognises a producer's last five. The Java client bounds what each connection
// owes, and what it sends to a new leader while the old one owes it answers can push those out of the window.
const rememberedMax = 5

// mayDrain reports whether the sequences allow the first batch of the queue to be sent now.
func (o *outbox) mayDrain(me producerID) bool {
	first := o.queue[0]
	switch {
	case me.id < 0 || o.rewrite:
		return false
	case first.sequenced:
		return o.tracked[0] == first // retries go one at a time, in order
	case len(o.tracked) > 0 && (o.id != me || o.acked < 0):
		// Old batches first, or the new epoch's sequence 0 would overtake them. And the very first batch alone:
		// a broker that has not seen this producer takes any sequence, so that the second would pass for the
		// first if that one was lost. (The Java client takes that risk.)
		return false
	}
	return !o.unresolved && (len(o.tracked) == 0 || o.numbered-o.tracked[0].nth < rememberedMax)
}

// assign gives a new batch the next sequence.
func (o *outbox) assign(b *batch, me producerID) {
	if b.sequenced {
		return
	}
	if o.id != me {
		o.restart(me)
	}
	b.id, b.sequence, b.sequenced, b.encoded, b.nth = me, o.next, true, nil, o.numbered
	o.numbered++
	o.next = record.AddSequence(o.next, int32(len(b.entries)))
	o.tracked = append(o.tracked, b)
}

// isNext reports whether sequence follows the last one acknowledged.
func (o *outbox) isNext(sequence kafka.Sequence) bool {
	if o.acked < 0 {
		return sequence == 0
	}
	return sequence == record.AddSequence(kafka.Sequence(o.acked), 1)
}

// settle looks whether a partition whose last sequences are in doubt can go on: yes if later ones were
// acknowledged; if nothing is left to wait for, the epoch is bumped.
func (o *outbox) settle() {
	if !o.unresolved || len(o.tracked) > 0 || len(o.wire) > 0 {
		return
	}
	o.unresolved = false
	o.rewrite = !o.isNext(o.next)
}

// othersInDoubt reports whether another batch may have been appended without a response. In a new epoch the broker
// would not recognise it: it has to be settled in this one.
func (o *outbox) othersInDoubt(b *batch) bool {
	return slices.ContainsFunc(o.tracked, func(x *batch) bool { return x != b && (x.doubt || slices.Contains(o.wire, x)) })
}

// abandon notes that a sequenced batch ended and left a gap, with its fate unknown or that of others.
func (o *outbox) abandon(b *batch) {
	after := record.AddSequence(b.last(), 1)
	if !o.unresolved || after > o.gapAfter {
		o.gapAfter = after
	}
	o.unresolved = true
}

// retriesSequence decides about the two errors that speak of sequences, as the Java client since 2.5 does. Since
// sequences are rewritten only while nothing of the partition is in a request, an answer always speaks of the
// sequence the batch has.
func (o *outbox) retriesSequence(b *batch, code kafka.ErrorCode, logStart int64) (retry, decided bool) {
	switch code {
	case kafka.UnknownProducerID:
		// Without a log start the broker has lost sight of the partition; ask again.
		o.rewrite = o.rewrite || logStart != -1 && b.id == o.id
		return true, true
	case kafka.OutOfOrderSequenceNumber:
		if !o.unresolved && !o.isNext(b.sequence) {
			return true, true // a batch before it failed; it will fit once that one is through
		}
		if o.tracked[0] == b && (!o.unresolved || o.gapAfter == b.sequence) {
			o.rewrite = true // it is behind the gap, and nothing before it waits to be settled
		}
		return true, true
	}
	return false, false
}
