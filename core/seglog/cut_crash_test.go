package seglog

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/disksim"
)

// TestACrashWhileCutting: a log is truncated, or restarts at an offset, and its process ends at any moment of that,
// often with the power. The checkpoint on disk holds what CutFloor allows, and no more than that. The log opens, and
// holds what it held, up to somewhere above the floor.
func TestACrashWhileCutting(t *testing.T) {
	for seed := range uint64(2000) {
		crashWhileCutting(t, seed)
		if t.Failed() {
			t.Fatalf("next: go test ./core/seglog -run TestACrashWhileCutting -v, and look at seed %d", seed)
		}
	}
}

func crashWhileCutting(t *testing.T, seed uint64) {
	w := newWorld(t, seed, disksim.Options{LatencyNanos: 1000, JitterNanos: 2_000_000, SyncNanos: 100_000})
	w.cfg.SegmentBytes, w.cfg.IndexIntervalBytes = 1500, 200
	w.open()
	w.ready()
	s := &shears{world: w, rnd: env.NewRand(seed)}
	s.grow()
	s.grow()
	w.log.Flush(w.clock())
	w.settle()
	start, end := w.log.LogStart(), w.log.EndOffset()
	floor := s.beginCut(start, end)
	for range s.rnd.Between(0, 30) {
		w.step()
	}
	s.fall()
	s.open()
	w.settle()
	require.Equal(t, Ready, w.log.State(), "seed %d: %v", seed, w.log.Err())
	if w.log.LogStart() != start { // it was restarted
		return
	}
	require.GreaterOrEqual(t, w.log.EndOffset(), floor, "seed %d", seed)
	var was []byte
	for _, b := range s.batches {
		was = append(was, b...)
	}
	require.True(t, bytes.HasPrefix(was, w.everything()), "seed %d: the log holds what it did not hold before", seed)
}

// beginCut checkpoints what may be, begins to truncate the log, and returns how far down the truncation may go.
func (s *shears) beginCut(start, end kafka.Offset) (floor kafka.Offset) {
	s.checkpoint()
	if s.rnd.Chance(1, 4) {
		s.saved.RecoveryPoint = min(s.saved.RecoveryPoint, start)
		s.log.StartAt(s.clock(), end+kafka.Offset(s.rnd.Between(0, 100)))
		return start
	}
	to := start + kafka.Offset(s.rnd.Between(0, int64(end-start)-1))
	floor = s.log.CutFloor(to)
	s.saved.RecoveryPoint = min(s.saved.RecoveryPoint, floor)
	s.log.Truncate(s.clock(), to)
	return floor
}

func (s *shears) fall() {
	if s.rnd.Chance(1, 3) {
		s.disk.Crash()
	} else {
		s.disk.PowerCut()
	}
	s.log = nil
}
