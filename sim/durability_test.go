package sim

import (
	"testing"
	"time"

	"gregor/core/env"
	"gregor/disksim"
	"gregor/netsim"
)

// The ledger is a node whose right answers are known: these tests judge the world, not the ledger.

// ledgerSeeds runs a ledger through faults with many seeds and counts those that lost what was acknowledged.
func ledgerSeeds(t *testing.T, seeds uint64, l ledger, disk disksim.Options, faults func(w *World)) (losing int) {
	t.Helper()
	for seed := range seeds {
		r := env.NewRand(seed)
		o := Options{Seed: seed, Network: netsim.Draw(r.Fork("net"))}
		w, a := ledgerWorld(o, disk, l)
		faults(w)
		if err := w.Run(env.Instant(4 * time.Second)); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		content, err := w.Disk("ledger").ReadFile("ledger")
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if len(a.values) < 5 {
			t.Fatalf("seed %d: only %d numbers were acknowledged: too few to show anything", seed, len(a.values))
		}
		if lost := a.lost(content); len(lost) > 0 {
			losing++
		}
	}
	return losing
}

var fastDisk = disksim.Options{LatencyNanos: 50_000, JitterNanos: 50_000, SyncNanos: 200_000}

func cuts(w *World) {
	for i := range 3 {
		at := env.Instant(700+i*900) * env.Instant(time.Millisecond)
		w.At(at, func(w *World) { w.PowerCut("ledger") })
		w.At(at+env.Instant(50*time.Millisecond), func(w *World) { w.Restart("ledger") })
	}
}

func crashes(w *World) {
	for i := range 3 {
		at := env.Instant(700+i*900) * env.Instant(time.Millisecond)
		w.At(at, func(w *World) { w.Restart("ledger") })
	}
}

func TestSyncedSurvivesPowerCuts(t *testing.T) {
	if n := ledgerSeeds(t, 60, ledger{sync: true}, fastDisk, cuts); n > 0 {
		t.Fatalf("%d of 60 seeds lost what was synced", n)
	}
}

func TestUnsyncedIsLostInPowerCuts(t *testing.T) {
	if n := ledgerSeeds(t, 60, ledger{}, fastDisk, cuts); n < 20 {
		t.Fatalf("only %d of 60 seeds lost anything without sync: the disk is too kind", n)
	}
}

func TestUnsyncedSurvivesCrashes(t *testing.T) {
	if n := ledgerSeeds(t, 60, ledger{}, fastDisk, crashes); n > 0 {
		t.Fatalf("%d of 60 seeds lost completed writes in a process crash", n)
	}
}

// TestFailedSync: a node that believes the sync after a failed one loses data; one that stops does not.
func TestFailedSync(t *testing.T) {
	faults := func(w *World) {
		w.At(env.Instant(600*time.Millisecond), func(w *World) { w.FailSyncs("ledger", 1) })
		w.At(env.Instant(1900*time.Millisecond), func(w *World) { w.PowerCut("ledger") })
		w.At(env.Instant(2*time.Second), func(w *World) { w.Restart("ledger") })
	}
	if n := ledgerSeeds(t, 80, ledger{sync: true, ignore: true}, fastDisk, faults); n < 10 {
		t.Fatalf("only %d of 80 seeds caught the ledger that believes a second sync", n)
	}
	if n := ledgerSeeds(t, 80, ledger{sync: true}, fastDisk, faults); n > 0 {
		t.Fatalf("%d of 80 seeds lost what a ledger that stops had acknowledged", n)
	}
}

func TestFullDiskRefuses(t *testing.T) {
	disk := fastDisk
	disk.CapacityBytes = 8*20 + 3
	if n := ledgerSeeds(t, 20, ledger{sync: true}, disk, crashes); n > 0 {
		t.Fatalf("%d of 20 seeds lost what a full disk had acknowledged", n)
	}
}

func TestMisdirectedWritesLose(t *testing.T) {
	disk := fastDisk
	disk.MisdirectedPerMillion = 300_000
	if n := ledgerSeeds(t, 20, ledger{sync: true}, disk, func(*World) {}); n < 15 {
		t.Fatalf("only %d of 20 seeds lost anything to misdirected writes", n)
	}
}
