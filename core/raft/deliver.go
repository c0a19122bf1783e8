package raft

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
	"gregor/core/record"
)

// deliverChunk is how much of the log one step reads for the owner.
const deliverChunk = 1 << 20

// delivery hands the owner what is committed, in order: the newest snapshot first, then each batch once, and the
// leader.
type delivery struct {
	life      *life
	dir       *directory
	out       *outbox
	owner     Owner
	log       *metadataLog
	snapshots *snapshots

	given   kafka.Offset // the owner has everything below
	loading bool         // a snapshot is on its way to the owner
	leader  leaderChange
}

// start begins at the log's start, or with the newest snapshot.
func (d *delivery) start() {
	d.given = d.log.start
	if d.snapshots.latest().End > 0 {
		d.given = 0
	}
}

// poll hands out what is committed. What has left the memory comes from the disk, a chunk at a time; what is below
// the log's start comes as the newest snapshot. It reports whether the owner is up to date with the batches that can be
// read now.
func (d *delivery) poll(now env.Now) bool {
	if !d.log.isReady() || d.loading {
		return false
	}
	if latest := d.snapshots.latest(); d.given < d.log.start || d.given == 0 && latest.End > 0 {
		d.load(latest)
		return false
	}
	bound := min(d.log.high, d.log.flushed)
	if mutants.Enabled && mutants.On().ExposeUncommitted { // K9 (KAFKA-14457)
		bound = d.log.end.End
	}
	for d.given < bound && d.below(now, bound) {
	}
	return true
}

// below hands out the next batches; false if none can be read yet.
func (d *delivery) below(now env.Now, bound kafka.Offset) bool {
	before := d.given
	if kept, ok := d.log.tail.from(d.given); ok {
		for _, b := range kept {
			if !d.commit(b, bound) {
				break
			}
		}
		return d.given > before
	}
	raw, ok := d.log.read(now, d.given, deliverChunk)
	if !ok {
		return false
	}
	split := record.Split(raw)
	for b, ok := split.Next(); ok; b, ok = split.Next() {
		if !d.commit(b, bound) {
			break
		}
	}
	return d.given > before
}

// commit hands the owner one batch, if it is committed whole.
func (d *delivery) commit(b record.Batch, bound kafka.Offset) bool {
	if b.NextOffset() > bound {
		return false
	}
	if b.NextOffset() > d.given { // a read may begin with batches that the owner has
		must.AtLeast("raft: the owner's next offset", d.given, "first offset of the batch", b.BaseOffset(),
			d.life.node, "is there a hole in the log?")
		d.owner.HandleCommit(b)
		d.given = b.NextOffset()
	}
	return true
}

// load hands the owner a snapshot.
func (d *delivery) load(id SnapshotID) {
	d.loading = true
	d.owner.HandleSnapshot(id)
	name := checkpointName(id)
	d.dir.open(name, env.MustExist, d.dir.must("open of "+name, func(e env.Event) {
		s := &batchReader{dir: d.dir, file: e.File, size: e.Size}
		sawFooter := false
		s.visit = func(b record.Batch) {
			sawFooter = isFooter(b)
			if !b.Attributes().IsControl() {
				d.owner.HandleSnapshotBatch(b)
			}
		}
		s.done = func(err error) {
			d.dir.close(e.File)
			if err != nil || !sawFooter {
				d.life.fail("snapshot %s is damaged: footer seen %v, %v", name, sawFooter, err)
				return
			}
			d.owner.HandleSnapshotEnd(id)
			d.loading = false
			d.given = max(d.given, id.End)
		}
		s.read()
	}))
}

// leaderChange is what the owner knows of the leadership.
type leaderChange struct {
	leader kafka.NodeID
	epoch  kafka.LeaderEpoch
}

// report reports the leader to the owner, if it is another one.
func (d *delivery) report(is leaderChange) {
	if is == d.leader {
		return
	}
	must.AtLeast("raft: reported epoch", is.epoch, "the one before", d.leader.epoch, d.life.node, "did the epoch go back?")
	d.leader = is
	d.out.put(held{change: true, leader: is.leader, epoch: is.epoch})
}
