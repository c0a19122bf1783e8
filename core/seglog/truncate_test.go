package seglog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/disksim"
)

// TestACutWaitsForTheIndexes: on a slow disk, whose operations overtake each other, a log is truncated, or restarted at
// an offset somewhere else, while its indexes are being written. What is left is whole, and every entry of every index
// is true.
func TestACutWaitsForTheIndexes(t *testing.T) {
	for seed := range uint64(300) {
		require.Empty(t, cutWhileIndexing(seed), "seed %d", seed)
	}
}

// A truncation ends the reads that were under way, and what they held goes with it.
func TestACutEndsWhatReads(t *testing.T) {
	w := newWorld(t, 1, disksim.Options{LatencyNanos: 1_000_000})
	w.cfg.SegmentBytes = 1500
	w.open()
	w.ready()
	for i := range 40 {
		w.append(batchOf(1, 100, env.WallMillis(i)))
	}
	w.settle()
	_, _, status := w.log.Scan(w.clock(), 30, 1000)
	require.Equal(t, ReadPending, status)
	_, status = w.log.OffsetForTimestamp(w.clock(), 20)
	require.Equal(t, ReadPending, status)
	w.log.Truncate(w.clock(), 25)
	w.ready()
	require.EqualValues(t, 25, w.log.EndOffset())
	w.sleep(time.Hour)
	require.Empty(t, w.log.trash.removals, "a file is kept for a Pin that is never released")
	for {
		found, status := w.log.OffsetForTimestamp(w.clock(), 20)
		if status == ReadReady {
			require.EqualValues(t, 20, found.Offset)
			return
		}
		require.True(t, w.step())
	}
}

// A log that is fenced while it waits to be truncated is not truncated any more.
func TestAFencedLogIsNotCut(t *testing.T) {
	w := newWorld(t, 1, disksim.Options{LatencyNanos: 1_000_000})
	w.cfg.IndexIntervalBytes = 0
	w.open()
	w.ready()
	for range 40 {
		w.append(batchOf(1, 100, 0))
	}
	w.settle()
	w.disk.FailWrites(1)
	w.log.Tick(env.Now{Mono: w.now.Add(indexIdleTime)}) // index entries set out
	w.log.Truncate(w.clock(), 5)
	require.Equal(t, Loading, w.log.State())
	w.settle()
	require.Equal(t, Fenced, w.log.State())
	for _, f := range w.facts {
		_, was := f.(env.LogTruncated)
		require.False(t, was)
	}
	require.EqualValues(t, 40, w.log.EndOffset())
}

// witness is a tester whose first failure ends what it watches.
type witness struct{ said string }

func (*witness) Helper()                        {}
func (w *witness) Errorf(f string, args ...any) { w.Fatalf(f, args...) }
func (w *witness) Fatal(args ...any)            { w.Fatalf("%s", fmt.Sprint(args...)) }
func (w *witness) FailNow()                     { panic(w) }
func (w *witness) Fatalf(f string, args ...any) { w.said = fmt.Sprintf(f, args...); panic(w) }

// cutWhileIndexing plays one seed and returns what was wrong, "" if nothing was.
func cutWhileIndexing(seed uint64) (wrong string) {
	v := &witness{}
	defer func() {
		if p := recover(); p != nil && p != v {
			v.said = fmt.Sprint(p)
		}
		wrong = v.said
	}()
	w := newWorld(v, seed, disksim.Options{LatencyNanos: 10_000, JitterNanos: 50_000, TailPerMillion: 150_000,
		TailNanos: 20_000_000})
	w.cfg.SegmentBytes, w.cfg.IndexIntervalBytes = 1500, 0
	w.open()
	w.ready()
	s := &shears{world: w, rnd: env.NewRand(seed)}
	for range 10 {
		s.grow()
		s.shear()
		s.hold()
	}
	s.grow()
	w.settle()
	s.end()
	return
}

// shears is a log that is truncated again and again, and what it must hold.
type shears struct {
	*world
	rnd     env.Rand
	batches []record.Batch
}

// grow appends, and lets a part of what that causes happen.
func (s *shears) grow() {
	for range s.rnd.Between(1, 20) {
		b := batchOf(int(s.rnd.Between(1, 3)), int(s.rnd.Between(0, 200)), s.clock().Wall)
		s.append(b)
		s.batches = append(s.batches, b)
		for range s.rnd.Between(0, 3) {
			s.step()
		}
	}
	if s.rnd.Chance(1, 2) {
		s.sleep(indexIdleTime + time.Duration(s.rnd.Between(0, 20))*time.Millisecond) // the active segment's entries go out
	}
}

// shear truncates the log somewhere, or restarts it at an offset.
func (s *shears) shear() {
	start, end := s.log.LogStart(), s.log.EndOffset()
	if s.rnd.Chance(1, 4) {
		to := start + kafka.Offset(s.rnd.Between(0, 2*int64(end-start)))
		s.saved.RecoveryPoint = 0
		s.log.StartAt(s.clock(), to)
		s.batches = nil
		s.ready()
		s.must(s.log.LogStart() == to && s.log.EndOffset() == to, "started at %d, the log is [%d, %d)", to, s.log.LogStart(),
			s.log.EndOffset())
		return
	}
	to := start + kafka.Offset(s.rnd.Between(0, int64(end-start)-1))
	want := start
	for n := len(s.batches); n > 0 && s.batches[n-1].NextOffset() > to; n-- {
		s.batches = s.batches[:n-1]
	}
	if n := len(s.batches); n > 0 {
		want = s.batches[n-1].NextOffset()
	}
	s.log.Truncate(s.clock(), to)
	s.must(s.log.State() == Loading, "cut to %d, the log is %v", to, s.log.State())
	s.ready()
	s.must(s.log.EndOffset() == want, "cut to %d, the log ends at %d, not %d", to, s.log.EndOffset(), want)
}

func (s *shears) must(ok bool, format string, args ...any) {
	if !ok {
		s.t.Fatalf(format, args...)
	}
}

// hold compares the log with what it must hold.
func (s *shears) hold() {
	var want []byte
	for _, b := range s.batches {
		want = append(want, b...)
	}
	s.must(s.log.State() == Ready, "the log is %v: %v", s.log.State(), s.log.Err())
	s.must(bytes.Equal(s.everything(), want), "the log does not hold the %d bytes it should", len(want))
}

// end stops the log, looks at its files, and starts it once more.
func (s *shears) end() {
	if s.rnd.Chance(1, 2) {
		s.shutdown()
		s.files()
		s.saved.Clean = true
	} else {
		s.log.Flush(s.clock())
		s.settle()
		s.disk.PowerCut()
	}
	s.open()
	s.ready()
	s.hold()
}

// files checks every entry of the index files against the log beside it.
func (s *shears) files() {
	for _, f := range s.disk.Files() {
		path, ok := strings.CutSuffix(f.Path, logSuffix)
		if !ok {
			continue
		}
		raw, err := s.disk.ReadFile(f.Path)
		s.must(err == nil, "%v", err)
		at, ends := map[env.Position]record.Batch{}, map[kafka.Offset]record.Batch{}
		base := kafka.Offset(0)
		_, _ = fmt.Sscanf(path[strings.LastIndexByte(path, '/')+1:], "%d", &base)
		split := record.Split(raw)
		for b, ok := split.Next(); ok; b, ok = split.Next() {
			at[env.Position(len(raw)-len(split.Rest())-len(b))], ends[b.LastOffset()] = b, b
		}
		index, _ := s.disk.ReadFile(path + indexSuffix)
		for i := 0; i < len(index); i += indexEntrySize {
			last, pos := be32(index[i:]), be32(index[i+4:])
			b := at[env.Position(pos)]
			s.must(b != nil && b.LastOffset() == base+kafka.Offset(last), "%s: entry %d is (%d, %d), which is no batch",
				path+indexSuffix, i/indexEntrySize, last, pos)
		}
		times, _ := s.disk.ReadFile(path + timeIndexSuffix)
		for i := 0; i < len(times); i += timeEntrySize {
			ts, last := env.WallMillis(binary.BigEndian.Uint64(times[i:])), be32(times[i+8:])
			b := ends[base+kafka.Offset(last)]
			s.must(b != nil && b.MaxTimestamp() == ts, "%s: entry %d is (%d, %d), which is no batch", path+timeIndexSuffix,
				i/timeEntrySize, ts, last)
		}
	}
}

func be32(b []byte) int32 { return int32(binary.BigEndian.Uint32(b)) }
