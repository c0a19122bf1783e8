package seglog

import (
	"gregor/core/env"
	"gregor/core/mutants"
)

// finish makes a recovered log Ready.
func (ld *loader) finish(now env.Now) {
	l, r := ld.l, &ld.rec
	l.end, l.written = r.next, r.next
	l.start = l.rec.LogStart
	if len(l.segments) > 0 {
		l.start = max(l.start, l.segments[0].base)
	}
	l.high = max(l.rec.HighWatermark, l.start)
	if !(mutants.Enabled && mutants.On().HighWatermarkNotReset) { // R13 (KAFKA-9491)
		l.high = min(l.high, l.end)
	}
	ld.finishSegments(now)
	ld.finishEpochs()
	ld.finishFlush()
	l.flusher.parent = l.flusher.parent || ld.fresh
	l.state = Ready
	if ld.stale || !ld.hasEpochs && len(l.epochs.entries) > 0 {
		l.saveEpochs()
	}
	if !l.rec.Clean && l.end > l.start && len(l.prods.list) > 0 {
		l.snapshot(l.end, nil)
	}
	l.w.Tell(env.LogRecovered{TopicPartition: l.tp, TopicID: l.rec.TopicID, Start: l.start, End: l.end, Clean: l.rec.Clean,
		LostBytes: r.lost, Reason: r.reason})
	if l.holdStable(); l.flusher.hold != noHold {
		l.flusher.hold = l.flusher.flushed // nothing that was found has been told to be stable yet
	}
	if l.closing.asked {
		l.Close(now)
	}
	l.proceed(now)
}

// finishSegments gives the last segment its indexes to append to, and those that were read theirs anew.
func (ld *loader) finishSegments(now env.Now) {
	l := ld.l
	if len(l.segments) == 0 {
		l.begin(now, l.end)
		return
	}
	l.active().sealed = false
	for _, seg := range l.segments {
		l.size += seg.size
		switch {
		case seg == l.active() && seg.safe:
			seg.safe = false
			l.createIndexes(seg)
		case !seg.safe:
			if seg.sealed {
				seg.times.add(seg.maxTimestamp, int32(seg.maxTimestampAt-seg.base))
			}
			l.createIndexes(seg)
		}
	}
	l.active().jitter = l.rnd.Between(0, l.cfg.SegmentJitterMs)
}

func (ld *loader) finishEpochs() {
	l := ld.l
	cut := !(mutants.Enabled && mutants.On().EpochCacheKeepsTail) && l.epochs.truncateEnd(l.end) // R13 (KAFKA-10706)
	if l.epochs.truncateStart(l.start) || cut || l.epochs.unsafe != allSafe {
		ld.stale = true
	}
}

// finishFlush says what survives the next power cut: all of a clean log, otherwise what lies below the recovery
// point. The rest is synced at once.
func (ld *loader) finishFlush() {
	l, f := ld.l, &ld.l.flusher
	f.flushed, f.want = l.end, l.end
	if !l.rec.Clean {
		f.flushed = min(l.rec.RecoveryPoint, l.end)
	}
}
