package seglog

import (
	"fmt"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// State is where a log is in its life.
type State uint8

// The states.
//
//	          Open
//	            |
//	            v    recovered         Close              all is synced and closed
//	         Loading ---------> Ready -------> Closing ---------------------------> Closed
//	           ^ ^               | |
//	           | +---------------+ |
//	           | Truncate, StartAt |
//	           |                   v
//	           +----------------- Full
//	             there is space    no space
//
//	Any but Closed becomes Fenced when an operation fails in another way, or the files are damaged. Delete leads
//	from any to Closing, and to Closed when the files are gone.
const (
	Loading State = iota
	Ready
	Closing // Close was called and goes on
	Closed  // everything is on disk and no operation is in flight; or deleted
	Fenced  // a disk error, or damage below the recovery point: see Err
	Full    // no space: what is written can be read, nothing is appended; Ready again when there is space
)

func (s State) String() string {
	return [...]string{"loading", "ready", "closing", "closed", "fenced", "full"}[s]
}

// Readable reports whether a log in this state serves reads.
func (s State) Readable() bool { return s == Ready || s == Full }

// Log is one partition's log.
//
//tidy:size the log hands its calls to these parts, and owns two fields itself
type Log struct {
	w     env.World
	rnd   env.Rand
	cfg   Config
	rec   Recovery
	state State
	err   error

	dir     directory
	ext     extent
	indexes indexes
	finder  finder
	writes  writeQueue
	flusher flusher
	epochs  epochs
	prods   producers
	snaps   snapshots

	searches searches
	scans    replays

	retain     retain
	cleaner    cleaner
	trash      trash
	closing    closing
	appender   appender
	roller     roller
	truncation truncation
	space      space
	scratch    record.Scratch // empty between a search or a cleaning and the next
}

// Open starts loading or creating the log in dir. Its State is Loading until the disk has answered. rec is what
// the broker's checkpoints hold of it.
func Open(w env.World, ops *Ops, tp kafka.TopicPartition, dir string, cfg Config, rec Recovery, now env.Now) *Log {
	l := &Log{w: w, rnd: w.Rand.ForkN("seglog/"+dir, uint64(ops.owner)), cfg: cfg.bounded(), rec: rec}
	l.dir = directory{disk: w.Disk, ops: ops, name: dir, owner: l, pending: map[env.OpID]then{}}
	l.ext.tp = tp
	l.connectFiles()
	l.connectWork()
	l.flusher.reset(now)
	l.retain.begin(now, l.cfg.RetentionCheckMs)
	l.cleaner.begin(now, l.cfg.CleanerBackoffMs)
	l.prods.begin(now, l.cfg.ProducerIDExpirationCheckMs)
	l.cleaner.cleanedTo = rec.CleanedTo
	l.load(now)
	return l
}

// connectFiles gives the parts that read and write files what they use.
func (l *Log) connectFiles() {
	l.indexes = indexes{dir: &l.dir, idle: indexTimer{due: env.Never}}
	l.finder = finder{dir: &l.dir, ext: &l.ext, indexes: &l.indexes}
	l.writes.dir, l.epochs.dir, l.snaps.dir = &l.dir, &l.dir, &l.dir
	l.flusher = flusher{dir: &l.dir, ext: &l.ext, cfg: &l.cfg, w: &l.w, owner: l}
	l.searches = searches{dir: &l.dir, ext: &l.ext, indexes: &l.indexes, scratch: &l.scratch}
	l.scans = replays{dir: &l.dir, ext: &l.ext}
	l.trash = trash{dir: &l.dir, indexes: &l.indexes, tp: l.ext.tp}
}

// connectWork gives the parts that change what the log holds what they use.
func (l *Log) connectWork() {
	l.roller = roller{dir: &l.dir, ext: &l.ext, cfg: &l.cfg, w: &l.w, rnd: &l.rnd, indexes: &l.indexes, writes: &l.writes,
		prods: &l.prods, snaps: &l.snaps, flusher: &l.flusher}
	l.appender = appender{ext: &l.ext, cfg: &l.cfg, w: &l.w, tail: &l.finder.tail, writes: &l.writes, epochs: &l.epochs,
		prods: &l.prods, flusher: &l.flusher}
	l.truncation = truncation{dir: &l.dir, ext: &l.ext, indexes: &l.indexes, trash: &l.trash, snaps: &l.snaps,
		flusher: &l.flusher, writes: &l.writes, cleaner: &l.cleaner, reload: l.reload}
	l.cleaner = cleaner{dir: &l.dir, ext: &l.ext, cfg: &l.cfg, w: &l.w, indexes: &l.indexes, tail: &l.finder.tail,
		prods: &l.prods, snaps: &l.snaps, trash: &l.trash, flusher: &l.flusher, scratch: &l.scratch, owner: l}
	l.retain = retain{dir: &l.dir, ext: &l.ext, cfg: &l.cfg, w: &l.w, tail: &l.finder.tail, epochs: &l.epochs,
		snaps: &l.snaps, trash: &l.trash, roller: &l.roller, cleaner: &l.cleaner}
	l.closing = closing{dir: &l.dir, ext: &l.ext, indexes: &l.indexes, flusher: &l.flusher, prods: &l.prods,
		snaps: &l.snaps, trash: &l.trash, owner: l}
}

// Complete handles the outcome of an operation that this log submitted.
func (l *Log) Complete(now env.Now, e env.Event) {
	if e.Kind == env.Wrote && l.wrote(now, e) || e.Kind == env.Synced && l.flusher.synced(now, e) {
		return
	}
	l.dir.resume(now, e)
	l.proceed(now)
}

// proceed does what became possible.
func (l *Log) proceed(now env.Now) {
	if l.closing.deleted {
		l.deleteMore()
		return
	}
	l.truncation.resume(now)
	if l.state == Ready || l.state == Closing {
		l.flusher.flush(now)
	}
	if l.state == Closing {
		if l.closing.step(now) {
			l.state = Closed
		}
	}
}

// Tick does what is due: flush.ms, retention, cleaning, expiry of producers, removal of deleted files.
func (l *Log) Tick(now env.Now) {
	l.trash.remove(now, l.state == Fenced)
	if l.state == Full {
		l.lookForSpace(now)
		return
	}
	if l.state != Ready {
		l.proceed(now)
		return
	}
	l.indexes.pushIdleIndexes(now)
	l.prods.expire(now, &l.cfg)
	l.retain.tick(now)
	l.cleaner.tick(now)
	l.proceed(now)
}

// Deadline is when Tick has something to do.
func (l *Log) Deadline() env.Instant {
	due := l.trash.deadline()
	if l.state == Full {
		return min(due, l.space.due)
	}
	if l.state != Ready {
		return due
	}
	return min(due, l.flusher.flushDeadline(), l.retain.due, l.cleaner.due, l.prods.due, l.indexes.idle.due)
}

// State returns where the log is in its life.
func (l *Log) State() State { return l.state }

// Err is why the log is Fenced or Full.
func (l *Log) Err() error { return l.err }

// Partition is the log's name.
func (l *Log) Partition() kafka.TopicPartition { return l.ext.tp }

// LogStart is the first offset that may be read.
func (l *Log) LogStart() kafka.Offset { return l.ext.start }

// EndOffset is the next offset to be assigned.
func (l *Log) EndOffset() kafka.Offset { return l.ext.end }

// Written is the end of the contiguous prefix that is in the files.
func (l *Log) Written() kafka.Offset { return l.ext.written }

// HighWatermark is the end of what consumers may read. Its owner sets it.
func (l *Log) HighWatermark() kafka.Offset { return l.ext.high }

// SetHighWatermark moves the high watermark, within what the log holds.
func (l *Log) SetHighWatermark(to kafka.Offset) { l.ext.setHigh(to) }

// LastStableOffset is the end of what read_committed consumers may read.
func (l *Log) LastStableOffset() kafka.Offset { return l.ext.high }

// Size is the log's size in bytes.
func (l *Log) Size() env.Position { return l.ext.size }

// Segments is how many segments the log has.
func (l *Log) Segments() int { return len(l.ext.segments) }

// InFlightBytes is how many appended bytes are not written yet.
func (l *Log) InFlightBytes() int { return l.writes.bytes }

// SetConfig applies a changed topic configuration from now on.
func (l *Log) SetConfig(now env.Now, cfg Config) {
	l.cfg = cfg.bounded()
	l.retain.setLength(l.cfg.RetentionCheckMs)
	l.cleaner.setLength(l.cfg.CleanerBackoffMs)
	l.prods.setLength(l.cfg.ProducerIDExpirationCheckMs)
	l.flusher.holdStable()
	l.proceed(now)
}

// fence ends the log: a disk that failed once may have lost anything, so nothing is written after it.
func (l *Log) fence(reason string) {
	if l.state == Fenced || l.state == Closed {
		return
	}
	l.state, l.err = Fenced, fmt.Errorf("%s: %s", l.ext.tp, reason)
	l.forget()
	l.writes.dropHeld()
	l.w.Emit(env.PartitionFenced{TopicPartition: l.ext.tp, Reason: reason})
}

// forget drops everything in flight, and what waited for it: outcomes that come later are ignored.
func (l *Log) forget() {
	clear(l.dir.pending)
	l.flusher.syncs, l.truncation.then = nil, nil
}

// recovered makes a log Ready whose files have been read.
func (l *Log) recovered(now env.Now) {
	l.state = Ready
	if l.closing.asked {
		l.Close(now)
	}
	l.proceed(now)
}

// damaged fences a log that lacks what was in it for sure.
func (l *Log) damaged(reason string) {
	l.fence(reason)
	l.err = incomplete{l.err}
}
