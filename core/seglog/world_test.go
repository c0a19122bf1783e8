package seglog

import (
	"container/heap"
	"fmt"
	"strings"

	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/disksim"
)

// tester is what *testing.T, *testing.B, *testing.F and *rapid.T have in common.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Fatal(args ...any)
	FailNow()
}

// world runs one log on a simulated disk.
type world struct {
	t     tester
	now   env.Instant
	wall  env.WallMillis // at now zero
	seq   uint64
	queue timers
	disk  *disksim.Disk
	log   *Log
	cfg   Config
	boots uint32
	facts []env.Fact
	told  func(env.Fact)
	saved Recovery // the broker's checkpoints
	dir   string
}

type timer struct {
	at   env.Instant
	tie  uint32
	seq  uint64
	slot uint64
}

type timers []timer

func (q timers) Len() int { return len(q) }
func (q timers) Less(i, j int) bool {
	a, b := q[i], q[j]
	if a.at != b.at {
		return a.at < b.at
	}
	if a.tie != b.tie {
		return a.tie < b.tie
	}
	return a.seq < b.seq
}
func (q timers) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *timers) Push(x any)   { *q = append(*q, x.(timer)) }
func (q *timers) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

func newWorld(t tester, seed uint64, o disksim.Options) *world {
	w := &world{t: t, wall: 1_000_000, cfg: DefaultConfig(), dir: "t-0"}
	w.disk = disksim.New(w, o, env.NewRand(seed))
	return w
}

func (w *world) Now() env.Instant { return w.now }
func (w *world) At(at env.Instant, tie uint32, slot uint64) {
	w.seq++
	heap.Push(&w.queue, timer{max(at, w.now), tie, w.seq, slot})
}
func (w *world) Cause() uint64       { return 0 }
func (w *world) Sum(b []byte) uint64 { return uint64(len(b)) }
func (w *world) Hash(uint64)         {}
func (w *world) Emit(f env.Fact) {
	w.facts = append(w.facts, f)
	if w.told != nil {
		w.told(f)
	}
}
func (w *world) Deliver(e *env.Event, cause uint64) {
	if w.log != nil && Owner(e.Op) == w.boots {
		w.log.Complete(w.clock(), *e)
	}
}

func (w *world) clock() env.Now {
	return env.Now{Mono: w.now, Wall: w.wall + env.WallMillis(w.now/env.Instant(time.Millisecond))}
}

var partition = kafka.TopicPartition{Topic: "t", Partition: 0}

// open starts the log with the checkpoints as they were saved.
func (w *world) open() *Log {
	w.boots++
	w.facts = nil
	ew := env.World{Disk: w.disk, Rand: env.NewRand(7), Facts: w}
	w.log = Open(ew, NewOps(w.boots), partition, w.dir, w.cfg, w.saved, w.clock())
	w.saved.Clean = false
	return w.log
}

// step fires the next event; false if there is none.
func (w *world) step() bool {
	for len(w.queue) > 0 {
		e := heap.Pop(&w.queue).(timer)
		w.now = max(w.now, e.at)
		if w.disk.Fire(e.slot) {
			return true
		}
	}
	return false
}

// settle runs until nothing is in flight.
func (w *world) settle() {
	for n := 0; w.step(); n++ {
		if n > 1_000_000 {
			w.t.Fatal("the disk never comes to rest")
		}
	}
}

// sleep lets time pass, with Ticks when the log asks for them.
func (w *world) sleep(d time.Duration) {
	end := w.now.Add(d)
	for n := 0; ; n++ {
		if n > 1_000_000 {
			w.t.Fatalf("the log asks for Ticks for ever, deadline %v at %v", w.log.Deadline(), w.now)
		}
		due := w.log.Deadline()
		if len(w.queue) > 0 && w.queue[0].at <= min(due, end) {
			w.step()
			continue
		}
		if due > end {
			w.now = end
			return
		}
		w.now = max(w.now, due)
		w.log.Tick(w.clock())
	}
}

// checkpoint saves what a broker would.
func (w *world) checkpoint() {
	l := w.log
	w.saved = Recovery{RecoveryPoint: l.RecoveryPoint(), LogStart: l.LogStart(), HighWatermark: l.HighWatermark(),
		CleanedTo: l.CleanerCheckpoint(), TopicID: w.saved.TopicID}
}

// shutdown closes the log cleanly.
func (w *world) shutdown() {
	w.log.Close(w.clock())
	w.settle()
	if w.log.State() != Closed {
		w.t.Fatalf("after Close the log is %v: %v", w.log.State(), w.log.Err())
	}
	w.checkpoint()
	w.saved.Clean = true
	w.disk.Crash() // the process ends
	w.log = nil
}

func (w *world) ready() *Log {
	w.t.Helper()
	w.settle()
	if w.log.State() != Ready {
		w.t.Fatalf("the log is %v: %v", w.log.State(), w.log.Err())
	}
	return w.log
}

// batchOf makes a batch of n records with values of a size, all with one timestamp.
func batchOf(n, size int, ts env.WallMillis) record.Batch {
	b := record.NewBuilder(record.Options{})
	for i := range n {
		b.Add(ts, fmt.Appendf(nil, "k%d", i), []byte(strings.Repeat("v", size)))
	}
	return b.Build()
}

func (w *world) append(b record.Batch) AppendResult {
	w.t.Helper()
	res, err := w.log.Append(w.clock(), Append{Batch: b, Epoch: 1})
	if err != nil {
		w.t.Fatalf("append: %v", err)
	}
	return res
}

// everything reads the log through Scan.
func (w *world) everything() []byte {
	w.t.Helper()
	var out []byte
	from := w.log.LogStart()
	for {
		b, next, status := w.log.Scan(w.clock(), from, 1000)
		switch {
		case status == ReadPending:
			if !w.step() {
				w.t.Fatalf("a scan from %d waits for nothing", from)
			}
		case status != ReadReady:
			w.t.Fatalf("scan from %d: %v, %v", from, status, w.log.Err())
		case next == from:
			return out
		default:
			out = append(out, b...)
			from = next
		}
	}
}
