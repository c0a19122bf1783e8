package seglog

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/disksim"
)

// readAll reads with retries and returns the bytes the regions stand for.
func (w *world) read(r ReadRequest) []byte {
	w.t.Helper()
	for range 100 {
		res, status := w.log.Read(w.clock(), r)
		if status == ReadReady {
			var out []byte
			for _, s := range res.Segments {
				buf := make([]byte, s.Region.Length)
				w.disk.Pin(s.Region.File)
				require.NoError(w.t, w.disk.Region(s.Region.File, s.Region.Pos, buf))
				w.disk.Unpin(s.Region.File)
				out = append(out, buf...)
			}
			require.Len(w.t, out, res.Bytes)
			w.log.Unpin(res.Pin)
			return out
		}
		require.Equal(w.t, ReadPending, status)
		require.True(w.t, w.step(), "a read of %d waits for nothing", r.From)
	}
	w.t.Fatalf("a read of %d never ends", r.From)
	return nil
}

// TestReadIsExact compares reads of every kind with a walk over all batches.
func TestReadIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, 3, disksim.Options{LatencyNanos: 1000, JitterNanos: 5000})
		w.cfg.SegmentBytes = rapid.Int64Range(500, 20_000).Draw(t, "segment.bytes")
		w.cfg.IndexIntervalBytes = rapid.Int64Range(0, 3000).Draw(t, "index.interval.bytes")
		w.open()
		w.ready()
		var batches []record.Batch
		next := kafka.Offset(0)
		for range rapid.IntRange(1, 120).Draw(t, "batches") {
			b := batchOf(rapid.IntRange(1, 4).Draw(t, "n"), rapid.IntRange(0, 60).Draw(t, "size"), 1000)
			gap := kafka.Offset(rapid.SampledFrom([]int{0, 0, 0, 7}).Draw(t, "gap"))
			b.SetBase(next+gap, 1)
			next = b.NextOffset()
			if _, err := w.log.Append(w.clock(), Append{Batch: b, Origin: Follower}); err != nil {
				t.Fatal(err)
			}
			batches = append(batches, b)
		}
		w.settle()
		if rapid.Bool().Draw(t, "reopen") {
			w.shutdown()
			w.open()
			w.ready()
		}
		for range 30 {
			if rapid.Bool().Draw(t, "forget") {
				w.log.finder.tail.clear()
			}
			r := ReadRequest{From: kafka.Offset(rapid.Int64Range(0, int64(next)).Draw(t, "from")),
				UpTo:        batches[rapid.IntRange(0, len(batches)-1).Draw(t, "upto")].NextOffset(),
				MaxBytes:    rapid.IntRange(0, 3000).Draw(t, "max"),
				MinOneBatch: rapid.Bool().Draw(t, "one")}
			checkRead(t, batches, r, w.read(r))
		}
	})
}

// checkRead returns why got is not what r may get.
func checkRead(t *rapid.T, batches []record.Batch, r ReadRequest, got []byte) {
	i := 0
	for i < len(batches) && batches[i].NextOffset() <= r.From {
		i++
	}
	var all []byte
	for k := i; k < len(batches) && batches[k].NextOffset() <= r.UpTo; k++ {
		all = append(all, batches[k]...)
	}
	if len(all) == 0 {
		if len(got) != 0 {
			t.Fatalf("read %+v: %d bytes where nothing may be read", r, len(got))
		}
		return
	}
	first := len(batches[i])
	if len(got) > len(all) || string(got) != string(all[:len(got)]) {
		t.Fatalf("read %+v: not the bytes from offset %d on", r, batches[i].BaseOffset())
	}
	switch {
	case r.MinOneBatch && len(got) < first:
		t.Fatalf("read %+v: %d bytes, the first batch has %d", r, len(got), first)
	case len(got) > r.MaxBytes && !(r.MinOneBatch && len(got) == first):
		t.Fatalf("read %+v: %d bytes", r, len(got))
	case first <= r.MaxBytes && len(got) < first:
		t.Fatalf("read %+v: %d bytes though the first batch of %d fits", r, len(got), first)
	}
}
