package seglog

import (
	"fmt"

	"gregor/core/env"
	"gregor/core/kafka"
)

// closing is how far Close or Delete has come.
//
//	Close --- sealed: the active segment --- all flushed, nothing in flight --- names: snapshot and directories synced
//	  --- files: being closed --- no outcome outstanding: Closed
//
//	Delete --- deleted: renamed --- file.delete.delay.ms, and no read in progress --- removed: Closed
type closing struct {
	dir     *directory
	ext     *extent
	indexes *indexes
	flusher *flusher
	prods   *producers
	snaps   *snapshots
	trash   *trash
	owner   closingOwner

	asked   bool // while Loading
	sealed  bool
	names   bool // the snapshot is written and the directory synced, or under way
	files   bool // every file is being closed
	deleted bool
}

// closingOwner is what closing needs of its log.
type closingOwner interface {
	RecoveryPoint() kafka.Offset
	proceed(now env.Now)
}

// Close writes everything out: batches, indexes, the producers' snapshot, and the names that lead to them. The
// log refuses appends from then on; its State is Closed when nothing is left to do.
func (l *Log) Close(now env.Now) {
	switch l.state {
	case Loading:
		l.closing.asked = true
	case Ready:
		l.state = Closing
		l.cleaner.stop(now)
		l.proceed(now)
	case Full:
		l.state = Fenced // nothing can be written out, and who closes does not wait for space: the next start recovers it
		l.forget()
	}
}

// step takes the next step of closing, if the one before is done, and reports whether nothing is left to do.
func (c *closing) step(now env.Now) bool {
	switch {
	case c.deleted:
	case !c.sealed:
		c.sealed = true
		c.indexes.seal(c.ext.active())
		c.flusher.want = c.ext.end
		c.owner.proceed(now)
	case c.files:
		return len(c.dir.pending) == 0
	case c.names, !c.settled():
	default:
		c.names = true
		c.closeNames()
	}
	return false
}

// settled reports whether everything that was appended is synced, and nothing is in flight whose names a
// sync of the directory would not cover.
func (c *closing) settled() bool {
	flushed := c.flusher.flushed == c.ext.end && c.flusher.running == 0
	return flushed && c.owner.RecoveryPoint() == c.ext.end && len(c.dir.pending) == 0
}

func (c *closing) closeNames() {
	last := func(env.Now) {
		c.dir.sync(func(now env.Now) {
			c.dir.syncParent(func(env.Now) { c.closeFiles() })
		})
	}
	if n := len(c.snaps.at); n > 0 && c.snaps.at[n-1] == c.ext.end {
		last(env.Now{})
		return
	}
	c.snaps.write(c.ext.end, c.prods.encode(), last)
}

func (c *closing) closeFiles() {
	for _, seg := range c.ext.segments {
		c.indexes.closeSegment(seg)
	}
	for i := range c.trash.removals {
		c.indexes.closeSegment(c.trash.removals[i].seg)
	}
	c.trash.removals = nil // the next start finds them by their names
	c.files = true
}

// Disown ends the facts about the log: it is to be deleted, and its name may be another one's before it is. What
// becomes of its files is logged all the same.
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

func (o linesOnly) Emit(f env.Fact) {
	if line, ok := f.(env.Logged); ok {
		o.to.Emit(line)
	}
}

func (l *Log) warn(format string, args ...any) {
	l.w.Emit(env.Logged{Level: env.Warn, Logger: env.OfLogs, Text: fmt.Sprintf(format, args...)})
}

// Delete removes the log: its directory gets Kafka's name for one to be deleted at once, and is removed after
// file.delete.delay.ms, when no response is sent from it any more. Then the State is Closed; until then it accepts
// outcomes and Ticks. A directory of that name found at a start is the broker's to remove.
//
// Nothing is removed before the new name is durable: a power cut could give the directory its old name back, with some
// of the segments and without the partition.metadata that names their topic.
func (l *Log) Delete(now env.Now) {
	if l.state == Closed || l.closing.deleted {
		return
	}
	l.forget()
	l.writes.dropHeld()
	l.state, l.closing.deleted = Closing, true
	whole := removal{seg: newSegment(0, now.Wall), due: after(now.Mono, l.cfg.FileDeleteDelayMs)}
	whole.seg.gone = true
	if j := l.cleaner.job; j != nil && j.out != nil {
		l.ext.segments = append(l.ext.segments, j.out)
	}
	l.cleaner.job, l.cleaner.resume = nil, nil
	for _, seg := range l.ext.segments {
		seg.gone = true
		l.indexes.closeIndex(&seg.index.out)
		l.indexes.closeIndex(&seg.times.out)
		l.trash.add(seg, whole.due)
	}
	l.ext.segments = nil
	id := l.rnd.UUID()
	to := fmt.Sprintf("%.215s.%x-delete", l.dir.name, id[:]) // the longest name in a file system has 255 bytes
	whole.paths = []string{to}
	for i := range l.trash.removals {
		l.trash.removals[i].paths = nil // they go with the directory
	}
	l.dir.disk.Rename(l.dir.op(func(now env.Now, e env.Event) {
		if e.Err != nil {
			l.warn("%s, which is deleted, could not be renamed to %s: %v; its files stay, and the next start sets them aside",
				l.dir.name, to, e.Err)
			return
		}
		l.dir.disk.SyncDir(l.dir.op(func(now env.Now, e env.Event) {
			if e.Err != nil {
				l.warn("%s is not removed before the next start: its name may not be on disk: %v", to, e.Err)
				return
			}
			l.trash.removals = append(l.trash.removals, whole)
		}), parentOf(l.dir.name))
	}), l.dir.name, to)
}

// deleteMore ends a deletion when everything is gone.
func (l *Log) deleteMore() {
	for l.writes.n > 0 && l.writes.at(0).done {
		l.writes.pop()
	}
	if l.state == Closing && len(l.trash.removals) == 0 && len(l.dir.pending) == 0 && l.writes.n == 0 {
		l.state = Closed
	}
}
