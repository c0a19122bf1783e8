// Package admit decides whether a topic's configuration lets a valid batch be appended: its size, codec, timestamps and
// keys (max.message.bytes, compression.type, message.timestamp.*, cleanup.policy), with Kafka's codes, in Kafka's
// order.
//
// It refuses with a text and the records concerned (KIP-467). It promises to change nothing of a batch that it refuses,
// and to unpack no batch beyond a bound. Whether the log is led here, and whether enough replicas are in sync, is
// checked elsewhere (core/broker, core/replica).
package admit

import (
	"fmt"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/core/wire"
)

// Topic is what a topic's configuration lets be appended.
type Topic struct {
	MaxMessageBytes          int
	compacted                bool
	logAppendTime            bool
	timestampAfterMaxMillis  int64
	timestampBeforeMaxMillis int64
	ownCodec                 bool // compression.type is not producer
	codec                    record.Codec
}

// TopicOf reads a topic's configuration: to look up a config by its name takes a while.
func TopicOf(t *config.Topic) Topic {
	l := Topic{
		MaxMessageBytes: t.Int("max.message.bytes"), compacted: t.Has("compact"),
		logAppendTime:            t.Text("message.timestamp.type") == "LogAppendTime",
		timestampAfterMaxMillis:  t.Long("message.timestamp.after.max.ms"),
		timestampBeforeMaxMillis: t.Long("message.timestamp.before.max.ms"),
	}
	switch name := t.Text("compression.type"); name {
	case "producer":
	case "uncompressed":
		l.ownCodec = true
	default:
		l.codec, l.ownCodec = record.ParseCodec(name)
	}
	return l
}

// StoresZstd reports whether the topic compresses its batches with zstd (KIP-110).
func (c *Topic) StoresZstd() bool { return c.ownCodec && c.codec == record.Zstd }

// Batch is a batch that a producer wants appended to a partition of a topic.
type Batch struct {
	Topic   string
	In      *wire.ProducePartition
	Out     *wire.ProduceResponsePartition // gets the text and the records concerned, if the batch is refused
	Scratch *record.Scratch
}

// Check checks a valid batch, and rewrites it with the topic's codec if that has one of its own.
func (c *Topic) Check(now env.Now, b Batch) kafka.ErrorCode {
	in, out := b.In, b.Out
	switch {
	case in.Batch.Size() > c.MaxMessageBytes:
		return c.tooLarge(b)
	case in.Summary.UncompressedSize > record.DefaultMaxUncompressed && c.unpacks(b):
		out.ErrText = fmt.Sprintf("the batch becomes %d bytes of records, of which the broker rewrites or reads at most %d at once: "+
			"send smaller batches, or as topic %s stores them (compression.type)", in.Summary.UncompressedSize,
			record.DefaultMaxUncompressed, b.Topic)
		return kafka.MessageTooLarge
	case c.logAppendTime && in.Batch.Attributes().LogAppendTime():
		b.reject("the batch sets the timestamp type LogAppendTime, which is the broker's to set", everyRecord)
		return kafka.InvalidTimestamp
	case c.compacted && in.Summary.NullKeys:
		b.reject("a compacted topic takes no record without a key", func(r record.Record, _ env.WallMillis) bool {
			return r.Key == nil
		})
		return kafka.InvalidRecord
	case !c.logAppendTime && !c.inTime(now, in.Summary.MaxTimestamp, in.Summary.MinTimestamp):
		b.reject(fmt.Sprintf("the timestamp is not between %d ms before (message.timestamp.before.max.ms) and %d ms after (message.timestamp.after.max.ms) the broker's clock",
			c.timestampBeforeMaxMillis, c.timestampAfterMaxMillis), func(_ record.Record, t env.WallMillis) bool {
			return !c.inTime(now, t, t)
		})
		return kafka.InvalidTimestamp
	}
	if in.Batch.Attributes().LogAppendTime() {
		in.Batch.SetCreateTime() // Kafka takes it for the topic's type
	}
	return c.recompress(b)
}

func everyRecord(record.Record, env.WallMillis) bool { return true }

// unpacks reports whether the broker itself decompresses what is appended: to compress it with another codec, or to
// load a coordinator.
func (c *Topic) unpacks(b Batch) bool {
	return kafka.IsInternalTopic(b.Topic) || c.ownCodec && b.In.Batch.Attributes().Codec() != c.codec
}

func (c *Topic) tooLarge(b Batch) kafka.ErrorCode {
	b.Out.ErrText = fmt.Sprintf("the batch has %d bytes, max.message.bytes of topic %s allows %d", b.In.Batch.Size(),
		b.Topic, c.MaxMessageBytes)
	return kafka.MessageTooLarge
}

// inTime reports whether timestamps that reach from earliest to latest are near enough to the broker's clock.
// Records without a timestamp always are.
func (c *Topic) inTime(now env.Now, latest, earliest env.WallMillis) bool {
	return (latest == record.NoTimestamp || int64(latest)-int64(now.Wall) <= c.timestampAfterMaxMillis) &&
		(earliest == record.NoTimestamp || int64(now.Wall)-int64(earliest) <= c.timestampBeforeMaxMillis)
}

// keptScratch bounds the buffers that one batch leaves to the next.
const keptScratch = 1 << 20

// recordErrorsMax bounds the records named in one partition's answer.
const recordErrorsMax = 100

// reject names the records the batch is refused for (KIP-467).
func (b Batch) reject(why string, bad func(record.Record, env.WallMillis) bool) {
	out := b.Out
	out.ErrText = "topic " + b.Topic + " refuses records of the batch: " + why
	defer b.Scratch.Trim(keptScratch)
	records := b.In.Batch.Records(b.Scratch, record.Limits{})
	for r, ok := records.Next(); ok && len(out.RecordErrors) < recordErrorsMax; r, ok = records.Next() {
		if bad(r, records.Timestamp(r)) {
			out.RecordErrors = append(out.RecordErrors, wire.RecordError{Index: r.OffsetDelta, Text: why})
		}
	}
}

// recompress rewrites the batch if the topic asks for a codec of its own; with compression.type=producer
// nothing is touched.
func (c *Topic) recompress(b Batch) kafka.ErrorCode {
	in := b.In
	if !c.ownCodec || in.Batch.Attributes().Codec() == c.codec {
		return kafka.None
	}
	defer b.Scratch.Trim(keptScratch)
	batch, err := record.Recompress(in.Batch, c.codec, b.Scratch, record.Limits{})
	if err != nil {
		b.Out.ErrText = err.Error()
		return kafka.InvalidRecord
	}
	if in.Batch = batch; batch.Size() > c.MaxMessageBytes {
		return c.tooLarge(b)
	}
	return kafka.None
}
