package seglog

import (
	"gregor/core/env"
	"gregor/core/must"
	"gregor/core/mutants"
)

// finish makes a recovered log Ready.
func (ld *loader) finish(now env.Now) {
	l, r := ld.l, &ld.rec
	l.ext.end, l.ext.written = r.next, r.next
	l.ext.start = l.rec.LogStart
	if len(l.ext.segments) > 0 {
		l.ext.start = max(l.ext.start, l.ext.segments[0].base)
	}
	l.ext.high = max(l.rec.HighWatermark, l.ext.start)
	if !(mutants.Enabled && mutants.On().HighWatermarkNotReset) { // R13 (KAFKA-9491)
		l.ext.high = min(l.ext.high, l.ext.end)
	}
	ld.finishSegments(now)
	ld.finishEpochs()
	ld.finishFlush()
	l.dir.parent = l.dir.parent || ld.fresh
	must.AtLeast("seglog: log end", l.ext.end, "log start", l.ext.start, l.ext.tp,
		"does recovery keep a log that ends below its start?")
	l.state = Ready
	if ld.stale || !ld.hasEpochs && len(l.epochs.entries) > 0 {
		l.epochs.save()
	}
	if !l.rec.Clean && l.ext.end > l.ext.start && len(l.prods.list) > 0 {
		l.snaps.write(l.ext.end, l.prods.encode(), nil)
	}
	l.w.Tell(env.LogRecovered{TopicPartition: l.ext.tp, TopicID: l.rec.TopicID, Start: l.ext.start,
		End: l.ext.end, Clean: l.rec.Clean, LostBytes: r.lost, Reason: r.reason})
	if l.flusher.holdStable(); l.flusher.hold != noHold {
		l.flusher.hold = l.flusher.flushed // Stable has not covered yet what was found
	}
	if l.closing.asked {
		l.Close(now)
	}
	l.proceed(now)
}

// finishSegments creates the indexes of the last segment, to append to, and again those of the segments that were read.
func (ld *loader) finishSegments(now env.Now) {
	l := ld.l
	if len(l.ext.segments) == 0 {
		l.roller.begin(now, l.ext.end)
		return
	}
	l.ext.active().sealed = false
	for _, seg := range l.ext.segments {
		l.ext.size += seg.size
		switch {
		case seg == l.ext.active() && seg.safe:
			seg.safe = false
			l.indexes.createIndexes(seg)
		case !seg.safe:
			if seg.sealed {
				seg.times.add(seg.maxTimestamp, int32(seg.maxTimestampAt-seg.base))
			}
			l.indexes.createIndexes(seg)
		}
	}
	l.ext.active().jitter = l.rnd.Between(0, l.cfg.SegmentJitterMs)
}

func (ld *loader) finishEpochs() {
	l := ld.l
	cut := !(mutants.Enabled && mutants.On().EpochCacheKeepsTail) && l.epochs.truncateEnd(l.ext.end) // R13 (KAFKA-10706)
	if l.epochs.truncateStart(l.ext.start) || cut || l.epochs.unsafe != allSafe {
		ld.stale = true
	}
}

// finishFlush sets what survives the next power cut: all of a clean log, otherwise what lies below the recovery
// point. The rest is synced at once.
func (ld *loader) finishFlush() {
	l, f := ld.l, &ld.l.flusher
	f.flushed, f.want = l.ext.end, l.ext.end
	if !l.rec.Clean {
		f.flushed = min(l.rec.RecoveryPoint, l.ext.end)
	}
}
