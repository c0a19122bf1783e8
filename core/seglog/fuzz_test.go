package seglog

import (
	"testing"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/disksim"
)

// FuzzRecover opens a log whose files hold anything. It must become Ready with sound batches only, or Fenced with
// a reason; it must take appends, searches and reads; and opened once more it must be the same log.
func FuzzRecover(f *testing.F) {
	whole := func(from kafka.Offset, n int) (out []byte) {
		for i := range n {
			b := batchOf(2, 20, 1000)
			b.SetBase(from+kafka.Offset(2*i), 3)
			out = append(out, b...)
		}
		return out
	}
	index := []byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 120}
	times := []byte{0, 0, 0, 0, 0, 0, 3, 232, 0, 0, 0, 1}
	ps := producers{}
	ps.put(producer{id: 4, epoch: 1, timestamp: 1, txnFirst: -1})
	f.Add(whole(0, 5), whole(10, 3), index, times, ps.encode(), []byte("0\n1\n3 0\n"), int64(0), false, true)
	f.Add(whole(0, 5)[:300], whole(10, 3), index[:9], times, ps.encode()[:20], []byte("0\n2\n3 0\n"), int64(4), true,
		false)
	f.Add(whole(0, 5), whole(11, 3), []byte{}, []byte{}, []byte{}, []byte{}, int64(12), true, true)
	f.Add([]byte{}, make([]byte, 100), make([]byte, 64), make([]byte, 64), make([]byte, 10), []byte("1\n"), int64(0),
		false, false)
	f.Fuzz(func(t *testing.T, log0, log10, index, times, snapshot, epochs []byte, point int64, clean, mend bool) {
		if mend {
			mendBatches(log0)
			mendBatches(log10)
		}
		w := newWorld(t, 1, disksim.Options{})
		w.put("00000000000000000000.log", log0)
		w.put("00000000000000000010.log", log10)
		w.put("00000000000000000000.index", index)
		w.put("00000000000000000010.index", index)
		w.put("00000000000000000000.timeindex", times)
		w.put("00000000000000000010.timeindex", times)
		w.put("00000000000000000010.snapshot", snapshot)
		w.put("leader-epoch-checkpoint", epochs)
		w.saved = Recovery{Clean: clean, RecoveryPoint: kafka.Offset(point)}
		w.open()
		w.settle()
		if w.log.State() == Fenced {
			if w.log.Err() == nil {
				t.Fatal("fenced without a reason")
			}
			return
		}
		w.useRecovered(t)
	})
}

// mendBatches makes the CRCs right, so that what is wrong otherwise is met.
func mendBatches(raw []byte) {
	sp := record.Split(raw)
	for b, ok := sp.Next(); ok; b, ok = sp.Next() {
		b.SetMaxTimestamp(b.MaxTimestamp())
	}
}

func (w *world) put(name string, content []byte) {
	if err := w.disk.WriteFile(w.dir+"/"+name, content); err != nil {
		w.t.Fatal(err)
	}
}

// useRecovered reads, searches and appends, and opens the log again.
func (w *world) useRecovered(t *testing.T) {
	l := w.log
	if l.State() != Ready {
		t.Fatalf("after opening the log is %v", l.State())
	}
	if l.EndOffset() < 1<<62 {
		w.append(batchOf(1, 10, 2000))
	}
	w.settle()
	for _, ts := range []env.WallMillis{0, 1000, 1 << 40} {
		for range 20 {
			if _, status := l.OffsetForTimestamp(w.clock(), ts); status != ReadPending || !w.step() {
				break
			}
		}
	}
	w.settle()
	if l.State() == Fenced {
		return // a trusted segment turned out to be none
	}
	content, ok := w.tryEverything()
	if !ok {
		return
	}
	sp := record.Split(content)
	for _, ok := sp.Next(); ok; _, ok = sp.Next() {
	}
	if sp.Err() != nil {
		t.Fatalf("the log holds what is no batch: %v", sp.Err())
	}
	end := l.EndOffset()
	w.shutdown()
	w.open()
	w.settle()
	if w.log.State() == Fenced {
		return // more was read this time, and found corrupt
	}
	if w.log.State() != Ready || w.log.EndOffset() != end {
		t.Fatalf("opened again the log is %v, ends at %d, not %d: %v", w.log.State(), w.log.EndOffset(), end, w.log.Err())
	}
}

// tryEverything reads the log; false if it was fenced on the way.
func (w *world) tryEverything() ([]byte, bool) {
	var out []byte
	from := w.log.LogStart()
	for n := 0; n < 100_000; n++ {
		b, next, status := w.log.Scan(w.clock(), from, 1000)
		switch {
		case status == ReadFenced:
			return nil, false
		case status == ReadPending:
			if !w.step() && w.log.State() == Ready {
				w.t.Fatalf("a scan from %d waits for nothing", from)
			}
		case status != ReadReady:
			w.t.Fatalf("scan from %d: %v", from, status)
		case next == from:
			return out, true
		default:
			out, from = append(out, b...), next
		}
	}
	w.t.Fatalf("reading from %d never ends", from)
	return nil, false
}
