package logdir_test

import (
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
	"time"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/logdir"
	"gregor/core/seglog"
	"gregor/disksim"
)

var orders = kafka.TopicPartition{Topic: "orders"}

// bench is a node with a directory on a simulated disk, and with one log.
type bench struct {
	t        *testing.T
	disk     *disksim.Disk
	due      []due
	now      env.Instant
	alarms   alarm.Heap
	dir      *logdir.Dir
	ready    bool
	stopping bool
	gaveUp   string
	log      seglog.Recovery
	warned   []string
}

type due struct {
	at   env.Instant
	tie  uint32
	slot uint64
}

func (b *bench) Now() env.Instant { return b.now }
func (b *bench) At(at env.Instant, tie uint32, slot uint64) {
	b.due = append(b.due, due{max(at, b.now), tie, slot})
}
func (b *bench) Deliver(e *env.Event, _ uint64) { b.dir.Complete(env.Now{Mono: b.now}, *e) }
func (b *bench) Cause() uint64                  { return 0 }
func (b *bench) Sum(p []byte) uint64            { return uint64(crc32.ChecksumIEEE(p)) }
func (b *bench) Hash(uint64)                    {}

func (b *bench) Points(put func(kafka.TopicPartition, seglog.Recovery)) { put(orders, b.log) }
func (b *bench) CheckpointEvery() time.Duration                         { return time.Minute }
func (b *bench) Stopping() bool                                         { return b.stopping }
func (b *bench) GiveUp(format string, args ...any)                      { b.gaveUp = fmt.Sprintf(format, args...) }
func (b *bench) Warn(format string, args ...any) {
	b.warned = append(b.warned, fmt.Sprintf(format, args...))
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t}
	b.disk = disksim.New(b, disksim.Options{}, env.NewRand(1))
	return b
}

// start starts a node in the directory, and reports whether it can go on.
func (b *bench) start(node kafka.NodeID) bool {
	b.ready, b.gaveUp, b.stopping = false, "", false
	b.dir = logdir.New(b.disk, &b.alarms, b, b, logdir.Config{Node: node, Voters: "1@c1:9093"}, env.NewRand(7))
	b.dir.Start(func(env.Now) { b.ready = true })
	b.run()
	return b.ready
}

// run lets the disk come to rest.
func (b *bench) run() {
	for len(b.due) > 0 {
		slices.SortStableFunc(b.due, func(x, y due) int {
			if x.at != y.at {
				return int(x.at - y.at)
			}
			return int(int64(x.tie) - int64(y.tie))
		})
		d := b.due[0]
		b.due = b.due[1:]
		b.now = max(b.now, d.at)
		b.disk.Fire(d.slot)
	}
}

// pass lets time pass, and wakes what is due.
func (b *bench) pass(d time.Duration) {
	b.now = b.now.Add(d)
	for w, ok := b.alarms.Due(b.now); ok; w, ok = b.alarms.Due(b.now) {
		w.Wake(env.Now{Mono: b.now})
	}
	b.run()
}

func (b *bench) checkpoint() (failed error) {
	b.dir.Checkpoint(env.Now{Mono: b.now}, func(_ env.Now, err error) { failed = err })
	b.run()
	return failed
}

func TestADirectoryBelongsToOneNode(t *testing.T) {
	b := newBench(t)
	if !b.start(1) {
		t.Fatal(b.gaveUp)
	}
	cluster, id := b.dir.ClusterID(), b.dir.ID()
	if !b.start(1) || b.dir.ClusterID() != cluster || b.dir.ID() != id {
		t.Errorf("the second start has cluster %q and directory %v, the first had %q and %v: %s", b.dir.ClusterID(),
			b.dir.ID(), cluster, id, b.gaveUp)
	}
	if b.start(2) || !strings.Contains(b.gaveUp, `node.id="1", but this node is 2`) {
		t.Errorf("another node starts in the directory: %q", b.gaveUp)
	}
}

func TestPartitionsWithoutAnOwnerAreNotClaimed(t *testing.T) {
	b := newBench(t)
	if err := b.disk.WriteFile("orders-0/00000000000000000000.log", nil); err != nil {
		t.Fatal(err)
	}
	if b.start(1) || !strings.Contains(b.gaveUp, "holds orders-0 but no meta.properties") {
		t.Errorf("a directory whose meta.properties was lost is formatted: %q", b.gaveUp)
	}
}

// A start after a clean shutdown trusts the files, and the next one does not: the marker was removed before anything
// was written.
func TestTheMarkerOfACleanShutdownHoldsOnce(t *testing.T) {
	b := newBench(t)
	b.start(1)
	b.log = seglog.Recovery{RecoveryPoint: 7, HighWatermark: 6, LogStart: 2}
	if err := b.checkpoint(); err != nil {
		t.Fatal(err)
	}
	b.dir.MarkClean(5, func(env.Now) {})
	b.run()
	b.start(1)
	if got := b.dir.Recovery(orders); !got.Clean || got.RecoveryPoint != 7 || got.HighWatermark != 6 ||
		got.LogStart != 2 || b.dir.PreviousEpoch() != 5 {
		t.Errorf("after a clean shutdown in epoch 5 the start finds %+v, epoch %d", got, b.dir.PreviousEpoch())
	}
	b.start(1)
	if got := b.dir.Recovery(orders); got.Clean || got.RecoveryPoint != 7 || b.dir.PreviousEpoch() != -1 {
		t.Errorf("after a crash the start finds %+v, epoch %d", got, b.dir.PreviousEpoch())
	}
}

// A round that failed may have written some of its files.
func TestWithinCountsWhatAFailedRoundMayHaveWritten(t *testing.T) {
	b := newBench(t)
	b.start(1)
	b.log = seglog.Recovery{RecoveryPoint: 10}
	if err := b.checkpoint(); err != nil {
		t.Fatal(err)
	}
	b.log = seglog.Recovery{RecoveryPoint: 20}
	b.disk.FailWrites(1)
	if b.checkpoint() == nil {
		t.Fatal("a checkpoint is written though the disk refuses it")
	}
	b.log = seglog.Recovery{RecoveryPoint: 5}
	if b.dir.Within(orders, 15, 0) {
		t.Error("the file may say 20, and yet counts as within 15")
	}
	if err := b.checkpoint(); err != nil || !b.dir.Within(orders, 5, 0) {
		t.Errorf("after a whole round with 5: %v, within 5: %v", err, b.dir.Within(orders, 5, 0))
	}
}

func TestWhatMustNotComeBeforeACheckpointWaitsForOne(t *testing.T) {
	b := newBench(t)
	b.start(1)
	done := 0
	b.disk.FailWrites(1)
	b.dir.OnceCheckpointed(env.Now{Mono: b.now}, func(env.Now) { done++ })
	b.run()
	if done != 0 {
		t.Fatal("it came though the checkpoint failed")
	}
	b.pass(time.Second)
	if done != 1 {
		t.Errorf("it came %d times after the next round", done)
	}
	b.stopping = true
	b.dir.OnceCheckpointed(env.Now{Mono: b.now}, func(env.Now) { done++ })
	b.run()
	if done != 1 {
		t.Error("a node that stops waits for a checkpoint")
	}
}

func TestAStrayIsRenamedAndADeletedDirectoryRemoved(t *testing.T) {
	b := newBench(t)
	b.start(1)
	for _, name := range []string{"orders-0/a.log", "mine-0/a.log", "gone-0.0123-delete/a.log"} {
		if err := b.disk.WriteFile(name, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	b.start(1)
	strays := b.dir.Strays(func(tp kafka.TopicPartition) bool { return tp.Topic == "mine" })
	if !slices.Equal(strays, []kafka.TopicPartition{orders}) {
		t.Fatalf("strays are %v, want orders-0", strays)
	}
	aside := false
	b.dir.SetAside(env.Now{Mono: b.now}, orders, func(env.Now) { aside = true })
	b.dir.RemoveDeleted()
	b.run()
	var names []string
	for _, f := range b.disk.Files() {
		names = append(names, f.Path)
	}
	all := strings.Join(names, " ")
	if !aside || !strings.Contains(all, "-stray/a.log") || !strings.Contains(all, "mine-0/a.log") ||
		strings.Contains(all, "-delete") || strings.Contains(all, "orders-0/a.log") {
		t.Errorf("set aside: %v; the files are %s", aside, all)
	}
}
