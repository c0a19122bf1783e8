package coordinator

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/core/seglog"
)

// Partition is one partition of the internal topic, as the replica below has it on this broker.
type Partition interface {
	// Leadership returns whether this broker leads the partition, and how far its log reaches.
	Leadership() Leadership
	// Scan reads whole batches from an offset on, about limit bytes of them: see [seglog.Log.Scan].
	Scan(now env.Now, from kafka.Offset, limit int) (batches []byte, next kafka.Offset, status seglog.ReadStatus)
	// Append appends a batch with acks=all, and calls done.Acked once: when the batch is committed, or when it is not
	// known here whether it will be. It never does so before it returns. A batch that is refused is not in the log, and
	// nothing is called.
	Append(now env.Now, batch record.Batch, done Waiter) kafka.ErrorCode
}

// Waiter receives the outcome of an append. The tag is the caller's own, and 0 here.
type Waiter interface {
	Acked(now env.Now, tag int, code kafka.ErrorCode)
}

// Leadership is what a Runtime must know of a replica. The offsets are those of the leader's log, and mean nothing
// where this broker does not lead.
type Leadership struct {
	Leads         bool // this broker leads the partition, and its log can be read and appended to
	Epoch         kafka.LeaderEpoch
	EpochStart    kafka.Offset // where the leader's epoch begins
	LogStart      kafka.Offset
	HighWatermark kafka.Offset
}
