package seglog

import (
	"math"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// Config is a topic's configuration as far as its logs care. The names are Kafka's.
type Config struct {
	SegmentBytes       int64 // segment.bytes
	SegmentMs          int64 // segment.ms
	SegmentJitterMs    int64 // segment.jitter.ms
	IndexIntervalBytes int64 // index.interval.bytes
	IndexSizeMaxBytes  int64 // segment.index.bytes

	RetentionMs       int64 // retention.ms, -1: for ever
	RetentionBytes    int64 // retention.bytes, -1: no limit
	FileDeleteDelayMs int64 // file.delete.delay.ms
	RetentionCheckMs  int64 // log.retention.check.interval.ms

	FlushMessages int64 // flush.messages
	FlushMs       int64 // flush.ms

	CleanupDelete                 bool  // cleanup.policy has delete
	CleanupCompact                bool  // cleanup.policy has compact
	DeleteRetentionMs             int64 // delete.retention.ms
	MinCompactionLagMs            int64 // min.compaction.lag.ms
	MaxCompactionLagMs            int64 // max.compaction.lag.ms
	MinCleanableDirtyRatioPercent int64 // min.cleanable.dirty.ratio, in percent
	CleanerBackoffMs              int64 // log.cleaner.backoff.ms
	CleanerMaxKeys                int   // distinct keys one round of compaction may hold in memory

	LogAppendTime               bool  // message.timestamp.type is LogAppendTime
	ProducerIDExpirationMs      int64 // producer.id.expiration.ms
	ProducerIDExpirationCheckMs int64 // producer.id.expiration.check.interval.ms
}

// DefaultConfig is Kafka's default for every name.
func DefaultConfig() Config {
	const day = 24 * 60 * 60 * 1000
	return Config{
		SegmentBytes: 1 << 30, SegmentMs: 7 * day, IndexIntervalBytes: 4096, IndexSizeMaxBytes: 10 << 20,
		RetentionMs: 7 * day, RetentionBytes: -1, FileDeleteDelayMs: 60_000, RetentionCheckMs: 300_000,
		FlushMessages: math.MaxInt64, FlushMs: math.MaxInt64,
		CleanupDelete: true, DeleteRetentionMs: day, MaxCompactionLagMs: math.MaxInt64,
		MinCleanableDirtyRatioPercent: 50, CleanerBackoffMs: 15_000, CleanerMaxKeys: 1 << 20,
		ProducerIDExpirationMs: day, ProducerIDExpirationCheckMs: 600_000,
	}
}

// appendTime returns the timestamp that a response carries for a batch: only LogAppendTime is any news to the producer.
func (c *Config) appendTime(ts env.WallMillis) env.WallMillis {
	if c.LogAppendTime {
		return ts
	}
	return record.NoTimestamp
}

// maxSegmentMs is how old a segment may get: a compacted topic must roll in time for max.compaction.lag.ms.
func (c *Config) maxSegmentMs() int64 {
	if c.CleanupCompact && c.MaxCompactionLagMs > 0 {
		return min(c.MaxCompactionLagMs, c.SegmentMs)
	}
	return c.SegmentMs
}

// bounded keeps what a later computation divides by or counts with in range.
func (c Config) bounded() Config {
	c.SegmentBytes = min(max(c.SegmentBytes, 14), math.MaxInt32)
	c.IndexIntervalBytes = max(c.IndexIntervalBytes, 0)
	c.IndexSizeMaxBytes = max(c.IndexSizeMaxBytes, 2*timeEntrySize)
	c.RetentionCheckMs = max(c.RetentionCheckMs, 1)
	c.CleanerBackoffMs = max(c.CleanerBackoffMs, 1)
	c.ProducerIDExpirationCheckMs = max(c.ProducerIDExpirationCheckMs, 1)
	c.CleanerMaxKeys = max(c.CleanerMaxKeys, 1)
	c.MinCleanableDirtyRatioPercent = min(c.MinCleanableDirtyRatioPercent, 101) // beyond 100 nothing is dirty enough
	return c
}

// Recovery holds what the broker's checkpoint files record of a log.
type Recovery struct {
	Clean         bool         // the last shutdown was clean
	RecoveryPoint kafka.Offset // everything below was flushed
	LogStart      kafka.Offset
	HighWatermark kafka.Offset
	Least         kafka.Offset // the log must not end below it, or it is ErrIncomplete and stays as it is; 0: not known
	CleanedTo     kafka.Offset // compaction has covered everything below (cleaner-offset-checkpoint)
	TopicID       kafka.UUID   // goes into partition.metadata; zero writes none
	Named         bool         // partition.metadata exists already, with this TopicID
}

// after is the instant ms milliseconds from i; more than a clock can count is never.
func after(i env.Instant, ms int64) env.Instant {
	if ms > int64(env.Never)/int64(time.Millisecond) {
		return env.Never
	}
	return i.Add(time.Duration(ms) * time.Millisecond)
}
