package seglog

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

// Truncate removes everything from to on: batches, index entries, epochs, producers. A batch that holds to goes whole.
// An offset below the log start empties the log, which then begins there. It may be called at any time: the log is
// Loading from then on, until everything that was in flight has come back, the truncation is durable, and what is left
// has been read again from the recovery point on. A log that is not Ready ignores it.
//
// The caller must have checkpointed a recovery point that is not above CutFloor before: after a
// crash a log that ends below its recovery point counts as damaged.
func (l *Log) Truncate(now env.Now, to kafka.Offset) {
	if l.state != Ready || to >= l.ext.end {
		return
	}
	l.w.Emit(env.LogCutting{TopicPartition: l.ext.tp, To: to})
	l.drain(now, func(now env.Now) { l.truncation.truncate(now, to) })
}

// CutFloor is where the log may end when it is truncated to an offset and a crash interrupts that: not below the
// segment that holds the offset; if all of them go, anywhere.
func (l *Log) CutFloor(to kafka.Offset) kafka.Offset {
	if to < l.ext.start {
		return 0
	}
	return min(to, l.ext.segments[l.ext.search(to)].base)
}

// drain makes the log Loading and calls f when nothing is in flight any more: no write or sync, which f would undo,
// and nothing that has to do with indexes, snapshots or names either. What is read again goes into the same files, and
// an old write that came late would end up among the new ones.
func (l *Log) drain(now env.Now, f func(env.Now)) {
	l.state, l.truncation.then = Loading, f
	l.cleaner.stop(now)
	l.searches.stop()
	l.truncation.resume(now)
}

// reload reads the log again as after a crash, from the recovery point on, which is now at or below end.
func (l *Log) reload(now env.Now, start, end kafka.Offset) {
	point := min(l.RecoveryPoint(), end)
	l.rec = Recovery{RecoveryPoint: point, LogStart: start, HighWatermark: l.ext.high,
		CleanedTo: min(l.cleaner.cleanedTo, end), TopicID: l.rec.TopicID, Named: l.rec.Named}
	l.cleaner.cleanedTo = l.rec.CleanedTo
	l.w.Emit(env.LogTruncated{TopicPartition: l.ext.tp, To: end, Reason: "truncation"})
	l.reread(now)
}

// reread forgets what has been read of the files, and reads them again.
func (l *Log) reread(now env.Now) {
	for _, seg := range l.ext.segments {
		l.indexes.detach(seg)
		l.trash.add(seg, now.Mono)
	}
	l.ext.segments, l.ext.size = nil, 0
	l.indexes.cached = nil
	l.snaps.at, l.snaps.last = nil, 0
	l.searches.list, l.scans.list = nil, nil
	l.finder.reset()
	l.prods.clear()
	l.flusher.running, l.flusher.hold = 0, noHold
	l.load(now)
}
