package client

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Producer is a Kafka producer as a node. Its application is the workload of its configuration, or a program that
// calls Send between steps and takes results from the Sink.
type Producer struct {
	w       *env.World
	cfg     ProducerConfig
	net     *pool
	parts   partitioner
	builder record.Builder
	req     kmsg.ProduceRequest // its room is used again
	ready   []int32             // room for a list

	work     workload
	calls    uint64
	waiting  int       // records between Send and return
	held     int       // bytes of them
	squeezed bool      // a record waits for room: batches do not linger
	unplaced []entry   // wait for their topic's metadata
	placing  []entry   // room for the next list
	boxes    []*outbox // sorted by partition
	turn     int       // which outbox is asked first, so that none starves
	me       identity
	fatal    error // nothing can be sent any more

	told    []byte // room for a fact's text
	wake    env.Instant
	dirty   bool // Send was called since the last step
	closing bool
	closed  bool
}

// ErrFull is Send's answer while buffer.memory is used up: try again after the next result.
var ErrFull = errors.New("buffer.memory is full")

// ErrClosed is Send's answer once the producer shuts down.
var ErrClosed = errors.New("the producer is closed")

// NewProducer makes a producer. The configuration must have passed Validate.
func NewProducer(w env.World, cfg ProducerConfig) *Producer {
	p := &Producer{w: &w, cfg: cfg, me: identity{producerID: noProducer}, wake: 0}
	p.net = newPool(p.w, &p.cfg.Common)
	p.parts = newPartitioner(w.Rand.Fork("client/partitioner"), cfg.BatchSize)
	p.work.Workload = cfg.Workload
	return p
}

// Step implements env.Node.
func (p *Producer) Step(now env.Now, e env.Event) {
	if p.closed {
		p.net.begin(now, e) // closes a connection that was still being made
		return
	}
	p.wake, p.dirty = env.Never, false
	switch e.Kind {
	case env.Boot:
		p.work.start(now, p.cfg.ClientID)
	case env.Shutdown:
		p.closing = true
	}
	p.net.begin(now, e)
	for _, r := range p.net.results() {
		p.answered(now, r)
	}
	p.advance(now)
	p.net.end(now)
}

// Deadline implements env.Node.
func (p *Producer) Deadline() env.Instant {
	switch {
	case p.closed:
		return env.Never
	case p.dirty:
		return 0
	}
	return min(p.wake, p.net.deadline())
}

// Done reports whether the workload is sent and acknowledged, or the producer is closed.
func (p *Producer) Done() bool {
	return p.closed || p.work.due() == env.Never && p.waiting == 0
}

// Closed reports whether the producer has ended.
func (p *Producer) Closed() bool { return p.closed }

// Send hands over a record. The call it returns comes back in Produced, exactly once.
func (p *Producer) Send(now env.Now, r Record) (call uint64, err error) {
	switch {
	case p.closing || p.closed:
		return 0, ErrClosed
	case p.waiting > 0 && p.held+r.size() > p.cfg.BufferMemory:
		p.squeezed, p.dirty = true, true
		return 0, ErrFull
	}
	if r.Timestamp == 0 {
		r.Timestamp = now.Wall
	}
	p.calls++
	p.dirty = true
	e := entry{call: p.calls, rec: r, blockBy: now.Mono.Add(p.cfg.MaxBlock)}
	p.waiting, p.held = p.waiting+1, p.held+r.size()
	p.net.meta.add(r.Topic)
	p.unplaced = append(p.unplaced, e)
	return e.call, nil
}

func (p *Producer) wakeAt(t env.Instant) { p.wake = min(p.wake, t) }

func (p *Producer) backoff(failures int) time.Duration {
	return backoff(p.cfg.RetryBackoff, p.cfg.RetryBackoffMax, failures, &p.net.rnd)
}

// advance does all that can be done now.
func (p *Producer) advance(now env.Now) {
	p.feed(now)
	p.place(now)
	p.expire(now)
	if p.fatal != nil {
		p.failAll(now, p.fatal)
	}
	if p.cfg.Idempotence {
		for _, o := range p.boxes {
			o.settle()
		}
		p.identify(now)
	}
	p.drain(now)
	if p.closing && p.waiting == 0 {
		p.finish(now)
	}
}

func (p *Producer) finish(now env.Now) {
	p.net.close(now)
	p.closed = true
	p.w.Emit(env.ClientClosed{Client: p.cfg.ClientID})
}

// feed sends what the workload has due.
func (p *Producer) feed(now env.Now) {
	if p.cfg.Workload.Topic != "" && !p.closing {
		p.net.meta.add(p.cfg.Workload.Topic)
	}
	for !p.closing && p.work.due() <= now.Mono {
		full := p.work.RatePerSecond == 0 && p.waiting >= window
		if full || p.waiting > 0 && p.held+p.work.ValueBytes+64 > p.cfg.BufferMemory {
			p.squeezed = true
			return // a result makes room, and steps
		}
		if _, err := p.Send(now, p.work.next()); err != nil {
			panic(fmt.Sprintf("client: a workload record was not taken: %v; the room is checked above", err))
		}
	}
	p.dirty = false
	p.wakeAt(pick(p.closing, env.Never, p.work.due()))
}

// place gives each new record its partition, once its topic is known. Only here its call is emitted: nothing of it
// can have left before.
func (p *Producer) place(now env.Now) {
	fresh := p.unplaced
	if len(fresh) == 0 {
		return
	}
	p.unplaced, p.placing = p.placing[:0], nil // the sink may Send while this runs
	kept := fresh[:0]
	for _, e := range fresh {
		tp, err := p.partition(&e.rec)
		switch {
		case err != nil:
			p.refuse(now, e, err)
		case tp.Partition >= 0:
			p.take(now, tp, e)
		case e.blockBy <= now.Mono:
			p.refuse(now, e, fmt.Errorf("TIMEOUT: topic %s not in metadata after %v", e.rec.Topic, p.cfg.MaxBlock))
		default:
			p.wakeAt(e.blockBy)
			p.net.meta.wanted = true
			kept = append(kept, e)
		}
	}
	clear(fresh[len(kept):])
	sent := p.unplaced
	p.unplaced = append(kept, sent...)
	clear(sent)
	p.placing = sent
}

// partition is where a record goes; -1 while that is not known.
func (p *Producer) partition(r *Record) (kafka.TopicPartition, error) {
	tp := kafka.TopicPartition{Topic: r.Topic, Partition: -1}
	if size := record.HeaderSize + r.size(); size > p.cfg.MaxRequestSize {
		return tp, fmt.Errorf("MESSAGE_TOO_LARGE: %d bytes are above max.request.size=%d", size, p.cfg.MaxRequestSize)
	}
	if t := p.net.meta.info[r.Topic]; t != nil && t.code != kafka.None && !t.code.Retriable() {
		return tp, failure(t.code, nil)
	}
	t := p.net.meta.topic(r.Topic)
	switch {
	case t == nil:
	case r.Partition < 0:
		tp.Partition = p.parts.choose(t, r.Key, r.size())
	case t.has(r.Partition):
		tp.Partition = r.Partition
	}
	return tp, nil
}

func (p *Producer) take(now env.Now, tp kafka.TopicPartition, e entry) {
	p.called(tp, &e)
	p.box(tp).add(now, e, max(p.cfg.BatchSize, record.HeaderSize))
}

// refuse ends a record that never had a chance to leave.
func (p *Producer) refuse(now env.Now, e entry, err error) {
	tp := kafka.TopicPartition{Topic: e.rec.Topic, Partition: e.rec.Partition}
	p.called(tp, &e)
	p.returned(now, tp, &e, 0, Produced{Outcome: env.Failed, Offset: -1, Err: err})
}

func (p *Producer) box(tp kafka.TopicPartition) *outbox {
	i, found := slices.BinarySearchFunc(p.boxes, tp, func(o *outbox, tp kafka.TopicPartition) int {
		return o.tp.Compare(tp)
	})
	if !found {
		p.boxes = slices.Insert(p.boxes, i, newOutbox(tp))
	}
	return p.boxes[i]
}

func (p *Producer) anythingQueued() bool {
	return slices.ContainsFunc(p.boxes, func(o *outbox) bool { return len(o.queue) > 0 })
}

// expire ends batches older than delivery.timeout.ms, also those in a request.
func (p *Producer) expire(now env.Now) {
	for _, o := range p.boxes {
		old, next := o.expired(now, p.cfg.DeliveryTimeout)
		p.wakeAt(next)
		for _, b := range old {
			b.doubt = b.doubt || slices.Contains(o.wire, b)
			if b.sequenced {
				o.abandon(b)
			}
			p.end(now, o, b, -1, fmt.Errorf("TIMEOUT: %d records of %s not acknowledged %v after the batch began",
				len(b.entries), b.tp, p.cfg.DeliveryTimeout))
		}
	}
}

// failAll ends everything after a fatal error.
func (p *Producer) failAll(now env.Now, why error) {
	for _, o := range p.boxes {
		for len(o.queue) > 0 {
			p.end(now, o, o.queue[0], -1, why)
		}
	}
}

// drain sends what is ready to the brokers that can take it.
func (p *Producer) drain(now env.Now) {
	for _, leader := range p.leaders(now) {
		to := peer{leader, dataLane}
		for p.net.ready(now, to) { // at most MaxInFlight rounds
			batches := p.collect(now, leader)
			if len(batches) == 0 {
				break
			}
			p.produce(now, to, batches)
		}
	}
}

// leaders lists, sorted, the brokers for which something is ready.
func (p *Producer) leaders(now env.Now) []int32 {
	ids := p.ready[:0]
	for _, o := range p.boxes {
		if !p.sendable(now, o) {
			continue
		}
		info, ok := p.net.meta.leader(o.tp)
		if !ok {
			p.net.meta.wanted = true
			continue
		}
		ids = append(ids, info.leader)
	}
	slices.Sort(ids)
	p.ready = slices.Compact(ids)
	return p.ready
}

// sendable reports whether the outbox's first batch should be sent now; if only time is missing it sets the deadline.
func (p *Producer) sendable(now env.Now, o *outbox) bool {
	if len(o.queue) == 0 || p.cfg.MaxInFlight == 1 && len(o.wire) > 0 {
		return false
	}
	if p.cfg.Idempotence && !o.mayDrain(p.me.producerID) {
		return false
	}
	b := o.queue[0]
	at := b.notBefore
	full := len(o.queue) > 1 || b.sealed || b.size >= p.cfg.BatchSize
	if b.requests == 0 && !full && !p.closing && !p.squeezed {
		at = b.created.Add(p.cfg.Linger)
	}
	if now.Mono < at {
		p.wakeAt(at)
		return false
	}
	return true
}

// collect takes at most one batch of each of the leader's partitions, up to max.request.size.
func (p *Producer) collect(now env.Now, leader int32) (out []*batch) {
	size := 0
	for i := range p.boxes {
		o := p.boxes[(p.turn+i)%len(p.boxes)]
		info, ok := p.net.meta.leader(o.tp)
		if !ok || info.leader != leader || !p.sendable(now, o) {
			continue
		}
		if size > 0 && size+o.queue[0].size > p.cfg.MaxRequestSize {
			break
		}
		b := o.queue[0]
		size += b.size
		o.queue = slices.Delete(o.queue, 0, 1) // short, and its room stays
		o.wire = append(o.wire, b)
		if p.cfg.Idempotence {
			o.assign(b, p.me.producerID)
		}
		out = append(out, b)
	}
	p.turn++
	return out
}

// produceAsk is what a Produce request carried.
type produceAsk struct{ batches []*batch }

func (p *Producer) produce(now env.Now, to peer, batches []*batch) {
	req := &p.req
	topics := req.Topics[:0]
	*req = kmsg.NewProduceRequest()
	req.Topics = topics
	req.Acks = int16(p.cfg.Acks)
	req.TimeoutMillis = int32(p.cfg.RequestTimeout / time.Millisecond)
	limit := int16(-1)
	for _, b := range batches {
		b.sealed = true
		b.requests++
		id := p.net.meta.topic(b.tp.Topic).id
		if id == (kafka.UUID{}) {
			limit = 12 // the last version that names topics
		}
		part := kmsg.NewProduceRequestTopicPartition()
		part.Partition, part.Records = int32(b.tp.Partition), b.encode(p.cfg.Codec, &p.builder)
		addProducePartition(req, b.tp.Topic, id, part)
	}
	ask := &produceAsk{batches}
	if p.cfg.Acks == kafka.AcksNone {
		p.net.cast(now, to, req, limit, p.cfg.RequestTimeout, ask)
		return
	}
	p.net.send(now, to, req, limit, p.cfg.RequestTimeout, ask)
}

func addProducePartition(req *kmsg.ProduceRequest, topic string, id kafka.UUID,
	part kmsg.ProduceRequestTopicPartition) {
	i := slices.IndexFunc(req.Topics, func(t kmsg.ProduceRequestTopic) bool { return t.Topic == topic })
	if i < 0 {
		t := kmsg.NewProduceRequestTopic()
		t.Topic, t.TopicID = topic, id
		i = len(req.Topics)
		if i < cap(req.Topics) {
			t.Partitions = req.Topics[:i+1][i].Partitions[:0] // room of an earlier request
		}
		req.Topics = append(req.Topics, t)
	}
	req.Topics[i].Partitions = append(req.Topics[i].Partitions, part)
}

// called and returned are the two ends of a record's history.
func (p *Producer) called(tp kafka.TopicPartition, e *entry) {
	if p.w.Facts == nil {
		return
	}
	p.told = append(append(p.told[:0], e.rec.Key...), e.rec.Value...)
	text, cut := string(p.told), len(e.rec.Key) // one string for both
	p.w.Emit(env.ProduceCalled{Client: p.cfg.ClientID, Call: e.call, TopicPartition: tp, Key: text[:cut],
		Value: text[cut:], Acks: p.cfg.Acks, Idempotent: p.cfg.Idempotence})
}

func (p *Producer) returned(now env.Now, tp kafka.TopicPartition, e *entry, attempts int, r Produced) {
	p.waiting, p.held, p.squeezed = p.waiting-1, p.held-e.rec.size(), false
	r.Call, r.TopicPartition = e.call, tp
	if p.w.Facts != nil {
		fact := env.ProduceReturned{Client: p.cfg.ClientID, Call: e.call, TopicPartition: tp, Outcome: r.Outcome,
			Offset: r.Offset, Attempts: attempts}
		if r.Err != nil {
			fact.Error = r.Err.Error()
		}
		p.w.Emit(fact)
	}
	if p.cfg.Sink != nil {
		p.cfg.Sink.Produced(now, r)
	}
}
