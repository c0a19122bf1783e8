package disksim

import (
	"hash/crc32"
	"slices"
	"testing"
	"time"

	"gregor/core/env"
)

// bench is a engine with a sorted list for a queue, and a person at the controls.
type bench struct {
	t      *testing.T
	now    env.Instant
	due    []due
	events []env.Event
	disk   *Disk
	op     env.OpID
}

type due struct {
	at   env.Instant
	tie  uint32
	slot uint64
}

func newBench(t *testing.T, seed uint64, o Options) *bench {
	b := &bench{t: t}
	b.disk = New(b, o, env.NewRand(seed))
	return b
}

func (b *bench) Now() env.Instant { return b.now }
func (b *bench) At(at env.Instant, tie uint32, slot uint64) {
	b.due = append(b.due, due{at, tie, slot})
}
func (b *bench) Deliver(e *env.Event, _ uint64) { b.events = append(b.events, *e) }
func (b *bench) Cause() uint64                  { return 0 }
func (b *bench) Sum(p []byte) uint64            { return uint64(crc32.ChecksumIEEE(p)) }
func (b *bench) Hash(uint64)                    {}

// next lets the earliest thing happen.
func (b *bench) next() bool {
	if len(b.due) == 0 {
		return false
	}
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
	return true
}

// do submits one operation and returns its outcome.
func (b *bench) do(submit func(d *Disk, op env.OpID)) env.Event {
	b.t.Helper()
	b.op++
	op := b.op
	submit(b.disk, op)
	for {
		for i, e := range b.events {
			if e.Op == op {
				b.events = slices.Delete(b.events, i, i+1)
				return e
			}
		}
		if !b.next() {
			b.t.Fatalf("operation %d has no outcome", op)
		}
	}
}

func (b *bench) must(e env.Event) env.Event {
	b.t.Helper()
	if e.Err != nil {
		b.t.Fatalf("%v: %v", e.Kind, e.Err)
	}
	return e
}

func (b *bench) open(path string) env.FileID {
	b.t.Helper()
	return b.must(b.do(func(d *Disk, op env.OpID) { d.Open(op, path, env.MayCreate) })).File
}

func (b *bench) write(f env.FileID, pos int, p []byte) error {
	b.t.Helper()
	return b.do(func(d *Disk, op env.OpID) { d.WriteAt(op, f, env.Position(pos), p) }).Err
}

func (b *bench) sync(f env.FileID) error {
	b.t.Helper()
	return b.do(func(d *Disk, op env.OpID) { d.Sync(op, f) }).Err
}

func (b *bench) syncDir(dir string) {
	b.t.Helper()
	b.must(b.do(func(d *Disk, op env.OpID) { d.SyncDir(op, dir) }))
}

func (b *bench) rename(from, to string) {
	b.t.Helper()
	b.must(b.do(func(d *Disk, op env.OpID) { d.Rename(op, from, to) }))
}

// content is a file's bytes, nil if it is not there.
func (b *bench) content(path string) []byte {
	c, err := b.disk.ReadFile(path)
	if err != nil {
		return nil
	}
	return c
}

// panics runs f and reports whether it panicked.
func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

func fill(v byte, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = v
	}
	return p
}

const ms = int64(time.Millisecond)
