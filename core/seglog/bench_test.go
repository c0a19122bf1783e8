package seglog

import (
	"testing"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// nullDisk takes everything at once and keeps nothing.
type nullDisk struct {
	env.Disk
	done []env.Event
}

func (d *nullDisk) put(k env.Kind, op env.OpID) {
	d.done = append(d.done, env.Event{Kind: k, Op: op, File: 1})
}
func (d *nullDisk) Open(op env.OpID, path string, how env.OpenMode) { d.put(env.Opened, op) }
func (d *nullDisk) MkdirAll(op env.OpID, dir string)                { d.put(env.Renamed, op) }
func (d *nullDisk) List(op env.OpID, dir string)                    { d.put(env.Listed, op) }
func (d *nullDisk) Space(op env.OpID)                               { d.put(env.Spaced, op) }
func (d *nullDisk) Sync(op env.OpID, f env.FileID)                  { d.put(env.Synced, op) }
func (d *nullDisk) SyncDir(op env.OpID, dir string)                 { d.put(env.DirSynced, op) }
func (d *nullDisk) Rename(op env.OpID, from, to string)             { d.put(env.Renamed, op) }
func (d *nullDisk) Remove(op env.OpID, path string)                 { d.put(env.Removed, op) }
func (d *nullDisk) Close(op env.OpID, f env.FileID)                 { d.put(env.FileClosed, op) }
func (d *nullDisk) ReadAt(op env.OpID, f env.FileID, pos env.Position, n int) {
	d.put(env.Read, op)
}
func (d *nullDisk) WriteAt(op env.OpID, f env.FileID, pos env.Position, parts ...[]byte) {
	d.put(env.Wrote, op)
}

func (d *nullDisk) deliver(l *Log, now env.Now) {
	for i := 0; i < len(d.done); i++ {
		l.Complete(now, d.done[i])
	}
	d.done = d.done[:0]
}

func benchLog(cfg Config) (*Log, *nullDisk) {
	d := &nullDisk{}
	l := Open(env.World{Disk: d, Rand: env.NewRand(1)}, NewOps(1), partition, "t-0", cfg, Recovery{Clean: true},
		env.Now{Wall: 1})
	for range 20 {
		d.deliver(l, env.Now{Wall: 1})
	}
	return l, d
}

func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct {
		name string
		size int
		cfg  func(*Config)
		idem bool
	}{
		{"1KiB", 1024, func(*Config) {}, false},
		{"64KiB", 64 << 10, func(*Config) {}, false},
		{"idempotent", 1024, func(*Config) {}, true},
		{"flush.messages=1", 1024, func(c *Config) { c.FlushMessages = 1 }, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			cfg := DefaultConfig()
			c.cfg(&cfg)
			l, d := benchLog(cfg)
			batch := batchOf(1, c.size, 1000)
			if c.idem {
				o := record.Rewrite(batch)
				o.HasProducer, o.ProducerID = true, 5
				bb := record.NewBuilder(o)
				bb.Add(1000, nil, make([]byte, c.size))
				batch = bb.Build()
			}
			b.SetBytes(int64(len(batch)))
			b.ReportAllocs()
			for i := range b.N {
				if c.idem {
					setSequence(batch, i)
				}
				if _, err := l.Append(env.Now{Wall: 1}, Append{Batch: batch, Epoch: 1}); err != nil {
					b.Fatal(err)
				}
				d.deliver(l, env.Now{Wall: 1})
			}
		})
	}
}

// setSequence changes the base sequence in place; the CRC is not looked at here.
func setSequence(b record.Batch, seq int) {
	for i := range 4 {
		b[53+i] = byte(seq >> (24 - 8*i))
	}
}

func BenchmarkRead(b *testing.B) {
	l, d := benchLog(DefaultConfig())
	batch := batchOf(1, 1024, 1000)
	for range 1000 {
		l.Append(env.Now{Wall: 1}, Append{Batch: batch, Epoch: 1})
		d.deliver(l, env.Now{Wall: 1})
	}
	into := make([]env.Segment, 0, 4)
	b.ReportAllocs()
	for i := range b.N {
		res, status := l.Read(env.Now{}, ReadRequest{From: kafka.Offset(500 + i%500), MaxBytes: 100 << 10, UpTo: 1000,
			MinOneBatch: true, Into: into})
		if status != ReadReady || res.Bytes == 0 {
			b.Fatal(status)
		}
		l.Unpin(res.Pin)
	}
}
