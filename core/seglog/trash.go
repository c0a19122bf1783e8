package seglog

import (
	"errors"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// removal is what is no part of the log any more and waits for its removal: file.delete.delay.ms, and as long as
// a response is still sent from it.
type removal struct {
	seg   *segment
	paths []string
	due   env.Instant
}

// trash holds what was removed from the log until its files may be removed.
type trash struct {
	dir      *directory
	indexes  *indexes
	tp       kafka.TopicPartition
	removals []removal
}

// pinnedRetry is when a pinned file that is due is looked at again.
const pinnedRetry = time.Second

// discard renames a segment's files to .deleted at once, and removes them later. done is called when
// they have their new names, which are not durable then.
func (t *trash) discard(seg *segment, due env.Instant, done func(env.Now)) {
	d := removal{seg: seg, due: due}
	kinds := [...]string{logSuffix, indexSuffix, timeIndexSuffix, txnIndexSuffix}
	left := len(kinds)
	for _, kind := range kinds {
		name := seg.name(kind)
		t.dir.renameAway(name, func(now env.Now) {
			if left--; left == 0 {
				done(now)
			}
		})
		d.paths = append(d.paths, t.dir.path(name+deletedSuffix))
	}
	t.indexes.detach(seg)
	t.removals = append(t.removals, d)
}

func (t *trash) deadline() env.Instant {
	due := env.Never
	for i := range t.removals {
		due = min(due, t.removals[i].due)
	}
	return due
}

// remove removes what has waited long enough. A Fenced log leaves it to the next start, which finds it by its name.
func (t *trash) remove(now env.Now, fenced bool) {
	if fenced {
		t.removals = nil
		return
	}
	kept := t.removals[:0]
	for _, d := range t.removals {
		switch {
		case now.Mono < d.due:
			kept = append(kept, d)
		case d.seg.pins > 0:
			d.due = now.Mono.Add(pinnedRetry)
			kept = append(kept, d)
		default:
			t.removeFiles(d)
		}
	}
	t.removals = kept
}

func (t *trash) removeFiles(d removal) {
	if d.seg.pins != 0 || !d.seg.gone {
		must.Fail("seglog: segment %d of %s is removed with %d pins, gone %v; is it still read?", d.seg.base, t.tp,
			d.seg.pins,
			d.seg.gone)
	}
	t.dir.closeFile(d.seg.file)
	d.seg.file = 0
	for _, path := range d.paths {
		t.dir.disk.Remove(t.dir.op(func(_ env.Now, e env.Event) {
			if e.Err != nil && !errors.Is(e.Err, env.ErrNotExist) {
				t.dir.owner.warn("%s, which is deleted, could not be removed: %v; the next start removes it", path, e.Err)
			}
		}), path)
	}
}

// add has a segment's file closed at due, or when it is read no more.
func (t *trash) add(seg *segment, due env.Instant) {
	if !seg.gone {
		must.Fail("seglog: segment %d of %s is to be removed and still in use; was it not detached?", seg.base, t.tp)
	}
	t.removals = append(t.removals, removal{seg: seg, due: due})
}
