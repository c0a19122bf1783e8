package raft

import (
	"encoding/binary"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/record"
)

// snapshot is a complete checkpoint in the directory.
type snapshot struct {
	id   SnapshotID
	size env.Position
	file env.FileID // open while it is fetched
}

// addSnapshot enters a snapshot that is durable, and deletes what is too much.
func (r *Replica) addSnapshot(s snapshot) {
	r.snaps = append(r.snaps, s)
	if r.w.Facts != nil {
		r.w.Facts.Tell(env.QuorumSnapshotted{Node: r.cfg.Node, End: s.id.End, Epoch: s.id.Epoch})
	}
	r.clean()
}

// clean deletes the oldest snapshots, and the log below the oldest that is left, as long as there is more than
// metadata.max.retention.bytes. The newest snapshot stays, and all of the log above it.
func (r *Replica) clean() {
	for len(r.snaps) > 1 && r.cfg.MaxRetentionBytes >= 0 && r.bytes() > r.cfg.MaxRetentionBytes {
		old := r.snaps[0]
		r.snaps = r.snaps[1:]
		if r.logReady() {
			_ = r.log.DeleteRecords(r.now, r.snaps[0].id.End) // it is below the high watermark; if the log is busy the next round comes
		}
		r.closeFile(old.file)
		r.remove(checkpointName(old.id), func() {})
	}
}

// bytes is what the partition takes on disk, without what DeleteRecords has marked already.
func (r *Replica) bytes() int64 {
	n := int64(r.log.Size())
	for i := range r.snaps {
		n += int64(r.snaps[i].size)
	}
	return n
}

// snapshotBatch is how many bytes of records make a batch of a snapshot.
const snapshotBatch = 256 << 10

// snapshotWriter writes a checkpoint, a batch per event.
type snapshotWriter struct {
	r    *Replica
	id   SnapshotID
	file env.FileID
	pos  env.Position
	next func() ([]byte, bool)
	base env.Offset // of the next batch; a snapshot's offsets count from zero
	wall env.WallMillis
}

// CreateSnapshot writes a snapshot of everything the owner has been told. next hands out the values of its records,
// one after the other, over many steps: what they are made from must not change meanwhile. timestamp is that of the
// last record contained. When the snapshot is durable the log below it may go.
func (r *Replica) CreateSnapshot(now env.Now, timestamp env.WallMillis, next func() (value []byte, ok bool)) (id SnapshotID, err error) {
	r.step(now, func() {
		switch {
		case r.state != Running || !r.logReady() || r.loading != nil:
			err = fmt.Errorf("a snapshot cannot be taken while the replica is %v and its log is busy", r.state)
		case r.writer != nil:
			err = fmt.Errorf("snapshot %v is being written", r.writer.id)
		case r.given <= r.latest().End:
			err = fmt.Errorf("nothing was committed since snapshot %v", r.latest())
		default:
			id = SnapshotID{r.given, r.log.EpochAt(r.given - 1)}
			r.writer = &snapshotWriter{r: r, id: id, next: next, wall: now.Wall}
			r.writer.open(timestamp)
		}
	})
	return id, err
}

func (w *snapshotWriter) name() string { return checkpointName(w.id) }

func (w *snapshotWriter) open(timestamp env.WallMillis) {
	r := w.r
	r.w.Disk.Open(r.must("creation of "+w.name(), func(e env.Event) {
		w.file = e.File
		header := binary.BigEndian.AppendUint64([]byte{0, 0}, uint64(timestamp)) // version 0
		w.write(w.control(record.SnapshotHeader, append(header, 0)), w.more)
	}), r.path(w.name()+partSuffix), env.CreateOrTrim)
}

func (w *snapshotWriter) control(t record.ControlType, value []byte) record.Batch {
	b := record.NewBuilder(record.Options{Control: true, BaseOffset: w.base, LeaderEpoch: w.id.Epoch})
	b.Add(w.wall, record.ControlKey(t), value)
	return b.Build()
}

func (w *snapshotWriter) write(b record.Batch, then func()) {
	r := w.r
	r.w.Disk.WriteAt(r.must("write of "+w.name(), func(env.Event) {
		w.pos += env.Position(len(b))
		w.base = b.NextOffset()
		then()
	}), w.file, w.pos, b)
}

// more writes the next batch, or after the last one the footer.
func (w *snapshotWriter) more() {
	b := record.NewBuilder(record.Options{BaseOffset: w.base, LeaderEpoch: w.id.Epoch})
	for b.Size() < snapshotBatch {
		value, ok := w.next()
		if !ok {
			break
		}
		b.Add(w.wall, nil, value)
	}
	if b.Count() == 0 {
		w.write(w.control(record.SnapshotFooter, []byte{0, 0, 0}), w.finish) // version 0, no tags
		return
	}
	w.write(b.Build(), w.more)
}

func (w *snapshotWriter) finish() {
	r := w.r
	r.w.Disk.Sync(r.must("sync of "+w.name(), func(env.Event) {
		r.closeFile(w.file)
		r.publish(w.name(), func() {
			r.writer = nil
			if w.id.End <= r.latest().End {
				r.remove(w.name(), func() {}) // a newer one has been fetched meanwhile
				return
			}
			r.addSnapshot(snapshot{id: w.id, size: w.pos})
		})
	}), w.file)
}

// isFooter says whether a batch ends a snapshot.
func isFooter(b record.Batch) bool {
	if !b.Attributes().IsControl() {
		return false
	}
	it := b.Records(new(record.Scratch), record.Limits{})
	rec, ok := it.Next()
	if !ok {
		return false
	}
	t, err := record.ParseControlKey(rec.Key)
	return err == nil && t == record.SnapshotFooter
}

// batchReader reads a file's batches, a chunk per event.
type batchReader struct {
	r     *Replica
	file  env.FileID
	pos   env.Position
	size  env.Position
	rest  []byte // the beginning of a batch whose end has not been read
	visit func(record.Batch)
	done  func(error)
}

const (
	readChunk = 1 << 20
	maxBatch  = 64 << 20 // of one batch in a snapshot
)

func (s *batchReader) read() {
	if s.pos >= s.size {
		if len(s.rest) > 0 {
			s.done(fmt.Errorf("%d bytes at the end are no whole batch", len(s.rest)))
			return
		}
		s.done(nil)
		return
	}
	n := int(min(readChunk, s.size-s.pos))
	s.r.w.Disk.ReadAt(s.r.must("read of a snapshot", func(e env.Event) {
		buf := append(append(make([]byte, 0, len(s.rest)+len(e.Bytes)), s.rest...), e.Bytes...)
		got := len(e.Bytes)
		e.Buffer.Release()
		if err := s.take(buf); err != nil || got == 0 {
			s.done(fmt.Errorf("at position %d of %d: %w", s.pos, s.size, err))
			return
		}
		s.pos += env.Position(got)
		s.read()
	}), s.file, s.pos, n)
}

func (s *batchReader) take(buf []byte) error {
	split := record.Split(buf)
	for b, ok := split.Next(); ok; b, ok = split.Next() {
		if err := record.ValidateStored(b); err != nil {
			return err
		}
		s.visit(b)
	}
	s.rest = split.Rest()
	if size, err := record.Peek(s.rest); err == nil && size > maxBatch {
		return fmt.Errorf("a batch claims %d bytes; %d is the most", size, maxBatch)
	}
	if err := split.Err(); err != nil && err != record.ErrShort {
		return err
	}
	return nil
}

// loading is a snapshot on its way to the owner.
type loading struct{ id SnapshotID }

// loadSnapshot tells the owner a snapshot.
func (r *Replica) loadSnapshot(id SnapshotID) {
	r.loading = &loading{id}
	r.owner.HandleSnapshot(id)
	name := checkpointName(id)
	r.w.Disk.Open(r.must("open of "+name, func(e env.Event) {
		s := &batchReader{r: r, file: e.File, size: e.Size}
		sawFooter := false
		s.visit = func(b record.Batch) {
			sawFooter = isFooter(b)
			if !b.Attributes().IsControl() {
				r.owner.HandleSnapshotBatch(b)
			}
		}
		s.done = func(err error) {
			r.closeFile(e.File)
			if err != nil || !sawFooter {
				r.fail("snapshot %s is damaged: footer seen %v, %v", name, sawFooter, err)
				return
			}
			r.owner.HandleSnapshotEnd(id)
			r.loading = nil
			r.given = max(r.given, id.End)
		}
		s.read()
	}), r.path(name), env.MustExist)
}

// handleFetchSnapshot answers with a part of a snapshot.
func (r *Replica) handleFetchSnapshot(now env.Now, req *kmsg.FetchSnapshotRequest, t Ticket) {
	if !r.isCluster(req.ClusterID) {
		r.reply(t, refusal(req, codeInconsistentCluster))
		return
	}
	if len(req.Topics) != 1 || len(req.Topics[0].Partitions) != 1 {
		r.reply(t, refusal(req, codeInvalidRequest))
		return
	}
	p := &req.Topics[0].Partitions[0]
	id := SnapshotID{env.Offset(p.SnapshotID.EndOffset), env.LeaderEpoch(p.SnapshotID.Epoch)}
	s := r.findSnapshot(id)
	code := r.leaderOnly(env.LeaderEpoch(p.CurrentLeaderEpoch))
	switch {
	case req.Topics[0].Topic != Partition.Topic || p.Partition != 0:
		code = codeUnknownTopic
	case code != codeNone:
	case s == nil:
		code = codeSnapshotNotFound
	case p.Position < 0 || env.Position(p.Position) >= s.size:
		code = codePositionOutOfRange
	}
	if code != codeNone {
		r.reply(t, r.snapshotAnswer(req, code, id, 0, 0, nil))
		return
	}
	if i := r.voterIndex(env.NodeID(req.ReplicaID), p.ReplicaDirectoryID); i >= 0 {
		r.lead.hear(now, r, i)
		r.lead.voters[i].fetched = now.Mono
	}
	r.servePart(req, id, env.Position(p.Position), t)
}

func (r *Replica) findSnapshot(id SnapshotID) *snapshot {
	for i := range r.snaps {
		if r.snaps[i].id == id {
			return &r.snaps[i]
		}
	}
	return nil
}

// servePart reads a part of a snapshot and answers with it. What has gone meanwhile is answered as not found.
func (r *Replica) servePart(req *kmsg.FetchSnapshotRequest, id SnapshotID, pos env.Position, t Ticket) {
	s := r.findSnapshot(id)
	head := kmsg.FetchSnapshotRequest{Version: req.Version, MaxBytes: req.MaxBytes} // the rest is the caller's
	if s.file == 0 {
		r.w.Disk.Open(r.op(func(e env.Event) {
			s := r.findSnapshot(id)
			switch {
			case e.Err != nil || s == nil:
				r.closeFile(e.File)
				r.reply(t, r.snapshotAnswer(&head, codeSnapshotNotFound, id, 0, 0, nil))
				return
			case s.file != 0:
				r.closeFile(e.File)
			default:
				s.file = e.File
			}
			r.readPart(&head, s, pos, t)
		}), r.path(checkpointName(id)), env.MustExist)
		return
	}
	r.readPart(&head, s, pos, t)
}

func (r *Replica) readPart(req *kmsg.FetchSnapshotRequest, s *snapshot, pos env.Position, t Ticket) {
	id, size, epoch := s.id, s.size, r.election.epoch
	n := int(min(env.Position(max(min(int(req.MaxBytes), r.cfg.MaxPartBytes), 1)), size-pos))
	r.w.Disk.ReadAt(r.op(func(e env.Event) {
		part := append([]byte(nil), e.Bytes...)
		e.Buffer.Release()
		code := r.leaderOnly(epoch)
		if code == codeNone && (e.Err != nil || len(part) == 0) {
			code = codeSnapshotNotFound
		}
		if code != codeNone {
			r.reply(t, r.snapshotAnswer(req, code, id, 0, 0, nil))
			return
		}
		r.reply(t, r.snapshotAnswer(req, codeNone, id, size, pos, part))
	}), s.file, pos, n)
}
