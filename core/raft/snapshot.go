package raft

import (
	"encoding/binary"
	"fmt"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// snapshot is a complete checkpoint in the directory.
type snapshot struct {
	id   SnapshotID
	size env.Position
	file env.FileID // open while it is fetched
}

// prunable is the log whose beginning a snapshot makes superfluous.
type prunable interface {
	size() int64
	deleteBelow(end kafka.Offset)
}

// snapshots are the complete checkpoints in the directory, and the one that is being written.
type snapshots struct {
	cfg    *Config
	life   *life
	dir    *directory
	log    prunable
	list   []snapshot // ascending
	writer *snapshotWriter
}

// latest returns the newest snapshot; the zero SnapshotID if there is none.
func (s *snapshots) latest() SnapshotID {
	if n := len(s.list); n > 0 {
		return s.list[n-1].id
	}
	return SnapshotID{}
}

// newestBelow returns the newest snapshot that ends at or below an offset.
func (s *snapshots) newestBelow(end kafka.Offset) (id SnapshotID) {
	for i := range s.list {
		if s.list[i].id.End <= end {
			id = s.list[i].id
		}
	}
	return id
}

func (s *snapshots) find(id SnapshotID) *snapshot {
	for i := range s.list {
		if s.list[i].id == id {
			return &s.list[i]
		}
	}
	return nil
}

// add enters a snapshot that is durable, and deletes what is too much.
func (s *snapshots) add(n snapshot) {
	s.list = append(s.list, n)
	if s.life.world.Facts != nil {
		s.life.world.Facts.Emit(env.QuorumSnapshotted{Node: s.cfg.Node, End: n.id.End, Epoch: n.id.Epoch})
	}
	s.clean()
}

// clean deletes the oldest snapshots, and the log below the oldest that is left, as long as there is more than
// metadata.max.retention.bytes. The newest snapshot stays, and all of the log above it.
func (s *snapshots) clean() {
	for len(s.list) > 1 && s.cfg.MaxRetentionBytes >= 0 && s.bytes() > s.cfg.MaxRetentionBytes {
		old := s.list[0]
		s.list = s.list[1:]
		s.log.deleteBelow(s.list[0].id.End)
		s.dir.close(old.file)
		s.dir.remove(checkpointName(old.id), func() {})
	}
}

// bytes is what the partition takes on disk.
func (s *snapshots) bytes() int64 {
	n := s.log.size()
	for i := range s.list {
		n += int64(s.list[i].size)
	}
	return n
}

// ids lists the snapshots, ascending.
func (s *snapshots) ids() []SnapshotID {
	ids := make([]SnapshotID, len(s.list))
	for i := range s.list {
		ids[i] = s.list[i].id
	}
	return ids
}

// write begins to write a snapshot of the records that next returns.
func (s *snapshots) write(id SnapshotID, now env.Now, timestamp env.WallMillis, next func() ([]byte, bool)) {
	s.writer = &snapshotWriter{store: s, id: id, next: next, wall: now.Wall}
	s.writer.open(timestamp)
}

// wrote enters the snapshot of the writer, which is durable.
func (s *snapshots) wrote(n snapshot) {
	s.writer = nil
	if n.id.End <= s.latest().End {
		s.dir.remove(checkpointName(n.id), func() {}) // a newer one has been fetched meanwhile
		return
	}
	s.add(n)
}

// snapshotBatch is how many bytes of records make a batch of a snapshot.
const snapshotBatch = 256 << 10

// snapshotWriter writes a checkpoint, a batch per event.
type snapshotWriter struct {
	store *snapshots
	id    SnapshotID
	file  env.FileID
	pos   env.Position
	next  func() ([]byte, bool)
	base  kafka.Offset // of the next batch; a snapshot's offsets count from zero
	wall  env.WallMillis
}

func (w *snapshotWriter) name() string { return checkpointName(w.id) }

func (w *snapshotWriter) open(timestamp env.WallMillis) {
	dir := w.store.dir
	dir.open(w.name()+partSuffix, env.CreateOrTrim, dir.must("creation of "+w.name(), func(e env.Event) {
		w.file = e.File
		header := binary.BigEndian.AppendUint64([]byte{0, 0}, uint64(timestamp)) // version 0
		w.write(w.control(record.SnapshotHeader, append(header, 0)), w.more)
	}))
}

func (w *snapshotWriter) control(t record.ControlType, value []byte) record.Batch {
	b := record.NewBuilder(record.Options{Control: true, BaseOffset: w.base, LeaderEpoch: w.id.Epoch})
	b.Add(w.wall, record.ControlKey(t), value)
	return b.Build()
}

func (w *snapshotWriter) write(b record.Batch, then func()) {
	dir := w.store.dir
	dir.disk().WriteAt(dir.must("write of "+w.name(), func(env.Event) {
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
	dir := w.store.dir
	dir.disk().Sync(dir.must("sync of "+w.name(), func(env.Event) {
		dir.close(w.file)
		dir.publish(w.name(), func() { w.store.wrote(snapshot{id: w.id, size: w.pos}) })
	}), w.file)
}

// isFooter reports whether a batch ends a snapshot.
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
	dir   *directory
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
	s.dir.disk().ReadAt(s.dir.must("read of a snapshot", func(e env.Event) {
		buf := append(append(make([]byte, 0, len(s.rest)+len(e.Bytes)), s.rest...), e.Bytes...)
		got := len(e.Bytes)
		e.Buffer.Release()
		if err := s.parse(buf); err != nil || got == 0 {
			s.done(fmt.Errorf("at position %d of %d: %w", s.pos, s.size, err))
			return
		}
		s.pos += env.Position(got)
		s.read()
	}), s.file, s.pos, n)
}

// parse visits the whole batches in buf, and keeps the rest.
func (s *batchReader) parse(buf []byte) error {
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
