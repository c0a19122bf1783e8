package seglog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/disksim"
)

// A batch of a few kilobytes that becomes 80 MiB is too much to unpack in one step. A search by time answers with its
// beginning, and compaction keeps it as it is and cleans what lies around it.
func TestBatchesThatBecomeMuchStayWhole(t *testing.T) {
	w := newWorld(t, 1, disksim.Options{LatencyNanos: 1000})
	w.cfg.CleanupCompact, w.cfg.CleanupDelete = true, false
	w.cfg.CleanerBackoffMs, w.cfg.MinCleanableDirtyRatioPercent = 100, 0
	w.cfg.SegmentBytes = 11 << 10
	w.open()
	w.ready()
	put := func(codec record.Codec, key string, n, size int, ts env.WallMillis) {
		b := record.NewBuilder(record.Options{Codec: codec})
		for i := range n {
			b.Add(ts+env.WallMillis(i), []byte(key), make([]byte, size))
		}
		w.append(b.Build())
	}
	put(record.None, "a", 1, 6000, 10)     // 0: replaced by 1
	put(record.None, "a", 1, 6000, 20)     // 1: replaced by the first records of the batch
	put(record.Zstd, "a", 80, 1<<20, 1000) // 2..81
	put(record.None, "b", 1, 6000, 3000)   // 82: replaced by 83
	put(record.None, "b", 1, 6000, 3001)   // 83
	put(record.None, "c", 1, 6000, 3002)   // 84: rolls
	w.settle()
	found, status := w.log.OffsetForTimestamp(w.clock(), 1075)
	for status == ReadPending && w.step() {
		found, status = w.log.OffsetForTimestamp(w.clock(), 1075)
	}
	require.Equal(t, ReadReady, status)
	require.Equal(t, kafka.Offset(2), found.Offset, "the batch's first, which is not after the record asked for")
	w.log.SetHighWatermark(w.log.Stable())
	w.sleep(5 * time.Second)
	w.settle()
	require.Equal(t, Ready, w.log.State(), "%v", w.log.Err())
	var left []kafka.Offset
	split := record.Split(w.everything())
	for b, ok := split.Next(); ok; b, ok = split.Next() {
		for o := b.BaseOffset(); b.Count() > 0 && o <= b.LastOffset(); o += kafka.Offset(b.Count()) {
			left = append(left, o)
		}
	}
	require.Equal(t, []kafka.Offset{2, 83, 84}, left)
	require.Zero(t, w.log.scratch, "a log keeps no buffers between two cleanings")
}
