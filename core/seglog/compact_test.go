package seglog

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/disksim"
)

// keyed is what a compacted log must answer for.
type keyed struct {
	w        *world
	t        *rapid.T
	records  map[kafka.Offset]entry
	sequence kafka.Sequence
	deleted  kafka.Offset // nothing from here on was deleted
}

type entry struct {
	key, value string
	null       bool
	ts         env.WallMillis
}

func (k *keyed) append() {
	o := record.Options{Codec: rapid.SampledFrom([]record.Codec{record.None, record.Zstd}).Draw(k.t, "codec")}
	n := rapid.IntRange(1, 5).Draw(k.t, "records")
	if rapid.Bool().Draw(k.t, "idempotent") {
		o.HasProducer, o.ProducerID, o.BaseSequence = true, 9, k.sequence
		k.sequence = record.AddSequence(k.sequence, int32(n))
	}
	b := record.NewBuilder(o)
	for i := range n {
		e := entry{key: fmt.Sprint("key", rapid.IntRange(0, 6).Draw(k.t, "key")), ts: k.w.clock().Wall}
		if e.null = rapid.IntRange(0, 5).Draw(k.t, "tombstone") == 0; e.null {
			b.Add(e.ts, []byte(e.key), nil)
		} else {
			e.value = fmt.Sprint("value", rapid.IntRange(0, 1000).Draw(k.t, "value"))
			b.Add(e.ts, []byte(e.key), []byte(e.value))
		}
		k.records[k.w.log.EndOffset()+kafka.Offset(i)] = e
	}
	if _, err := k.w.log.Append(k.w.clock(), Append{Batch: b.Build(), Epoch: 1}); err != nil {
		k.t.Fatalf("append: %v", err)
	}
}

// check reads the log: nothing may be there that was not written, and every key's last record must be there unless it
// was deleted.
func (k *keyed) check() (left int) {
	end := k.w.log.EndOffset()
	if start := k.w.log.LogStart(); start > k.deleted {
		k.t.Fatalf("the log starts at %d, deleted was only below %d", start, k.deleted)
	}
	for o := range k.records {
		if o >= end {
			delete(k.records, o)
		}
	}
	last := map[string]kafka.Offset{}
	for o, e := range k.records {
		if at, ok := last[e.key]; !ok || o > at {
			last[e.key] = o
		}
	}
	k.sequence = 0
	seen := k.walk()
	for key, o := range last {
		if !seen[o] && o >= k.w.log.LogStart() {
			k.t.Fatalf("%s was last written at offset %d, which is gone; the log holds %d records up to %d", key, o, len(seen),
				end)
		}
	}
	if p := k.w.log.prods.find(9); p != nil {
		k.sequence = record.AddSequence(p.lastSequence(), 1)
	}
	return len(seen)
}

func (k *keyed) walk() map[kafka.Offset]bool {
	seen := map[kafka.Offset]bool{}
	split := record.Split(k.w.everything())
	var scratch record.Scratch
	next := kafka.Offset(0)
	for b, ok := split.Next(); ok; b, ok = split.Next() {
		if b.BaseOffset() < next {
			k.t.Fatalf("offsets [%d, %d] come after %d", b.BaseOffset(), b.LastOffset(), next-1)
		}
		next = b.NextOffset()
		if err := record.ValidateStored(b); err != nil {
			k.t.Fatalf("batch at %d: %v", b.BaseOffset(), err)
		}
		it := b.Records(&scratch, record.Limits{})
		for r, ok := it.Next(); ok; r, ok = it.Next() {
			o := it.Offset(r)
			got := entry{string(r.Key), string(r.Value), r.Value == nil, it.Timestamp(r)}
			if got != k.records[o] {
				k.t.Fatalf("offset %d holds %+v, written was %+v", o, got, k.records[o])
			}
			seen[o] = true
		}
		if it.Err() != nil {
			k.t.Fatalf("batch at %d: %v", b.BaseOffset(), it.Err())
		}
	}
	if split.Err() != nil {
		k.t.Fatalf("the log does not end with a batch: %v", split.Err())
	}
	return seen
}

// crash with or without a power cut, and see what is left.
func (k *keyed) crash(cut bool) {
	must := k.w.log.Flushed()
	if cut {
		k.w.disk.PowerCut()
	} else {
		k.w.disk.Crash()
	}
	k.w.log = nil
	k.w.open()
	k.w.settle()
	if k.w.log.State() != Ready {
		k.t.Fatalf("after the crash: %v, %v", k.w.log.State(), k.w.log.Err())
	}
	if end := k.w.log.EndOffset(); end < must {
		k.t.Fatalf("the log ends at %d, %d was safe", end, must)
	}
	k.check()
}

// TestCompactionKeepsTheLastOfEveryKey: through crashes and power cuts at any point of a cleaning.
func TestCompactionKeepsTheLastOfEveryKey(t *testing.T) {
	cleaned, dropped := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, rapid.Uint64().Draw(t, "seed"),
			disksim.Options{LatencyNanos: 1000, JitterNanos: 50_000, SyncNanos: 100_000})
		w.cfg.SegmentBytes = rapid.Int64Range(600, 3000).Draw(t, "segment.bytes")
		w.cfg.IndexIntervalBytes = 200
		w.cfg.CleanupCompact, w.cfg.CleanupDelete = true, false
		w.cfg.CleanerBackoffMs, w.cfg.MinCleanableDirtyRatioPercent = 100, 0
		w.cfg.CleanerMaxKeys = rapid.IntRange(1, 20).Draw(t, "keys in memory")
		w.open()
		w.ready()
		k := &keyed{w: w, t: t, records: map[kafka.Offset]entry{}}
		t.Repeat(map[string]func(*rapid.T){
			"append":  func(*rapid.T) { k.append() },
			"appends": func(*rapid.T) { k.append(); k.append(); k.append(); k.append() },
			"events": func(t *rapid.T) {
				for range rapid.IntRange(1, 8).Draw(t, "n") {
					w.step()
				}
			},
			"clean": func(t *rapid.T) {
				w.settle()
				w.log.SetHighWatermark(w.log.Stable())
				w.sleep(time.Duration(rapid.IntRange(100, 500).Draw(t, "ms")) * time.Millisecond)
			},
			"clean a bit": func(t *rapid.T) {
				w.log.SetHighWatermark(w.log.Stable())
				w.sleep(100*time.Millisecond + time.Duration(rapid.IntRange(0, 5000).Draw(t, "us"))*time.Microsecond)
			},
			"delete": func(t *rapid.T) {
				w.log.SetHighWatermark(w.log.Stable())
				to := kafka.Offset(rapid.Int64Range(0, int64(w.log.HighWatermark())).Draw(t, "before"))
				if err := w.log.DeleteRecords(w.clock(), to); err != nil {
					t.Fatal(err)
				}
				k.deleted = max(k.deleted, to)
			},
			"checkpoint": func(*rapid.T) { w.checkpoint() },
			"power cut":  func(*rapid.T) { k.crash(true) },
			"crash":      func(*rapid.T) { k.crash(false) },
			"shutdown": func(*rapid.T) {
				w.settle()
				w.shutdown()
				w.open()
				w.ready()
				k.check()
			},
		})
		w.settle()
		for _, f := range w.facts {
			if c, ok := f.(env.Cleaned); ok {
				cleaned++
				dropped += c.Read - c.Kept
			}
		}
		k.check()
	})
	require.Positive(t, cleaned, "no round of cleaning ended")
	require.Positive(t, dropped, "nothing was ever cleaned away")
}

func TestACutDuringCompactionDoesNotEndCompaction(t *testing.T) {
	for steps := range 6 { // the cut comes after so many outcomes of the disk
		t.Run(fmt.Sprint(steps), func(t *testing.T) {
			w := newWorld(t, 1, disksim.Options{})
			w.cfg.CleanupCompact, w.cfg.MinCleanableDirtyRatioPercent, w.cfg.SegmentBytes = true, 1, 1000
			w.open()
			w.ready()
			for range 8 {
				w.append(batchOf(5, 100, w.clock().Wall))
			}
			w.log.Flush(w.clock())
			w.settle()
			w.log.SetHighWatermark(w.log.Stable())
			w.now = w.log.cleaner.due
			w.log.Tick(w.clock())
			require.True(t, w.log.cleaner.running())
			for range steps {
				w.step()
			}
			w.log.Truncate(w.clock(), w.log.EndOffset()-1)
			w.ready()
			w.log.SetHighWatermark(w.log.Stable())
			w.facts = nil
			w.sleep(time.Minute)
			w.settle()
			require.True(t, slices.ContainsFunc(w.facts, func(f env.Fact) bool { _, ok := f.(env.Cleaned); return ok }),
				"no round of compaction in the minute after a truncation")
		})
	}
}
