package client

import (
	"errors"
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// verdict is what one attempt at a batch came to.
type verdict struct {
	code     kafka.ErrorCode
	base     kafka.Offset // -1: not known
	logStart int64        // -1: not known
	err      error        // nil: acknowledged
}

func (p *Producer) answered(now env.Now, r result) {
	switch about := r.call.about.(type) {
	case initAsk:
		p.identified(now, r)
	case *produceAsk:
		p.produced(now, r, about)
	}
}

// produced settles every batch of a request. One that the answer does not mention is as good as unanswered.
func (p *Producer) produced(now env.Now, r result, ask *produceAsk) {
	resp, _ := r.resp.(*kmsg.ProduceResponse)
	for _, b := range ask.batches {
		v := unansweredVerdict(r.err)
		switch {
		case r.err == nil && p.cfg.Acks == kafka.AcksNone:
			v = verdict{base: -1, logStart: -1}
		case resp != nil:
			v = p.find(resp, b.tp)
		}
		o := p.box(b.tp)
		o.wire = slices.DeleteFunc(o.wire, func(x *batch) bool { return x == b })
		if staleMetadata(v.code) {
			p.net.meta.wanted = true
		}
		if !b.ended {
			p.judge(now, o, b, v)
		}
	}
}

var errUnmentioned = errors.New("the broker's answer does not mention the partition")

func unansweredVerdict(err error) verdict {
	v := verdict{code: kafka.NetworkException, base: -1, logStart: -1, err: err}
	switch {
	case err == nil:
		v.err = errUnmentioned
	case errors.Is(err, errTimedOut):
		v.code = kafka.RequestTimedOut
	case errors.Is(err, errUnsupported):
		v.code = kafka.UnsupportedVersion
	}
	return v
}

// find reads the partition's part of an answer. It also heeds the leader that a refusal may name.
func (p *Producer) find(resp *kmsg.ProduceResponse, tp kafka.TopicPartition) verdict {
	for i := range resp.Topics {
		t := &resp.Topics[i]
		name, named := p.net.meta.nameOf(kafka.UUID(t.TopicID))
		if t.Topic != tp.Topic && !(named && name == tp.Topic) {
			continue
		}
		for j := range t.Partitions {
			part := &t.Partitions[j]
			if part.Partition != int32(tp.Partition) {
				continue
			}
			p.net.meta.hint(tp, part.CurrentLeader.LeaderID, kafka.LeaderEpoch(part.CurrentLeader.LeaderEpoch))
			return verdict{kafka.ErrorCode(part.ErrorCode), kafka.Offset(part.BaseOffset), part.LogStartOffset,
				failure(kafka.ErrorCode(part.ErrorCode), part.ErrorMessage)}
		}
	}
	return unansweredVerdict(nil)
}

// judge decides whether a batch is acknowledged, tried again, split, or has failed.
func (p *Producer) judge(now env.Now, o *outbox, b *batch, v verdict) {
	b.doubt = b.doubt || v.err != nil && certainly(v.code) == env.Unknown
	switch {
	case v.err == nil, v.code == kafka.DuplicateSequenceNumber && b.sequenced:
		p.acknowledged(now, o, b, v)
	case v.code == kafka.MessageTooLarge && len(b.entries) > 1:
		o.split(b, min(p.cfg.BatchSize, b.size/2))
	case p.mayRetry(now, o, b, v):
		b.retries++
		o.requeue(b, now.Mono.Add(p.backoff(b.retries)))
	default:
		p.failed(now, o, b, v)
	}
}

func (p *Producer) mayRetry(now env.Now, o *outbox, b *batch, v verdict) bool {
	if b.retries >= p.cfg.Retries || b.created.Add(p.cfg.DeliveryTimeout) <= now.Mono {
		return false
	}
	if b.sequenced {
		if retry, decided := o.retriesSequence(b, v.code, v.logStart); decided {
			return retry
		}
	}
	return v.code.Retriable()
}

func (p *Producer) acknowledged(now env.Now, o *outbox, b *batch, v verdict) {
	if b.sequenced && b.id == o.id {
		o.acked = max(o.acked, int64(b.last()))
	}
	base := v.base
	if v.err != nil {
		base = -1 // a duplicate so old that the broker no longer knows where it is
	}
	p.end(now, o, b, base, nil)
}

func (p *Producer) failed(now env.Now, o *outbox, b *batch, v verdict) {
	switch v.code {
	case kafka.ClusterAuthorizationFailed, kafka.UnsupportedVersion, kafka.ProducerFenced:
		p.fatal = v.err
	}
	switch {
	case !b.sequenced:
	case b.doubt, o.othersInDoubt(b):
		o.abandon(b)
	default:
		o.rewrite = true // its sequence is missing; those behind it must move up, under a new epoch
	}
	p.end(now, o, b, -1, v.err)
}

// end returns every record of a batch.
func (p *Producer) end(now env.Now, o *outbox, b *batch, base kafka.Offset, err error) {
	o.forget(b)
	b.ended = true
	r := Produced{Outcome: env.OK, Offset: base, Err: err}
	if err != nil {
		r.Outcome = pick(b.doubt, env.Unknown, env.Failed)
	}
	for i := range b.entries {
		if r.Offset = -1; base >= 0 {
			r.Offset = base + kafka.Offset(i)
		}
		p.returned(now, b.tp, &b.entries[i], b.requests, r)
	}
}
