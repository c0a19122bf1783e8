package broker

import (
	"fmt"

	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/record"
	"gregor/core/replica"
	"gregor/core/wire"
)

// adminClient may write to internal topics, as in Kafka.
const adminClient = "__admin_client"

// admit decides whether the batch may be appended, in Kafka's order of checks.
func (p *produce) admit(now env.Now, r *wire.Produce, tp env.TopicPartition, in *wire.ProducePartition, out *wire.ProduceResponsePartition) (*partition, wire.ErrorCode) {
	part, code := p.broker.partition(tp)
	switch {
	case r.Transactional || in.Err == wire.None && in.Batch.Attributes().IsTransactional():
		out.ErrText = "this broker does not serve transactions"
		return nil, wire.InvalidTxnState
	case code == wire.UnknownTopicOrPartition:
		return nil, code
	case in.Malformed:
		out.ErrText = in.ErrText
		return nil, in.Err
	case r.Acks < replica.AcksAll || r.Acks > replica.AcksLeader:
		return nil, wire.InvalidRequiredAcks
	case describe.InternalTopic(tp.Topic) && p.slot.clientID != adminClient:
		return nil, wire.InvalidTopicException
	case code != wire.None:
		return nil, code
	case in.Err != wire.None:
		out.ErrText, code = in.ErrText, in.Err
	default:
		code = part.admits(now, in, out)
	}
	if code != wire.None {
		out.LogStart = part.startAfter(code)
	}
	return part, code
}

// admits checks a valid batch against the topic's configuration, unless it is the retry of one that was taken: a clock
// or a setting may have changed since. (Kafka refuses it then, and the producer counts what was appended as failed.)
func (p *partition) admits(now env.Now, in *wire.ProducePartition, out *wire.ProduceResponsePartition) wire.ErrorCode {
	code := p.complies(now, in, out)
	if code != wire.None && p.log.Remembers(in.Batch) {
		out.ErrText, out.RecordErrors = "", out.RecordErrors[:0]
		return wire.None
	}
	return code
}

// complies checks a batch against the topic's configuration. Whether enough replicas are in sync the replica checks.
func (p *partition) complies(now env.Now, in *wire.ProducePartition, out *wire.ProduceResponsePartition) wire.ErrorCode {
	c := &p.limits
	switch {
	case in.Batch.Size() > c.maxMessageBytes:
		return p.tooLarge(in, out)
	case in.Summary.UncompressedSize > record.DefaultMaxUncompressed && p.unpacks(in):
		out.ErrText = fmt.Sprintf("the batch becomes %d bytes of records, of which the broker rewrites or reads at most %d at once: "+
			"send smaller batches, or as topic %s stores them (compression.type)", in.Summary.UncompressedSize, record.DefaultMaxUncompressed, p.Topic)
		return wire.MessageTooLarge
	case c.logAppendTime && in.Batch.Attributes().LogAppendTime():
		p.reject(in, out, "the batch sets the timestamp type LogAppendTime, which is the broker's to set", everyRecord)
		return wire.InvalidTimestamp
	case c.compacted && in.Summary.NullKeys:
		p.reject(in, out, "a compacted topic takes no record without a key", func(r record.Record, _ env.WallMillis) bool { return r.Key == nil })
		return wire.InvalidRecord
	case !c.logAppendTime && !c.inTime(now, in.Summary.MaxTimestamp, in.Summary.MinTimestamp):
		p.reject(in, out, fmt.Sprintf("the timestamp is not between %d ms before (message.timestamp.before.max.ms) and %d ms after (message.timestamp.after.max.ms) the broker's clock",
			c.timestampBeforeMaxMillis, c.timestampAfterMaxMillis), func(_ record.Record, t env.WallMillis) bool { return !c.inTime(now, t, t) })
		return wire.InvalidTimestamp
	}
	if in.Batch.Attributes().LogAppendTime() {
		in.Batch.SetCreateTime() // Kafka takes it for the topic's type
	}
	return p.recompress(in, out)
}

func everyRecord(record.Record, env.WallMillis) bool { return true }

// unpacks reports whether the broker itself decompresses what is appended: to compress it anew, or to load a coordinator.
func (p *partition) unpacks(in *wire.ProducePartition) bool {
	return describe.InternalTopic(p.Topic) || p.limits.ownCodec && in.Batch.Attributes().Codec() != p.limits.codec
}

func (p *partition) tooLarge(in *wire.ProducePartition, out *wire.ProduceResponsePartition) wire.ErrorCode {
	out.ErrText = fmt.Sprintf("the batch has %d bytes, max.message.bytes of topic %s allows %d", in.Batch.Size(), p.Topic, p.limits.maxMessageBytes)
	return wire.MessageTooLarge
}

// inTime says whether timestamps that reach from earliest to latest are near enough to the broker's clock.
// Records without a timestamp always are.
func (c *partitionLimits) inTime(now env.Now, latest, earliest env.WallMillis) bool {
	return (latest == record.NoTimestamp || int64(latest)-int64(now.Wall) <= c.timestampAfterMaxMillis) &&
		(earliest == record.NoTimestamp || int64(now.Wall)-int64(earliest) <= c.timestampBeforeMaxMillis)
}

// keptScratch bounds the buffers that one batch leaves to the next.
const keptScratch = 1 << 20

// recordErrorsMax bounds the records named in one partition's answer.
const recordErrorsMax = 100

// reject names the records the batch is refused for (KIP-467).
func (p *partition) reject(in *wire.ProducePartition, out *wire.ProduceResponsePartition, why string, bad func(record.Record, env.WallMillis) bool) {
	out.ErrText = "topic " + p.Topic + " refuses records of the batch: " + why
	defer p.broker.scratch.Trim(keptScratch)
	records := in.Batch.Records(&p.broker.scratch, record.Limits{})
	for r, ok := records.Next(); ok && len(out.RecordErrors) < recordErrorsMax; r, ok = records.Next() {
		if bad(r, records.Timestamp(r)) {
			out.RecordErrors = append(out.RecordErrors, wire.RecordError{Index: r.OffsetDelta, Text: why})
		}
	}
}

// recompress rewrites the batch if the topic asks for a codec of its own; with compression.type=producer
// nothing is touched.
func (p *partition) recompress(in *wire.ProducePartition, out *wire.ProduceResponsePartition) wire.ErrorCode {
	if !p.limits.ownCodec || in.Batch.Attributes().Codec() == p.limits.codec {
		return wire.None
	}
	defer p.broker.scratch.Trim(keptScratch)
	batch, err := record.Recompress(in.Batch, p.limits.codec, &p.broker.scratch, record.Limits{})
	if err != nil {
		out.ErrText = err.Error()
		return wire.InvalidRecord
	}
	if in.Batch = batch; batch.Size() > p.limits.maxMessageBytes {
		return p.tooLarge(in, out)
	}
	return wire.None
}

// startAfter is the log start offset beside an error. Kafka leaves it out where the batch did not come to be judged by its
// records (ReplicaManager.appendRecordsToLeader).
func (p *partition) startAfter(code wire.ErrorCode) env.Offset {
	switch code {
	case wire.CorruptMessage, wire.UnknownTopicOrPartition, wire.NotLeaderOrFollower, wire.MessageTooLarge, wire.RecordListTooLarge,
		wire.KafkaStorageError, wire.NotEnoughReplicas:
		return -1
	}
	return p.log.LogStart()
}
