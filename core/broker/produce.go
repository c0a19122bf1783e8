package broker

import (
	"fmt"

	"gregor/core/env"
	"gregor/core/record"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// produce is a Produce request whose appends are on their way to disk.
type produce struct {
	broker   *Broker
	slot     *slot
	acks     int16
	response wire.ProduceResponse
	spots    []produceSpot // what acked's tag names
	waiting  int           // spots not yet safe, and one while the request is still being looked at
	failed   wire.ErrorCode
}

// produceSpot is one partition's place in the response.
type produceSpot struct{ topic, partition int }

func (b *Broker) produce(now env.Now, s *slot, r *wire.Produce) {
	p := b.takeProduce(s, r.Acks)
	for i := range r.Topics {
		t := &r.Topics[i]
		name, code := b.topicName(t.Topic, t.TopicID, s.version >= 13)
		p.response.AddTopic(name, t.TopicID)
		for j := range t.Partitions {
			p.add(now, r, env.TopicPartition{Topic: name, Partition: t.Partitions[j].Partition}, &t.Partitions[j], code)
		}
	}
	p.release()
}

func (b *Broker) takeProduce(s *slot, acks int16) *produce {
	var p *produce
	if n := len(b.freeProduces); n > 0 {
		p, b.freeProduces = b.freeProduces[n-1], b.freeProduces[:n-1]
	} else {
		p = &produce{broker: b}
	}
	p.slot, p.acks, p.waiting, p.failed = s, acks, 1, wire.None
	p.spots = p.spots[:0]
	p.response.Reset()
	return p
}

// add appends one partition's batch, or notes why not.
func (p *produce) add(now env.Now, r *wire.Produce, tp env.TopicPartition, in *wire.ProducePartition, code wire.ErrorCode) {
	t := len(p.response.Topics) - 1
	out := p.response.Topics[t].AddPartition(in.Partition, code)
	part, code := p.admit(now, r, tp, in, out, code)
	if code != wire.None {
		p.refuse(tp, out, code)
		return
	}
	p.slot.buffer.Hold()
	res, err := part.log.Append(now, seglog.Append{Batch: in.Batch, Summary: in.Summary, Epoch: part.epoch, Buffer: p.slot.buffer})
	if err != nil {
		p.slot.buffer.Release()
		out.ErrText = err.Text
		p.refuse(tp, out, wire.ErrorCode(err.Code))
		return
	}
	out.BaseOffset, out.LogAppendTime, out.LogStart = res.Base, res.LogAppendTime, part.log.LogStart()
	p.waiting++
	p.spots = append(p.spots, produceSpot{t, len(p.response.Topics[t].Partitions) - 1})
	part.awaitStable(res.Last+1, p, len(p.spots)-1)
}

// admit decides whether the batch may be appended, by what the topic allows.
func (p *produce) admit(now env.Now, r *wire.Produce, tp env.TopicPartition, in *wire.ProducePartition, out *wire.ProduceResponsePartition, code wire.ErrorCode) (*partition, wire.ErrorCode) {
	switch {
	case code != wire.None:
		return nil, code
	case r.Acks < -1 || r.Acks > 1:
		return nil, wire.InvalidRequiredAcks
	case in.Err != wire.None:
		out.ErrText = in.ErrText
		return nil, in.Err
	case r.Transactional || in.Batch.Attributes().IsTransactional():
		out.ErrText = "this broker does not serve transactions"
		return nil, wire.InvalidTxnState
	}
	part, code := p.broker.partition(tp)
	if code != wire.None {
		return nil, code
	}
	if p.broker.internal(tp.Topic) && p.slot.clientID != adminClient {
		return nil, wire.InvalidTopicException
	}
	return part, part.admits(now, r.Acks, in, out)
}

// adminClient may write to internal topics, as in Kafka.
const adminClient = "__admin_client"

// admits checks a valid batch against the topic's configuration.
func (p *partition) admits(now env.Now, acks int16, in *wire.ProducePartition, out *wire.ProduceResponsePartition) wire.ErrorCode {
	c := &p.limits
	size, late := in.Batch.Size(), int64(in.Summary.MaxTimestamp)-int64(now.Wall)
	early := int64(now.Wall) - int64(in.Batch.BaseTimestamp())
	switch {
	case size > c.maxMessageBytes:
		out.ErrText = fmt.Sprintf("the batch has %d bytes, max.message.bytes of topic %s allows %d", size, p.Topic, c.maxMessageBytes)
		return wire.MessageTooLarge
	case acks == -1 && c.minInSync > 1:
		out.ErrText = fmt.Sprintf("1 replica in sync, min.insync.replicas of topic %s asks for %d", p.Topic, c.minInSync)
		return wire.NotEnoughReplicas
	case c.compacted && in.Summary.NullKeys:
		out.RecordErrors = append(out.RecordErrors, wire.RecordError{Text: "a compacted topic takes no record without a key"})
		out.ErrText = "one or more records have been rejected: topic " + p.Topic + " is compacted and a record has no key"
		return wire.InvalidRecord
	case !c.logAppendTime && late > c.timestampAfterMaxMillis:
		out.ErrText = fmt.Sprintf("timestamp %d is %d ms ahead of the broker, message.timestamp.after.max.ms allows %d",
			in.Summary.MaxTimestamp, late, c.timestampAfterMaxMillis)
		return wire.InvalidTimestamp
	case !c.logAppendTime && early > c.timestampBeforeMaxMillis:
		out.ErrText = fmt.Sprintf("timestamp %d is %d ms behind the broker, message.timestamp.before.max.ms allows %d",
			in.Batch.BaseTimestamp(), early, c.timestampBeforeMaxMillis)
		return wire.InvalidTimestamp
	}
	return p.recompress(in, out)
}

// recompress rewrites the batch if the topic asks for a codec of its own; with compression.type=producer
// nothing is touched.
func (p *partition) recompress(in *wire.ProducePartition, out *wire.ProduceResponsePartition) wire.ErrorCode {
	if !p.limits.ownCodec || in.Batch.Attributes().Codec() == p.limits.codec {
		return wire.None
	}
	batch, err := record.Recompress(in.Batch, p.limits.codec, &p.broker.scratch, record.Limits{})
	if err != nil {
		out.ErrText = err.Error()
		return wire.CorruptMessage
	}
	in.Batch = batch
	return wire.None
}

func (p *produce) refuse(tp env.TopicPartition, out *wire.ProduceResponsePartition, code wire.ErrorCode) {
	out.Err, p.failed = code, code
	if p.broker.world.Facts != nil {
		p.broker.world.Facts.Tell(env.RequestFailed{Conn: p.slot.conn.id, API: p.slot.key, Code: int16(code), Text: tp.String() + ": " + out.ErrText})
	}
}

// acked hears from a partition that its part is safe, or will never be.
func (p *produce) acked(now env.Now, tag int, code wire.ErrorCode) {
	if code != wire.None {
		at := p.spots[tag]
		out := &p.response.Topics[at.topic].Partitions[at.partition]
		out.Err, out.BaseOffset, p.failed = code, -1, code
	}
	p.release()
}

// release counts one part done; the last one answers.
func (p *produce) release() {
	if p.waiting--; p.waiting > 0 {
		return
	}
	b, s := p.broker, p.slot
	switch {
	case p.acks != 0:
		out := p.response.Append(b.arena.tail(128), s.version, s.correlation)
		s.answer = append(s.answer, env.Segment{Bytes: b.arena.keep(out)})
	case p.failed != wire.None:
		s.silent = true
		b.hangUp(s.conn, s.key, p.failed, "a produce with acks=0 failed; closing is the only answer it can have")
	default:
		s.silent = true
	}
	p.slot = nil
	b.freeProduces = append(b.freeProduces, p)
	b.finish(s)
}
