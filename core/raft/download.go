package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/record"
)

// installable is the log that makes way for a snapshot.
type installable interface {
	prepareInstall()
	abandonInstall()
	install(id SnapshotID)
}

// download is the snapshot that a follower fetches in parts from its leader, one at most.
//
//	idle ──offer──▶ opening ──▶ ready ──part──▶ writing ──▶ ready … last part ──▶ verified ──▶ durable ──▶ installed
//	  ▲                │           │               │                     │
//	  └────────────────┴── drop ───┴───────────────┘◀──── damaged ───────┘
type download struct {
	life      *life
	dir       *directory
	snapshots *snapshots
	log       installable
	current   *transfer
}

// transfer is one snapshot on its way.
type transfer struct {
	id   SnapshotID
	file env.FileID
	pos  env.Position
	busy bool // a part is being written
}

// isIdle reports whether no snapshot is fetched.
func (d *download) isIdle() bool { return d.current == nil }

// isReady reports whether the next part can be fetched.
func (d *download) isReady() bool { return d.current != nil && d.current.file != 0 && !d.current.busy }

// start begins to fetch a snapshot.
func (d *download) start(id SnapshotID) {
	f := &transfer{id: id}
	d.current = f
	name := checkpointName(id) + partSuffix
	d.dir.open(name, env.CreateOrTrim, d.dir.must("creation of "+name, func(e env.Event) {
		if d.current != f {
			d.dir.close(e.File)
			return
		}
		f.file = e.File
	}))
}

// drop stops to fetch: another leader may have another snapshot.
func (d *download) drop() {
	if f := d.current; f != nil && !f.busy {
		d.dir.close(f.file)
	}
	d.current = nil
}

// maxSnapshot bounds a snapshot's size in bytes.
const maxSnapshot = 1 << 34

// handle writes a part that has come. It reports whether the leader may be asked again at once.
func (d *download) handle(part *kmsg.FetchSnapshotResponseTopicPartition) bool {
	f := d.current
	got := SnapshotID{kafka.Offset(part.SnapshotID.EndOffset), kafka.LeaderEpoch(part.SnapshotID.Epoch)}
	size := env.Position(part.Size)
	if part.ErrorCode != 0 || got != f.id || env.Position(part.Position) != f.pos || len(part.Bytes) == 0 ||
		size > maxSnapshot || f.pos+env.Position(len(part.Bytes)) > size {
		d.drop()
		return kafka.ErrorCode(part.ErrorCode) == kafka.SnapshotNotFound
	}
	d.write(f, append([]byte(nil), part.Bytes...), size)
	return true
}

func (d *download) write(f *transfer, part []byte, size env.Position) {
	f.busy = true
	name := checkpointName(f.id) + partSuffix
	d.dir.disk().WriteAt(d.dir.must("write of "+name, func(env.Event) {
		f.busy = false
		f.pos += env.Position(len(part))
		must.AtLeast("raft: size of the snapshot", size, "position written", f.pos, d.life.node,
			"was a part taken that reaches beyond the end?")
		switch {
		case d.current != f:
			d.dir.close(f.file)
		case f.pos == size:
			d.finish(f)
		}
	}), f.file, f.pos, part)
}

// finish checks the whole snapshot, and makes it durable before the log makes way.
func (d *download) finish(f *transfer) {
	d.current = nil
	d.log.prepareInstall()
	name := checkpointName(f.id)
	sawFooter := false
	s := &batchReader{dir: d.dir, file: f.file, size: f.pos}
	s.visit = func(b record.Batch) { sawFooter = isFooter(b) }
	s.done = func(err error) {
		if err != nil || !sawFooter {
			d.life.complain("snapshot %v came damaged: %v", f.id, err)
			d.dir.close(f.file)
			d.log.abandonInstall()
			return
		}
		d.dir.disk().Sync(d.dir.must("sync of "+name, func(env.Event) {
			d.dir.close(f.file)
			d.dir.publish(name, func() {
				d.snapshots.add(snapshot{id: f.id, size: f.pos})
				d.log.install(f.id)
			})
		}), f.file)
	}
	s.read()
}
