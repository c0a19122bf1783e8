package seglog

import (
	"fmt"

	"gregor/core/env"
)

// closing is how far Close or Delete has come.
type closing struct {
	asked   bool // while Loading
	sealed  bool
	names   bool // the snapshot is written and the directory synced, or under way
	files   bool // every file is being closed
	deleted bool
}

// Close writes everything out: batches, indexes, the producers' snapshot, and the names that lead to them. The
// log takes no more appends; its State is Closed when nothing is left to do.
func (l *Log) Close(now env.Now) {
	switch l.state {
	case Loading:
		l.closing.asked = true
	case Ready:
		l.state = Closing
		l.cleaner.stop(now, l)
		l.proceed(now)
	case Full:
		l.state = Fenced // nothing can be written out, and who closes does not wait for space: the next start recovers it
		l.forget()
	}
}

// closeMore takes the next step of closing, if the one before is done.
func (l *Log) closeMore(now env.Now) {
	c := &l.closing
	switch {
	case c.deleted:
	case !c.sealed:
		c.sealed = true
		l.seal(l.active())
		l.flusher.want = l.end
		l.proceed(now)
	case c.files:
		if len(l.pending) == 0 {
			l.state = Closed
		}
	case c.names, !l.settled():
	default:
		c.names = true
		l.closeNames()
	}
}

// settled says whether everything that was appended is safely in its files, and nothing is in flight whose names a
// sync of the directory would not cover.
func (l *Log) settled() bool {
	return l.flusher.flushed == l.end && l.flusher.running == 0 && l.RecoveryPoint() == l.end && len(l.pending) == 0
}

func (l *Log) closeNames() {
	last := func(env.Now) {
		l.w.Disk.SyncDir(l.must("sync of the directory", func(now env.Now, e env.Event) {
			l.w.Disk.SyncDir(l.must("sync of the data directory", func(now env.Now, e env.Event) { l.closeFiles() }),
				parentOf(l.dir))
		}), l.dir)
	}
	if n := len(l.snaps); n > 0 && l.snaps[n-1] == l.end {
		last(env.Now{})
		return
	}
	l.snapshot(l.end, last)
}

func (l *Log) closeFiles() {
	for _, seg := range l.segments {
		l.closeSegment(seg)
	}
	for i := range l.doomed {
		l.closeSegment(l.doomed[i].seg)
	}
	l.doomed = nil // the next start finds them by their names
	l.closing.files = true
}

func (l *Log) closeSegment(seg *segment) {
	l.closeFile(seg.file)
	seg.file = 0
	l.closeIndex(&seg.index.out)
	l.closeIndex(&seg.times.out)
	seg.gone = true
}

// Disown ends the facts about the log: it is to be deleted, and its name may be another one's before it is. What becomes of
// its files is logged all the same.
func (l *Log) Disown() {
	if l.w.Facts != nil {
		l.w.Life, l.w.Facts = l.w.Facts, nil
	}
	if l.w.Life != nil {
		l.w.Life = linesOnly{l.w.Life}
	}
}

// linesOnly emits lines for a person and no other facts.
type linesOnly struct{ to env.Facts }

func (o linesOnly) Tell(f env.Fact) {
	if line, ok := f.(env.Logged); ok {
		o.to.Tell(line)
	}
}

func (l *Log) warn(format string, args ...any) {
	l.w.Tell(env.Logged{Level: env.Warn, Logger: env.OfLogs, Text: fmt.Sprintf(format, args...)})
}

// Delete removes the log: its directory gets Kafka's name for one to be deleted at once, and is removed after
// file.delete.delay.ms, when nobody sends from it any more. Then the State is Closed; until then it takes
// outcomes and Ticks. A directory of that name found at a start is the broker's to remove.
//
// Nothing is removed before the new name is durable: a power cut could give the directory its old name back, with some
// of the segments and without the partition.metadata that says whose they are.
func (l *Log) Delete(now env.Now) {
	if l.state == Closed || l.closing.deleted {
		return
	}
	l.forget()
	l.dropHeld()
	l.state, l.closing.deleted = Closing, true
	grave := doomed{seg: newSegment(0, now.Wall), due: after(now.Mono, l.cfg.FileDeleteDelayMs)}
	grave.seg.gone = true
	if j := l.cleaner.job; j != nil && j.out != nil {
		l.segments = append(l.segments, j.out)
	}
	l.cleaner.job, l.cleaner.resume = nil, nil
	for _, seg := range l.segments {
		seg.gone = true
		l.closeIndex(&seg.index.out)
		l.closeIndex(&seg.times.out)
		l.doomed = append(l.doomed, doomed{seg: seg, due: grave.due})
	}
	l.segments = nil
	id := l.rnd.UUID()
	to := fmt.Sprintf("%.215s.%x-delete", l.dir, id[:]) // file systems take names of 255 bytes
	grave.paths = []string{to}
	for i := range l.doomed {
		l.doomed[i].paths = nil // they go with the directory
	}
	l.w.Disk.Rename(l.op(func(now env.Now, e env.Event) {
		if e.Err != nil {
			l.warn("%s, which is deleted, could not be renamed to %s: %v; its files stay, and the next start sets them aside", l.dir, to, e.Err)
			return
		}
		l.w.Disk.SyncDir(l.op(func(now env.Now, e env.Event) {
			if e.Err != nil {
				l.warn("%s is not removed before the next start: its name may not be on disk: %v", to, e.Err)
				return
			}
			l.doomed = append(l.doomed, grave)
		}), parentOf(l.dir))
	}), l.dir, to)
}

// deleteMore ends a deletion when everything is gone.
func (l *Log) deleteMore() {
	for l.writes.n > 0 && l.writes.at(0).done {
		l.writes.pop()
	}
	if l.state == Closing && len(l.doomed) == 0 && len(l.pending) == 0 && l.writes.n == 0 {
		l.state = Closed
	}
}
