package seglog

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/disksim"
)

// TestAPowerCutAtEveryStepOfAReplacement: three segments become one, and wherever the power goes meanwhile, the log has
// the last value of every key.
//
// Names are each for itself until a sync of the directory covers them, and that covers only what was done when it set
// out. So the new indexes once had their names, which ends the replacement, while segments it had replaced had theirs
// again: offsets were in the log twice, and it was fenced or truncated there.
func TestAPowerCutAtEveryStepOfAReplacement(t *testing.T) {
	var want map[string]string
	segments := map[int]bool{}
	cutAtEveryStep(t, func(w *world) {
		w.cfg.CleanupCompact, w.cfg.CleanupDelete = true, false
		w.cfg.MinCleanableDirtyRatioPercent = 0
		want = w.fill(16)
		w.cfg.SegmentBytes = 4000
		w.log.SetConfig(w.clock(), w.cfg)
	}, func(w *world) {
		require.Equal(w.t, want, w.held())
		segments[w.log.Segments()] = true
	})
	require.Equal(t, map[int]bool{4: true, 2: true}, segments, "not done, and done")
}

// TestAPowerCutAtEveryStepOfADeletion: segments are deleted, and wherever the power goes meanwhile, what is left has no
// gap and ends where it did. The names of several once went together, each for itself: one came back, the next did not,
// and the log was fenced for the gap or truncated there.
func TestAPowerCutAtEveryStepOfADeletion(t *testing.T) {
	const appended, start = 23, 18
	for _, saved := range []string{"nothing", "the recovery point", "the log start"} {
		t.Run("saved is "+saved, func(t *testing.T) {
			starts := map[kafka.Offset]bool{}
			cutAtEveryStep(t, func(w *world) {
				w.fill(appended)
				if saved == "the recovery point" {
					w.checkpoint()
				}
				require.Nil(w.t, w.log.DeleteRecords(w.clock(), start))
				if saved == "the log start" {
					w.checkpoint()
				}
			}, func(w *world) {
				w.whole(appended)
				starts[w.log.ext.segments[0].base] = true
			})
			require.Equal(t, map[kafka.Offset]bool{0: true, 5: true, 10: true, 15: true}, starts)
		})
	}
}

// TestAPowerCutAtEveryStepOfADeletionOfAll: a log's only segment is too old, and goes when the next one is there to
// show where the log ends.
func TestAPowerCutAtEveryStepOfADeletionOfAll(t *testing.T) {
	starts := map[kafka.Offset]bool{}
	cutAtEveryStep(t, func(w *world) {
		w.fill(3)
		w.checkpoint()
		w.cfg.RetentionMs, w.cfg.RetentionCheckMs = 50, 100
		w.log.SetConfig(w.clock(), w.cfg)
	}, func(w *world) {
		w.whole(3)
		starts[w.log.LogStart()] = true
	})
	require.Equal(t, map[kafka.Offset]bool{0: true, 3: true}, starts)
}

// cutAtEveryStep lets something begin and cuts the power after one step more each time, until a second has passed.
// Whatever is left must be a log that has what was flushed.
func cutAtEveryStep(t *testing.T, begin, check func(*world)) {
	for seed := range uint64(40) {
		for steps, over := 0, false; !over; steps++ {
			w := newWorld(&asker{T: t, about: fmt.Sprintf("seed %d, cut after %d steps", seed, steps)}, seed,
				disksim.Options{LatencyNanos: 1000, JitterNanos: 50_000, SyncNanos: 100_000})
			w.cfg.SegmentBytes, w.cfg.CleanerBackoffMs = 400, 100
			begin(w)
			over = !w.goOn(steps, w.now.Add(time.Second))
			must := w.log.Flushed()
			w.disk.PowerCut()
			w.log = nil
			w.open()
			w.ready()
			require.GreaterOrEqual(w.t, w.log.EndOffset(), must)
			check(w)
		}
	}
}

// asker prefixes every failure with its subject.
type asker struct {
	*testing.T
	about string
}

func (a *asker) Errorf(f string, args ...any) { a.Helper(); a.T.Errorf(a.about+": "+f, args...) }
func (a *asker) Fatalf(f string, args ...any) { a.Helper(); a.T.Fatalf(a.about+": "+f, args...) }

// fill opens a log of n flushed records and returns every key's last value.
func (w *world) fill(n int) map[string]string {
	w.open()
	w.ready()
	want := map[string]string{}
	for i := range n {
		key, value := fmt.Sprint("key", i%3), fmt.Sprint("value", i)
		b := record.NewBuilder(record.Options{})
		b.Add(w.clock().Wall, []byte(key), []byte(value))
		w.append(b.Build())
		want[key] = value
	}
	w.log.Flush(w.clock())
	w.settle()
	w.log.SetHighWatermark(w.log.Stable())
	return want
}

// goOn takes a number of steps, outcomes and Ticks; false if there are not so many until then.
func (w *world) goOn(steps int, until env.Instant) bool {
	for range steps {
		due := w.log.Deadline()
		switch {
		case len(w.queue) > 0 && w.queue[0].at <= due:
			w.step()
		case due > until:
			return false
		default:
			w.now = max(w.now, due)
			w.log.Tick(w.clock())
		}
	}
	return true
}

// held is the last value of every key.
func (w *world) held() map[string]string {
	found := map[string]string{}
	split := record.Split(w.everything())
	var s record.Scratch
	for b, ok := split.Next(); ok; b, ok = split.Next() {
		it := b.Records(&s, record.Limits{})
		for r, ok := it.Next(); ok; r, ok = it.Next() {
			found[string(r.Key)] = string(r.Value)
		}
	}
	return found
}

// whole wants every offset from the log start to end in the log.
func (w *world) whole(end kafka.Offset) {
	next := w.log.LogStart()
	split := record.Split(w.everything())
	for b, ok := split.Next(); ok; b, ok = split.Next() {
		require.Equal(w.t, next, b.BaseOffset())
		next = b.NextOffset()
	}
	require.Equal(w.t, end, next)
}
