package seglog

import (
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
)

// retainRetry is when retention looks again after a round of compaction, whose segments must stay, or
// something of its own that is not durable yet.
const retainRetry = 100 * time.Millisecond

// retain is when to look for segments to delete.
type retain struct {
	pause
	dir     *directory
	ext     *extent
	cfg     *Config
	w       *env.World
	tail    *ring
	epochs  *epochs
	snaps   *snapshots
	trash   *trash
	roller  *roller
	cleaner *cleaner

	busy bool // the last deletion is not durable
}

// tick deletes the oldest segment if a rule requires it, and the next one once that is durable: were a
// later one gone after a power cut and an earlier one there, the log would seem to have lost what was between.
func (r *retain) tick(now env.Now) {
	if now.Mono < r.due {
		return
	}
	reason := r.deletable(now)
	switch {
	case reason == "":
		r.begin(now, r.cfg.RetentionCheckMs)
	case r.cleaner.running() || r.busy:
		r.until(now.Mono.Add(retainRetry))
	case len(r.ext.segments) == 1:
		r.roller.roll(now, r.ext.end) // the next Tick sees two
	case !r.ext.segments[1].named:
		r.until(now.Mono.Add(retainRetry)) // or nothing might be left of the log
	default:
		r.deleteOldest(now, reason)
	}
}

// deletable returns the rule by which the oldest segment goes, "" if none does. Nothing at or above the high watermark
// goes (R14, KAFKA-5634).
func (r *retain) deletable(now env.Now) string {
	seg, upper := r.ext.segments[0], r.ext.endOf(0)
	switch {
	case upper > r.ext.high && !(mutants.Enabled && mutants.On().RetentionPastHighWatermark) || seg.pinnedByWrites():
		return ""
	case len(r.ext.segments) > 1 && upper <= r.ext.start:
		return "delete-records"
	case !r.cfg.CleanupDelete || len(r.ext.segments) == 1 && seg.size == 0:
		return ""
	case r.cfg.RetentionBytes >= 0 && int64(r.ext.size-seg.size) >= r.cfg.RetentionBytes:
		return "retention.bytes"
	case r.cfg.RetentionMs >= 0 && int64(now.Wall-seg.largest()) > r.cfg.RetentionMs:
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
func (r *retain) deleteOldest(now env.Now, reason string) {
	seg := r.ext.segments[0]
	must.AtLeast("seglog: segments of a log that loses one", len(r.ext.segments), "two", 2, r.ext.tp,
		"would nothing be left of it?")
	r.ext.segments = r.ext.segments[1:]
	r.ext.size -= seg.size
	must.AtLeast("seglog: size", r.ext.size, "zero", 0, r.ext.tp, "was a segment counted out twice?")
	r.tail.forget(r.ext.segments[0].base)
	r.until(env.Never)
	r.busy = true
	r.trash.discard(seg, after(now.Mono, r.cfg.FileDeleteDelayMs), func(now env.Now) {
		r.dir.sync(func(now env.Now) {
			r.until(now.Mono)
			r.busy = false
		})
	})
	r.snaps.drop(0, seg.base+1)
	r.moveStart(r.ext.segments[0].base, reason)
}

// moveStart advances the log start offset.
func (r *retain) moveStart(to kafka.Offset, reason string) {
	if to <= r.ext.start {
		return
	}
	must.AtLeast("seglog: log end", r.ext.end, "log start", to, r.ext.tp, "was the active segment deleted?")
	r.ext.start = to
	r.ext.high = max(r.ext.high, to)
	if r.epochs.truncateStart(to) {
		r.epochs.save()
	}
	r.w.Emit(env.LogStartAdvanced{TopicPartition: r.ext.tp, To: to, Reason: reason})
}

// DeleteRecords moves the log start up to before; -1 means the high watermark. The segments below are deleted
// soon after.
func (l *Log) DeleteRecords(now env.Now, before kafka.Offset) *Error {
	if before == -1 {
		before = l.ext.high
	}
	switch {
	case l.state == Fenced || l.state == Full:
		return refuse(kafka.KafkaStorageError, "%v", l.err)
	case l.state != Ready:
		return refuse(kafka.NotLeaderOrFollower, "%s is %s", l.ext.tp, l.state)
	case before < 0 || before > l.ext.high:
		return refuse(kafka.OffsetOutOfRange, "offset %d is above the high watermark %d", before, l.ext.high)
	}
	l.retain.moveStart(before, "delete-records")
	l.retain.until(now.Mono)
	return nil
}
