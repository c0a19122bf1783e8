package seglog

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

// StartAt empties the log, which then begins and ends at offset, wherever that lies: the log of a replica that has
// got a snapshot of everything below. No epoch is known any more. Like Truncate it may be called at any time, and the
// log is Loading until it is done and durable. A crash in between leaves some of the segments or none, and then
// where the log began is lost: the caller must have checkpointed a recovery point of zero before.
func (l *Log) StartAt(now env.Now, offset kafka.Offset) {
	if l.state != Ready {
		return
	}
	l.w.Emit(env.LogCutting{TopicPartition: l.ext.tp, To: l.ext.start, Anew: true})
	l.drain(now, func(now env.Now) { l.truncation.startAt(now, offset) })
}
