package seglog

import (
	"slices"

	"gregor/core/env"
	"gregor/core/must"
)

// The steps that put a cleaned segment in its group's place. Names are durable before the next step relies on
// them, and the indexes' .swap names stay until the old segments are gone: a start after a crash recognizes by
// them that this was going on (see loader.swap).

// settle makes the new segment's files durable.
func (j *cleaning) settle(now env.Now) {
	c, out := j.c, j.out
	c.indexes.seal(out)
	c.dir.disk.Sync(c.dir.must("sync of "+out.name(logSuffix), func(now env.Now, e env.Event) {
		if j.dead {
			return
		}
		out.synced = out.size
		j.awaitIndexes(now)
	}), out.file)
}

// awaitIndexes waits until the new segment's indexes are durable as well: each outcome of theirs brings a Tick.
func (j *cleaning) awaitIndexes(now env.Now) {
	if !j.out.safe {
		j.out.waiting = append(j.out.waiting, func() {
			if !j.dead {
				j.commit()
			}
		})
		return
	}
	j.commit()
}

// commit renames .cleaned to .swap: from here on the replacement is finished even after a crash.
func (j *cleaning) commit() {
	out := j.out
	j.committing = true
	var moves [][2]string
	for _, kind := range [...]string{indexSuffix, timeIndexSuffix, logSuffix} {
		moves = append(moves, [2]string{fileName(out.base, kind) + cleanedSuffix, fileName(out.base, kind) + swapSuffix})
	}
	j.rename(moves, func(now env.Now) {
		name := logName(out.base)
		j.rename([][2]string{{name + swapSuffix, name}}, j.replace)
	})
}

// rename does renames and makes them durable.
func (j *cleaning) rename(moves [][2]string, done func(env.Now)) {
	c := j.c
	left := len(moves)
	for _, m := range moves {
		c.dir.disk.Rename(c.dir.must("rename of "+m[0], func(now env.Now, e env.Event) {
			if left--; left > 0 {
				return
			}
			c.dir.sync(func(now env.Now) { done(now) })
		}), c.dir.path(m[0]), c.dir.path(m[1]))
	}
}

// replace switches the log over to the new segment and removes the old ones. Only when they are out durably may the
// new indexes get their names: a start that finds no .swap counts every segment as a part of the log.
func (j *cleaning) replace(now env.Now) {
	c, out := j.c, j.out
	i := c.ext.search(out.base)
	n := len(j.group)
	end := c.ext.endOf(i + n - 1)
	if c.ext.segments[i] != j.group[0] {
		must.Fail("seglog: compaction of %s replaces segment %d, and finds segment %d there; was it deleted meanwhile?",
			c.ext.tp,
			out.base, c.ext.segments[i].base)
	}
	must.Equal("seglog: bytes written of a cleaned segment", out.written, "its size", out.size, c.ext.tp,
		"is a write of it in flight?")
	out.stage, out.named = "", true
	left := n
	away := func(env.Now) {
		if left--; left == 0 { // a sync covers only what was done when it set out
			c.dir.sync(func(now env.Now) { j.replaceIndexes(i + 1) })
		}
	}
	for k, seg := range j.group {
		c.ext.size -= seg.size
		if k > 0 {
			c.trash.discard(seg, after(now.Mono, c.cfg.FileDeleteDelayMs), away)
			continue
		}
		c.indexes.detach(seg)
		c.dir.renameAway(seg.name(txnIndexSuffix), away)
		c.trash.add(seg, after(now.Mono, c.cfg.FileDeleteDelayMs))
	}
	c.ext.size += out.size
	c.ext.segments = slices.Replace(c.ext.segments, i, i+n, out)
	c.tail.forget(end)
	c.snaps.drop(out.base+1, end)
}

// replaceIndexes gives the new indexes their names.
func (j *cleaning) replaceIndexes(next int) {
	c, out := j.c, j.out
	var moves [][2]string
	for _, kind := range [...]string{indexSuffix, timeIndexSuffix} {
		name := fileName(out.base, kind)
		moves = append(moves, [2]string{name + swapSuffix, name})
	}
	j.rename(moves, func(now env.Now) {
		c.indexes.cacheIndex(out)
		j.committing, j.out = false, nil
		c.later(now, func(now env.Now) { j.nextGroup(now, next) })
		if c.owner.State() != Ready {
			j.nextGroup(now, next)
		}
	})
}
