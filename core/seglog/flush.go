package seglog

import (
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
)

// noHold is the hold of a log in which no append waits for a flush.
const noHold kafka.Offset = -1

// flusher runs flush rounds: one sync of every file with something unsynced, and of the directory if names
// changed. Rounds never overlap; what is appended during one is covered by the next.
//
//	idle --- flush.messages, flush.ms, or asked --- running: files and names synced --- last outcome: flushed = target
type flusher struct {
	dir   *directory
	ext   *extent
	cfg   *Config
	w     *env.World
	owner flushOwner

	flushed kafka.Offset // everything below survives a power cut
	want    kafka.Offset // a round must bring flushed here
	hold    kafka.Offset // the first append that waits for its flush (flush.messages), or noHold
	last    env.Instant

	running int          // outcomes outstanding of the round
	syncs   []logSync    // of .log files, in flight
	target  kafka.Offset // what the round covers
}

// flushOwner is what a flusher needs of its log.
type flushOwner interface {
	State() State
	fence(reason string)
	proceed(now env.Now) // after the outcome of a sync
}

func (f *flusher) reset(now env.Now) { f.hold, f.last = noHold, now.Mono }

// Flushed is the end of what survives a power cut.
func (l *Log) Flushed() kafka.Offset { return l.flusher.flushed }

// RecoveryPoint is what the broker may write to recovery-point-offset-checkpoint: after a crash nothing below it
// has to be read again. Beyond what is flushed it respects the indexes of sealed segments and
// leader-epoch-checkpoint, which are trusted below it.
func (l *Log) RecoveryPoint() kafka.Offset {
	point := min(l.flusher.flushed, l.epochs.unsafe)
	for i := len(l.ext.segments) - 1; i >= 0; i-- {
		if seg := l.ext.segments[i]; seg.sealed && !seg.safe {
			point = min(point, seg.base)
		}
	}
	return point
}

// Stable is the end of what may be acknowledged: what is written, or with flush.messages due what is flushed.
// It never goes back but by truncation.
func (l *Log) Stable() kafka.Offset { return l.flusher.stable() }

func (f *flusher) stable() kafka.Offset {
	if f.hold != noHold {
		return min(f.ext.written, max(f.flushed, f.hold))
	}
	return f.ext.written
}

// Flush asks that everything appended so far be flushed.
func (l *Log) Flush(now env.Now) {
	l.flusher.ask(l.ext.end)
	l.proceed(now)
}

// ask has everything below an offset flushed soon, whatever flush.messages and flush.ms are.
func (f *flusher) ask(to kafka.Offset) { f.want = max(f.want, to) }

// holdStable makes appends wait for a flush once flush.messages are unflushed.
func (f *flusher) holdStable() {
	switch {
	case int64(f.ext.end-f.flushed) < f.cfg.FlushMessages:
		f.hold = noHold
	case f.hold == noHold:
		f.hold = f.stable()
	}
}

// flushDeadline returns when the next round is due by flush.ms.
func (f *flusher) flushDeadline() env.Instant {
	if f.running > 0 || f.flushed >= f.ext.written {
		return env.Never
	}
	return after(f.last, f.cfg.FlushMs)
}

// flush starts a round if one is due and there is something to flush.
func (f *flusher) flush(now env.Now) {
	if f.running > 0 || f.ext.written <= f.flushed {
		return
	}
	if f.hold != noHold || now.Mono >= after(f.last, f.cfg.FlushMs) || f.want > f.flushed {
		f.startFlush(now)
	}
}

// startFlush submits a round. A sync covers only writes whose outcome has come, so it targets Written.
func (f *flusher) startFlush(now env.Now) {
	must.Above("seglog: written end", f.ext.written, "flushed end", f.flushed, f.ext.tp, "is there anything to flush?")
	f.target = f.ext.written
	f.running = 1 // so that the round is not over before all of it is submitted
	for i := len(f.ext.segments) - 1; i >= 0; i-- {
		seg := f.ext.segments[i]
		if seg.sealed && seg.size > 0 && seg.synced == seg.size {
			break
		}
		f.syncLog(seg)
	}
	f.syncNames()
	f.endFlush(now)
}

// logSync is the sync of a .log file in flight.
type logSync struct {
	op     env.OpID
	seg    *segment
	covers env.Position
}

func (f *flusher) syncLog(seg *segment) {
	if seg.synced >= seg.written || seg.file == 0 {
		return
	}
	f.running++
	op := f.dir.ops.Next()
	f.syncs = append(f.syncs, logSync{op, seg, seg.written})
	f.dir.disk.Sync(op, seg.file)
}

// synced handles the outcome of a .log file's sync; it returns false if the op is of another kind. A failed sync may
// have lost what it was to save, and a later one would succeed all the same.
func (f *flusher) synced(now env.Now, e env.Event) bool {
	for i, s := range f.syncs {
		if s.op != e.Op {
			continue
		}
		f.syncs = slices.Delete(f.syncs, i, i+1)
		if e.Err != nil && !(mutants.Enabled && mutants.On().SyncErrorIgnored) {
			f.owner.fence("sync of " + logName(s.seg.base) + ": " + e.Err.Error())
			return true
		}
		must.AtLeast("seglog: bytes that a sync covers", s.covers, "bytes synced before", s.seg.synced, f.ext.tp,
			"did syncs of one file overlap?")
		s.seg.synced = min(s.covers, s.seg.size)
		f.endFlush(now)
		f.owner.proceed(now)
		return true
	}
	return false
}

func (f *flusher) syncNames() {
	if mutants.Enabled && mutants.On().NoDirectorySync {
		return
	}
	if f.dir.names {
		f.dir.names = false
		f.running++
		f.dir.sync(func(now env.Now) { f.endFlush(now) })
	}
	if f.dir.parent {
		f.dir.parent = false
		f.running++
		f.dir.disk.SyncDir(f.dir.must("sync of the data directory", func(now env.Now, e env.Event) { f.endFlush(now) }),
			parentOf(f.dir.name))
	}
}

// endFlush counts one outcome of the round, and ends it with the last.
func (f *flusher) endFlush(now env.Now) {
	f.running--
	must.AtLeast("seglog: outcomes outstanding of a flush", f.running, "zero", 0, f.ext.tp,
		"was an outcome counted twice?")
	if f.running > 0 {
		return
	}
	f.last = now.Mono
	if f.target <= f.flushed || f.owner.State() == Full { // a Full log stands still until its files are read again
		return
	}
	stable := f.stable()
	must.AtLeast("seglog: written end", f.ext.written, "end of a flush", f.target, f.ext.tp,
		"was the log truncated under the flush?")
	f.flushed = f.target
	if f.holdStable(); f.hold != noHold {
		f.hold = max(f.hold, stable)
	}
	if f.w.Facts != nil {
		f.w.Facts.Emit(env.Flushed{TopicPartition: f.ext.tp, To: f.flushed})
	}
}
