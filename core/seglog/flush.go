package seglog

import (
	"slices"

	"gregor/core/env"
	"gregor/core/mutants"
)

// noHold says that no append waits for a flush.
const noHold env.Offset = -1

// flusher runs flush rounds: one sync of every file with something unsynced, and of the directory if names
// changed. Rounds never overlap; what is appended during one is covered by the next.
type flusher struct {
	flushed env.Offset // everything below survives a power cut
	want    env.Offset // a round must bring flushed here
	hold    env.Offset // the first append that waits for its flush (flush.messages), or noHold
	last    env.Instant

	running int        // outcomes outstanding of the round
	syncs   []logSync  // of .log files, in flight
	target  env.Offset // what the round covers
	dir     bool       // names in the directory changed since it was last synced
	parent  bool       // likewise for the directory's own name
}

func (f *flusher) reset(now env.Now) { f.hold, f.last = noHold, now.Mono }

// Flushed is the end of what survives a power cut.
func (l *Log) Flushed() env.Offset { return l.flusher.flushed }

// RecoveryPoint is what the broker may write to recovery-point-offset-checkpoint: after a crash nothing below it
// has to be read again. Beyond what is flushed it takes into account the indexes of sealed segments and
// leader-epoch-checkpoint, which are trusted below it.
func (l *Log) RecoveryPoint() env.Offset {
	point := min(l.flusher.flushed, l.epochs.unsafe)
	for i := len(l.segments) - 1; i >= 0; i-- {
		if seg := l.segments[i]; seg.sealed && !seg.safe {
			point = min(point, seg.base)
		}
	}
	return point
}

// Stable is the end of what may be acknowledged: what is written, or with flush.messages due what is flushed.
// It never goes back but by truncation.
func (l *Log) Stable() env.Offset {
	if f := &l.flusher; f.hold != noHold {
		return min(l.written, max(f.flushed, f.hold))
	}
	return l.written
}

// Flush asks that everything appended so far be flushed.
func (l *Log) Flush(now env.Now) {
	l.flusher.want = max(l.flusher.want, l.end)
	l.proceed(now)
}

// holdStable makes appends wait for a flush once flush.messages are unflushed.
func (l *Log) holdStable() {
	f := &l.flusher
	switch {
	case int64(l.end-f.flushed) < l.cfg.FlushMessages:
		f.hold = noHold
	case f.hold == noHold:
		f.hold = l.Stable()
	}
}

// flushDeadline is when flush.ms asks for a round.
func (l *Log) flushDeadline() env.Instant {
	if l.flusher.running > 0 || l.flusher.flushed >= l.written {
		return env.Never
	}
	return after(l.flusher.last, l.cfg.FlushMs)
}

// flush starts a round if one is due and there is something to flush.
func (l *Log) flush(now env.Now) {
	f := &l.flusher
	if f.running > 0 || l.written <= f.flushed {
		return
	}
	if f.hold != noHold || now.Mono >= after(f.last, l.cfg.FlushMs) || f.want > f.flushed {
		l.startFlush(now)
	}
}

// startFlush submits a round. A sync covers only writes whose outcome has come, so it targets Written.
func (l *Log) startFlush(now env.Now) {
	f := &l.flusher
	f.target = l.written
	f.running = 1 // so that the round is not over before all of it is submitted
	for i := len(l.segments) - 1; i >= 0; i-- {
		seg := l.segments[i]
		if seg.sealed && seg.size > 0 && seg.synced == seg.size {
			break
		}
		l.syncLog(seg)
	}
	l.syncNames()
	l.endFlush(now)
}

// logSync is the sync of a .log file in flight.
type logSync struct {
	op     env.OpID
	seg    *segment
	covers env.Position
}

func (l *Log) syncLog(seg *segment) {
	if seg.synced >= seg.written || seg.file == 0 {
		return
	}
	l.flusher.running++
	op := l.ops.Next()
	l.flusher.syncs = append(l.flusher.syncs, logSync{op, seg, seg.written})
	l.w.Disk.Sync(op, seg.file)
}

// synced takes the outcome of a .log file's sync; false if the op is none. A failed sync may have lost what it
// was to save, and a later one would not say so.
func (l *Log) synced(now env.Now, e env.Event) bool {
	f := &l.flusher
	for i, s := range f.syncs {
		if s.op != e.Op {
			continue
		}
		f.syncs = slices.Delete(f.syncs, i, i+1)
		if e.Err != nil && !(mutants.Enabled && mutants.On().SyncErrorIgnored) {
			l.fence("sync of " + logName(s.seg.base) + ": " + e.Err.Error())
			return true
		}
		s.seg.synced = min(s.covers, s.seg.size)
		l.endFlush(now)
		l.proceed(now)
		return true
	}
	return false
}

func (l *Log) syncNames() {
	f := &l.flusher
	if mutants.Enabled && mutants.On().NoDirectorySync {
		return
	}
	if f.dir {
		f.dir = false
		f.running++
		l.w.Disk.SyncDir(l.must("sync of the directory", func(now env.Now, e env.Event) { l.endFlush(now) }), l.dir)
	}
	if f.parent {
		f.parent = false
		f.running++
		l.w.Disk.SyncDir(l.must("sync of the data directory", func(now env.Now, e env.Event) { l.endFlush(now) }),
			parentOf(l.dir))
	}
}

// endFlush counts one outcome of the round, and ends it with the last.
func (l *Log) endFlush(now env.Now) {
	f := &l.flusher
	if f.running--; f.running > 0 {
		return
	}
	f.last = now.Mono
	if f.target <= f.flushed || l.state == Full { // a Full log stands still until its files are read again
		return
	}
	stable := l.Stable()
	f.flushed = f.target
	if l.holdStable(); f.hold != noHold {
		f.hold = max(f.hold, stable)
	}
	if l.w.Facts != nil {
		l.w.Facts.Tell(env.Flushed{TopicPartition: l.tp, To: f.flushed})
	}
}
