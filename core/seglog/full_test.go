package seglog

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/disksim"
)

// TestAFullDiskLosesNothing: whenever the disk runs full and whatever is under way, the log refuses appends with
// KAFKA_STORAGE_ERROR, keeps what was stable and serves it; when there is space again it goes on by itself, at an
// offset that is not below what was stable, and every buffer is released exactly once.
func TestAFullDiskLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, rapid.Uint64().Draw(t, "seed"), disksim.Options{LatencyNanos: 1000, JitterNanos: 20_000})
		w.cfg.SegmentBytes = rapid.Int64Range(300, 2000).Draw(t, "segment.bytes")
		w.cfg.CleanupCompact = rapid.Bool().Draw(t, "compact")
		w.cfg.CleanerBackoffMs, w.cfg.MinCleanableDirtyRatioPercent = 50, 0
		w.cfg.FlushMessages = rapid.Int64Range(1, 10).Draw(t, "flush.messages")
		w.open()
		w.ready()
		released, given := map[int]int{}, 0
		var full [3]kafka.Offset
		w.told = func(f env.Fact) {
			if _, ok := f.(env.PartitionFenced); ok {
				full = w.progress()
			}
		}
		capacity := func(bytes int64) {
			o := w.disk.Options()
			o.CapacityBytes = bytes
			w.disk.SetOptions(o)
		}
		for range rapid.IntRange(1, 6).Draw(t, "rounds") {
			fullAfter := rapid.IntRange(0, 20).Draw(t, "full after")
			stallAfter := rapid.IntRange(0, 80).Draw(t, "stall after")
			for i := range 40 {
				if i == fullAfter {
					capacity(1)
				}
				if i == stallAfter {
					w.disk.Stall(spaceRetry + time.Second) // an operation outlasts the first look for space
				}
				switch rapid.IntRange(0, 9).Draw(t, "what") {
				case 0:
					w.log.SetHighWatermark(w.log.Stable())
					w.sleep(60 * time.Millisecond)
				case 1, 2, 3:
					w.step()
				default:
					n := given
					buf := &env.Buffer{Recycle: func(*env.Buffer) { released[n]++ }}
					_, err := w.log.Append(w.clock(), Append{Batch: batchOf(1, 20, w.clock().Wall), Buffer: buf})
					switch {
					case err == nil:
						given++
					case w.log.State() != Full || err.Code != kafka.KafkaStorageError:
						t.Fatalf("append while the log is %s: %v", w.log.State(), err)
					}
				}
			}
			stable := w.log.Stable()
			if now := w.progress(); w.log.State() == Full && now != full {
				t.Fatalf("written, flushed, stable were %v when the disk ran full, %v at last", full, now)
			}
			if w.log.State() == Full && stable > w.log.LogStart() {
				if _, status := w.log.Read(w.clock(), ReadRequest{From: w.log.LogStart(), UpTo: stable, MaxBytes: 100,
					MinOneBatch: true}); status != ReadReady && status != ReadPending {
					t.Fatalf("what was stable cannot be read: %s", status)
				}
			}
			capacity(0)
			w.sleep(4 * spaceRetry)
			w.settle()
			if w.log.State() != Ready || w.log.EndOffset() < stable {
				t.Fatalf("%d were stable; with space again the log is %s, %v, and ends at %d", stable, w.log.State(), w.log.Err(),
					w.log.EndOffset())
			}
		}
		w.settle()
		for i := range given {
			if released[i] != 1 {
				t.Fatalf("buffer %d of %d was released %d times; %v", i, given, released[i], w.log.Err())
			}
		}
	})
}
