package seglog

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/disksim"
)

// TestADiskErrorEndsTheLog: whatever fails and whenever, the log fences and nothing is stable, flushed or written
// after; every buffer is released exactly once; a new start has all that was flushed, or refuses.
func TestADiskErrorEndsTheLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, rapid.Uint64().Draw(t, "seed"), disksim.Options{LatencyNanos: 1000, JitterNanos: 20_000})
		w.cfg.SegmentBytes = rapid.Int64Range(300, 2000).Draw(t, "segment.bytes")
		w.cfg.CleanupCompact = rapid.Bool().Draw(t, "compact")
		w.cfg.CleanerBackoffMs, w.cfg.MinCleanableDirtyRatioPercent = 50, 0
		w.cfg.FlushMessages = rapid.Int64Range(1, 10).Draw(t, "flush.messages")
		w.open()
		w.ready()
		released, given := map[int]int{}, 0
		var fenced [3]kafka.Offset
		w.told = func(f env.Fact) {
			if _, ok := f.(env.PartitionFenced); ok {
				fenced = w.progress()
			}
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				w.disk.FailWrites(1)
			case 1:
				w.disk.FailSyncs(1)
			case 2:
				w.log.SetHighWatermark(w.log.Stable())
				w.sleep(60 * time.Millisecond)
			case 3, 4:
				w.step()
			default:
				n := given
				buf := &env.Buffer{Recycle: func(*env.Buffer) { released[n]++ }}
				if _, err := w.log.Append(w.clock(), Append{Batch: batchOf(1, 20, w.clock().Wall), Buffer: buf}); err == nil {
					given++
				} else if w.log.State() == Ready {
					t.Fatalf("append: %v", err)
				}
			}
		}
		w.settle()
		if now := w.progress(); w.log.State() == Fenced && now != fenced {
			t.Fatalf("written, flushed, stable were %v at the error, %v at last", fenced, now)
		}
		for i := range given {
			if released[i] != 1 {
				t.Fatalf("buffer %d of %d was released %d times; %v", i, given, released[i], w.log.Err())
			}
		}
		must := w.log.Flushed()
		w.disk.FailWrites(0)
		w.disk.PowerCut()
		w.open()
		w.settle()
		if w.log.State() == Ready && w.log.EndOffset() < must {
			t.Fatalf("the log ends at %d, %d was flushed", w.log.EndOffset(), must)
		}
	})
}

func (w *world) progress() [3]kafka.Offset {
	return [3]kafka.Offset{w.log.Written(), w.log.Flushed(), w.log.Stable()}
}
