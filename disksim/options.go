package disksim

import "gregor/core/env"

// Options are the faults and the speed of a disk. The zero value is a perfect disk that takes no time.
// Chances are per million operations of the kind named.
type Options struct {
	LatencyNanos   int64 // every operation takes at least this long
	JitterNanos    int64 // and up to this much longer
	SyncNanos      int64 // Sync and SyncDir take this much longer still
	TailPerMillion int   // operations that take at most TailNanos longer
	TailNanos      int64
	BytesPerSecond int64 // 0: transfers take no time

	StallPerMillion int // operations at which the whole device stalls
	StallNanos      int64

	ReadErrorPerMillion  int   // ReadAt and regions: EIO
	WriteErrorPerMillion int   // WriteAt: EIO, any part of it written
	SyncErrorPerMillion  int   // Sync and SyncDir: EIO, pages marked clean
	CapacityBytes        int64 // ENOSPC beyond it; 0: endless

	BitRotPerMillion      int // reads that find, and leave, a flipped bit
	MisdirectedPerMillion int // writes that land somewhere else in the file

	PowerCut Loss // what a power cut leaves of what was not synced

	SkipChecks bool // do not check that written bytes stay unchanged, do not scribble over released buffers
}

// Loss is what a power cut does with everything no sync has covered.
type Loss uint8

// The kinds of power cuts.
const (
	SeedDecides   Loss = iota // for each file and name by itself
	LosesUnsynced             // it is all lost
	KeepsUnsynced             // it is all there
)

// Draw returns the speed of a disk for a seed: anything from memory-like to a tired spindle. It draws no
// fault that loses or damages data: those belong to a scenario's budget.
func Draw(r env.Rand) Options {
	base := r.Between(1, 10)
	o := Options{
		LatencyNanos:   base * r.Between(5, 400) * 1000,
		JitterNanos:    base * r.Between(5, 400) * 1000,
		SyncNanos:      base * r.Between(10, 2000) * 1000,
		BytesPerSecond: r.Between(50, 2000) << 20,
	}
	if r.Chance(1, 2) {
		o.TailPerMillion = int(r.Between(100, 20_000))
		o.TailNanos = r.Between(1, 200) * 1_000_000
	}
	if r.Chance(1, 4) {
		o.StallPerMillion = int(r.Between(1, 200))
		o.StallNanos = r.Between(10, 3000) * 1_000_000
	}
	return o
}
