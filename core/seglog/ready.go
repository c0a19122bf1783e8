package seglog

import (
	"gregor/core/env"
	"gregor/core/must"
	"gregor/core/mutants"
)

// finish sets what the log holds, and creates the files that appends go to.
func (ld *loader) finish(now env.Now) {
	r := &ld.rec
	ld.ext.end, ld.ext.written = r.next, r.next
	ld.ext.start = ld.known.LogStart
	if len(ld.ext.segments) > 0 {
		ld.ext.start = max(ld.ext.start, ld.ext.segments[0].base)
	}
	ld.ext.high = max(ld.known.HighWatermark, ld.ext.start)
	if !(mutants.Enabled && mutants.On().HighWatermarkNotReset) { // R13 (KAFKA-9491)
		ld.ext.high = min(ld.ext.high, ld.ext.end)
	}
	ld.finishSegments(now)
	ld.finishEpochs()
	ld.finishFlush()
	ld.dir.parent = ld.dir.parent || ld.fresh
	must.AtLeast("seglog: log end", ld.ext.end, "log start", ld.ext.start, ld.ext.tp,
		"does recovery keep a log that ends below its start?")
	if ld.stale || !ld.hasEpochs && len(ld.epochs.entries) > 0 {
		ld.epochs.save()
	}
	if !ld.known.Clean && ld.ext.end > ld.ext.start && len(ld.prods.list) > 0 {
		ld.snaps.write(ld.ext.end, ld.prods.encode(), nil)
	}
	ld.w.Emit(env.LogRecovered{TopicPartition: ld.ext.tp, TopicID: ld.known.TopicID, Start: ld.ext.start,
		End: ld.ext.end, Clean: ld.known.Clean, LostBytes: r.lost, Reason: r.reason})
	if ld.flusher.holdStable(); ld.flusher.hold != noHold {
		ld.flusher.hold = ld.flusher.flushed // Stable has not covered yet what was found
	}
	ld.owner.recovered(now)
}

// finishSegments creates the indexes of the last segment, to append to, and again those of the segments that were read.
func (ld *loader) finishSegments(now env.Now) {
	if len(ld.ext.segments) == 0 {
		ld.roller.begin(now, ld.ext.end)
		return
	}
	ld.ext.active().sealed = false
	for i, seg := range ld.ext.segments {
		if i > 0 {
			must.Above("seglog: base of a segment", seg.base, "that of the one before it", ld.ext.segments[i-1].base,
				ld.ext.tp, "were the names not sorted?")
		}
		ld.ext.size += seg.size
		switch {
		case seg == ld.ext.active() && seg.safe:
			seg.safe = false
			ld.indexes.createIndexes(seg)
		case !seg.safe:
			if seg.sealed {
				seg.times.add(seg.maxTimestamp, int32(seg.maxTimestampAt-seg.base))
			}
			ld.indexes.createIndexes(seg)
		}
	}
	ld.ext.active().jitter = ld.roller.rnd.Between(0, ld.cfg.SegmentJitterMs)
}

func (ld *loader) finishEpochs() {
	cut := !(mutants.Enabled && mutants.On().EpochCacheKeepsTail) && ld.epochs.truncateEnd(ld.ext.end) // R13 (KAFKA-10706)
	if ld.epochs.truncateStart(ld.ext.start) || cut || ld.epochs.unsafe != allSafe {
		ld.stale = true
	}
}

// finishFlush sets what survives the next power cut: all of a clean log, otherwise what lies below the recovery
// point. The rest is synced at once.
func (ld *loader) finishFlush() {
	f := ld.flusher
	f.flushed, f.want = ld.ext.end, ld.ext.end
	if !ld.known.Clean {
		f.flushed = min(ld.known.RecoveryPoint, ld.ext.end)
	}
}
