package seglog

import (
	"crypto/sha256"

	"gregor/core/env"
)

// cleaner decides when the log is compacted, and holds the round under way.
type cleaner struct {
	rest
	cleanedTo env.Offset // every key below has its last record before here kept only
	job       *cleaning
	resume    func(env.Now) // the job's next slice, at the next Tick
}

func (c *cleaner) running() bool { return c.job != nil }

// later lets the job go on at the next Tick.
func (c *cleaner) later(now env.Now, f func(env.Now)) {
	c.resume = f
	c.until(now.Mono)
}

// CleanerCheckpoint is what the broker may write to cleaner-offset-checkpoint.
func (l *Log) CleanerCheckpoint() env.Offset { return l.cleaner.cleanedTo }

// cleanTick runs the next slice of a round, or starts one if the log is dirty enough.
func (l *Log) cleanTick(now env.Now) {
	c := &l.cleaner
	if now.Mono < c.due {
		return
	}
	c.until(env.Never)
	if f := c.resume; f != nil {
		c.resume = nil
		f(now)
		return
	}
	if c.job != nil {
		return
	}
	from, to := l.dirtyRange(now)
	if !l.cfg.CleanupCompact || !l.dirtyEnough(now, from, to) {
		c.begin(now, l.cfg.CleanerBackoffMs)
		return
	}
	l.startCleaning(now, from, to)
}

// dirtyRange is what a round may clean: from where the last one ended to the first segment that is active, above
// the high watermark, not flushed, or too young.
func (l *Log) dirtyRange(now env.Now) (from, to env.Offset) {
	from = l.cleaner.cleanedTo
	if from < l.ext.start || from > l.ext.end {
		from = l.ext.start
	}
	to = l.ext.segments[0].base
	for i, seg := range l.ext.segments {
		if !seg.sealed || !seg.safe || l.ext.endOf(i) > min(l.ext.high, l.flusher.flushed) {
			break
		}
		young := int64(seg.largest()) > int64(now.Wall)-l.cfg.MinCompactionLagMs
		if l.cfg.MinCompactionLagMs > 0 && l.ext.endOf(i) > from && young {
			break
		}
		to = l.ext.endOf(i)
	}
	return from, to
}

// dirtyEnough applies min.cleanable.dirty.ratio and max.compaction.lag.ms.
func (l *Log) dirtyEnough(now env.Now, from, to env.Offset) bool {
	var clean, dirty int64
	overdue := false
	for i, seg := range l.ext.segments {
		switch end := l.ext.endOf(i); {
		case end > to:
		case end <= from:
			clean += int64(seg.size)
		default:
			dirty += int64(seg.size)
			first := seg.firstTimestamp
			if first < 0 {
				first = seg.maxTimestamp // not read since the start
			}
			overdue = overdue || first > 0 && int64(now.Wall-first) > l.cfg.MaxCompactionLagMs
		}
	}
	return dirty > 0 && (overdue || dirty*100 > l.cfg.MinCleanableDirtyRatioPercent*(clean+dirty))
}

// stop ends a round that has not begun to replace segments; one that has finishes that first.
func (c *cleaner) stop(now env.Now, l *Log) {
	if j := c.job; j != nil && !j.committing {
		j.abandon(now)
	}
}

// keyMap remembers the last offset of every key, by a hash of 128 bits: two keys that share one would be taken
// for the same, which nobody has ever found.
type keyMap map[[16]byte]env.Offset

func (m keyMap) put(key []byte, offset env.Offset) { m[keyHash(key)] = offset }

// last is the last offset of a key, or -1.
func (m keyMap) last(key []byte) env.Offset {
	if o, ok := m[keyHash(key)]; ok {
		return o
	}
	return -1
}

func keyHash(key []byte) (h [16]byte) {
	sum := sha256.Sum256(key)
	copy(h[:], sum[:])
	return h
}
