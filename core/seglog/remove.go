package seglog

import (
	"errors"
	"fmt"
	"time"

	"gregor/core/env"
)

// doomed is what is no part of the log any more and waits for its removal: file.delete.delay.ms, and as long as
// somebody still sends from it.
type doomed struct {
	seg   *segment
	paths []string
	due   env.Instant
}

// pinnedRetry is when a pinned file that is due is looked at again.
const pinnedRetry = time.Second

// discard takes a segment's files out of the log: renamed to .deleted at once, removed later. done is called when
// they have their new names, which are not durable then.
func (l *Log) discard(now env.Now, seg *segment, done func(env.Now)) {
	d := doomed{seg: seg, due: after(now.Mono, l.cfg.FileDeleteDelayMs)}
	kinds := [...]string{logSuffix, indexSuffix, timeIndexSuffix, txnIndexSuffix}
	left := len(kinds)
	for _, kind := range kinds {
		name := seg.name(kind)
		l.renameAway(name, func(now env.Now) {
			if left--; left == 0 {
				done(now)
			}
		})
		d.paths = append(d.paths, l.path(name+deletedSuffix))
	}
	l.leave(seg)
	l.doomed = append(l.doomed, d)
}

// leave makes everybody who still holds the segment look again, and closes its indexes.
func (l *Log) leave(seg *segment) {
	seg.gone = true
	l.closeIndex(&seg.index.out)
	l.closeIndex(&seg.times.out)
	for i, c := range l.cached {
		if c == seg {
			l.cached = append(l.cached[:i], l.cached[i+1:]...)
			break
		}
	}
	if seg.file != 0 || !seg.opening {
		seg.wake()
	}
}

// renameAway renames a file that may not be there.
func (l *Log) renameAway(name string, done func(env.Now)) {
	l.w.Disk.Rename(l.op(func(now env.Now, e env.Event) {
		if e.Err != nil && !errors.Is(e.Err, env.ErrNotExist) {
			l.diskFailed(now, "rename of "+name, e)
			return
		}
		done(now)
	}), l.path(name), l.path(name+deletedSuffix))
}

func (l *Log) doomedDeadline() env.Instant {
	due := env.Never
	for i := range l.doomed {
		due = min(due, l.doomed[i].due)
	}
	return due
}

// removeDoomed removes what has waited long enough.
func (l *Log) removeDoomed(now env.Now) {
	if l.state == Fenced {
		l.doomed = nil // the next start finds them by their names
		return
	}
	kept := l.doomed[:0]
	for _, d := range l.doomed {
		switch {
		case now.Mono < d.due:
			kept = append(kept, d)
		case d.seg.pins > 0:
			d.due = now.Mono.Add(pinnedRetry)
			kept = append(kept, d)
		default:
			l.bury(d)
		}
	}
	l.doomed = kept
}

func (l *Log) bury(d doomed) {
	if d.seg.pins != 0 || !d.seg.gone {
		panic(fmt.Sprintf("seglog: segment %d of %s is removed with %d pins, gone %v; somebody still reads it",
			d.seg.base, l.tp, d.seg.pins, d.seg.gone))
	}
	l.closeFile(d.seg.file)
	d.seg.file = 0
	for _, path := range d.paths {
		l.w.Disk.Remove(l.op(func(_ env.Now, e env.Event) {
			if e.Err != nil && !errors.Is(e.Err, env.ErrNotExist) {
				l.warn("%s, which is deleted, could not be removed: %v; the next start removes it", path, e.Err)
			}
		}), path)
	}
}
