package seglog

import (
	"strings"

	"gregor/core/env"
)

type search struct{}
type replay struct{}
type retain struct{ due env.Instant }
type cleaner struct {
	due       env.Instant
	cleanedTo env.Offset
}
type doomed struct{}
type closing struct{}

func (r *retain) schedule(now env.Now, c *Config)  { r.due = env.Never }
func (r *cleaner) schedule(now env.Now, c *Config) { r.due = env.Never }
func (l *Log) retainTick(now env.Now)              {}
func (l *Log) cleanTick(now env.Now)               {}
func (l *Log) removeDoomed(now env.Now)            {}
func (l *Log) doomedDeadline() env.Instant         { return env.Never }
func (l *Log) closeMore(now env.Now)               {}

func parentOf(dir string) string {
	if i := strings.LastIndexByte(dir, '/'); i >= 0 {
		return dir[:i]
	}
	return "."
}

func (l *Log) load(now env.Now) {
	l.w.Disk.MkdirAll(l.must("create "+l.dir, func(now env.Now, e env.Event) {
		l.epochs.unsafe = allSafe
		l.start = l.rec.LogStart
		l.end, l.written, l.high = l.start, l.start, l.start
		l.flusher.flushed = l.start
		l.begin(now, l.start)
		l.state = Ready
	}), l.dir)
}

// Found is the answer to a search by time. Offset is -1 if there is no such record.
type Found struct {
	Offset    env.Offset
	Timestamp env.WallMillis
	Epoch     env.LeaderEpoch
}

// OffsetForTimestamp finds the first record at or after a time.
func (l *Log) OffsetForTimestamp(now env.Now, ts env.WallMillis) (Found, ReadStatus) {
	return Found{Offset: -1, Timestamp: -1, Epoch: env.NoEpoch}, ReadReady
}

// MaxTimestamp finds the first record with the largest timestamp in the log.
func (l *Log) MaxTimestamp(now env.Now) (Found, ReadStatus) {
	return Found{Offset: -1, Timestamp: -1, Epoch: env.NoEpoch}, ReadReady
}

// Truncate cuts off everything from to on. The log is Loading until that is done.
func (l *Log) Truncate(now env.Now, to env.Offset) {}

// DeleteRecords moves the log start up to before; -1 means the high watermark.
func (l *Log) DeleteRecords(now env.Now, before env.Offset) *Error { return nil }

// Close writes everything out; the log is Closed when that is done.
func (l *Log) Close(now env.Now) {}

// Delete removes the log; it is Closed when nothing is left.
func (l *Log) Delete(now env.Now) {}

// Scan reads whole batches into memory, from offset on, about maxBytes of them.
func (l *Log) Scan(now env.Now, from env.Offset, maxBytes int) (batches []byte, next env.Offset, status ReadStatus) {
	return nil, from, ReadReady
}

// RecoveryPoint is what the broker may write to recovery-point-offset-checkpoint: a scan after a crash need not
// look below.
func (l *Log) RecoveryPoint() env.Offset { return l.Flushed() }

// CleanerCheckpoint is what the broker may write to cleaner-offset-checkpoint.
func (l *Log) CleanerCheckpoint() env.Offset { return l.cleaner.cleanedTo }
