package seglog

import (
	"time"

	"gregor/core/env"
	"gregor/core/mutants"
)

// retainRetry is when retention looks again after it met a round of compaction, which counts on its segments, or
// something of its own that is not durable yet.
const retainRetry = 100 * time.Millisecond

// retain is when to look for segments to delete.
type retain struct {
	rest
	busy bool // the last deletion is not durable
}

// retainTick deletes the oldest segment if a rule asks for it. The next one's turn comes when that is durable: were a
// later one gone after a power cut and an earlier one there, the log would seem to have lost what was between.
func (l *Log) retainTick(now env.Now) {
	if now.Mono < l.retain.due {
		return
	}
	reason := l.deletable(now)
	switch {
	case reason == "":
		l.retain.begin(now, l.cfg.RetentionCheckMs)
	case l.cleaner.running() || l.retain.busy:
		l.retain.until(now.Mono.Add(retainRetry))
	case len(l.ext.segments) == 1:
		l.roll(now, l.ext.end) // the next Tick sees two
	case !l.ext.segments[1].named:
		l.retain.until(now.Mono.Add(retainRetry)) // or nothing might be left of the log
	default:
		l.deleteOldest(now, reason)
	}
}

// deletable says which rule asks for the oldest segment, if any. Nothing at or above the high watermark goes (R14,
// KAFKA-5634).
func (l *Log) deletable(now env.Now) string {
	seg, upper := l.ext.segments[0], l.ext.endOf(0)
	switch {
	case upper > l.ext.high && !(mutants.Enabled && mutants.On().RetentionPastHighWatermark) || seg.pinnedByWrites():
		return ""
	case len(l.ext.segments) > 1 && upper <= l.ext.start:
		return "delete-records"
	case !l.cfg.CleanupDelete || len(l.ext.segments) == 1 && seg.size == 0:
		return ""
	case l.cfg.RetentionBytes >= 0 && int64(l.ext.size-seg.size) >= l.cfg.RetentionBytes:
		return "retention.bytes"
	case l.cfg.RetentionMs >= 0 && int64(now.Wall-seg.largest()) > l.cfg.RetentionMs:
		return "retention.ms"
	}
	return ""
}

func (s *segment) pinnedByWrites() bool { return s.written < s.size }

// largest is the time retention counts from: of the newest batch, or if there is none when the segment was made.
func (s *segment) largest() env.WallMillis {
	if s.maxTimestamp >= 0 {
		return s.maxTimestamp
	}
	return s.created
}

// deleteOldest deletes the first segment of several.
func (l *Log) deleteOldest(now env.Now, reason string) {
	seg := l.ext.segments[0]
	l.ext.segments = l.ext.segments[1:]
	l.ext.size -= seg.size
	l.finder.tail.forget(l.ext.segments[0].base)
	l.retain.until(env.Never)
	l.retain.busy = true
	l.trash.discard(seg, after(now.Mono, l.cfg.FileDeleteDelayMs), func(now env.Now) {
		l.dir.sync(func(now env.Now) {
			l.retain.until(now.Mono)
			l.retain.busy = false
		})
	})
	l.snaps.drop(0, seg.base+1)
	l.moveStart(l.ext.segments[0].base, reason)
}

// moveStart advances the log start offset.
func (l *Log) moveStart(to env.Offset, reason string) {
	if to <= l.ext.start {
		return
	}
	l.ext.start = to
	l.ext.high = max(l.ext.high, to)
	if l.epochs.truncateStart(to) {
		l.epochs.save()
	}
	l.w.Tell(env.LogStartAdvanced{TopicPartition: l.ext.tp, To: to, Reason: reason})
}

// DeleteRecords moves the log start up to before; -1 means the high watermark. The segments below are deleted
// soon after.
func (l *Log) DeleteRecords(now env.Now, before env.Offset) *Error {
	if before == -1 {
		before = l.ext.high
	}
	switch {
	case l.state == Fenced || l.state == Full:
		return refuse(CodeKafkaStorageError, "%v", l.err)
	case l.state != Ready:
		return refuse(CodeNotLeaderOrFollower, "%s is %s", l.ext.tp, l.state)
	case before < 0 || before > l.ext.high:
		return refuse(CodeOffsetOutOfRange, "offset %d is above the high watermark %d", before, l.ext.high)
	}
	l.moveStart(before, "delete-records")
	l.retain.until(now.Mono)
	return nil
}
