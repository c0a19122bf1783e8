package seglog

import (
	"crypto/sha256"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// cleaner decides when the log is compacted, and holds the round under way.
type cleaner struct {
	pause
	dir     *directory
	ext     *extent
	cfg     *Config
	w       *env.World
	indexes *indexes
	tail    *ring
	prods   *producers
	snaps   *snapshots
	trash   *trash
	flusher *flusher
	scratch *record.Scratch
	owner   cleanerOwner

	cleanedTo kafka.Offset // every key below has its last record before here kept only
	job       *cleaning
	resume    func(env.Now) // the job's next slice, at the next Tick
}

// cleanerOwner is what a cleaner needs of its log.
type cleanerOwner interface {
	State() State
	proceed(now env.Now) // after a round, for which Close and Truncate may wait
	warn(format string, args ...any)
}

func (c *cleaner) running() bool { return c.job != nil }

// later lets the job go on at the next Tick.
func (c *cleaner) later(now env.Now, f func(env.Now)) {
	c.resume = f
	c.until(now.Mono)
}

// CleanerCheckpoint is what the broker may write to cleaner-offset-checkpoint.
func (l *Log) CleanerCheckpoint() kafka.Offset { return l.cleaner.cleanedTo }

// tick runs the next slice of a round, or starts one if the log is dirty enough.
func (c *cleaner) tick(now env.Now) {
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
	from, to := c.dirtyRange(now)
	if !c.cfg.CleanupCompact || !c.dirtyEnough(now, from, to) {
		c.begin(now, c.cfg.CleanerBackoffMs)
		return
	}
	c.start(now, from, to)
}

// dirtyRange is what a round may clean: from where the last one ended to the first segment that is active, above
// the high watermark, not flushed, or too young.
func (c *cleaner) dirtyRange(now env.Now) (from, to kafka.Offset) {
	from = c.cleanedTo
	if from < c.ext.start || from > c.ext.end {
		from = c.ext.start
	}
	to = c.ext.segments[0].base
	for i, seg := range c.ext.segments {
		if !seg.sealed || !seg.safe || c.ext.endOf(i) > min(c.ext.high, c.flusher.flushed) {
			break
		}
		young := int64(seg.largest()) > int64(now.Wall)-c.cfg.MinCompactionLagMs
		if c.cfg.MinCompactionLagMs > 0 && c.ext.endOf(i) > from && young {
			break
		}
		to = c.ext.endOf(i)
	}
	return from, to
}

// dirtyEnough applies min.cleanable.dirty.ratio and max.compaction.lag.ms.
func (c *cleaner) dirtyEnough(now env.Now, from, to kafka.Offset) bool {
	var clean, dirty int64
	overdue := false
	for i, seg := range c.ext.segments {
		switch end := c.ext.endOf(i); {
		case end > to:
		case end <= from:
			clean += int64(seg.size)
		default:
			dirty += int64(seg.size)
			first := seg.firstTimestamp
			if first < 0 {
				first = seg.maxTimestamp // not read since the start
			}
			overdue = overdue || first > 0 && int64(now.Wall-first) > c.cfg.MaxCompactionLagMs
		}
	}
	return dirty > 0 && (overdue || dirty*100 > c.cfg.MinCleanableDirtyRatioPercent*(clean+dirty))
}

// stop ends a round that has not begun to replace segments; one that has finishes that first.
func (c *cleaner) stop(now env.Now) {
	if j := c.job; j != nil && !j.committing {
		j.abandon(now)
	}
}

// keyMap remembers the last offset of every key, by a hash of 128 bits: two keys that share one would count
// for the same; no two such keys are known.
type keyMap map[[16]byte]kafka.Offset

func (m keyMap) put(key []byte, offset kafka.Offset) { m[keyHash(key)] = offset }

// last is the last offset of a key, or -1.
func (m keyMap) last(key []byte) kafka.Offset {
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
