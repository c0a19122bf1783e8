package seglog

import (
	"encoding/binary"
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// The layout of a .snapshot: int16 version, uint32 CRC-32C over all that follows it, int32 count, entries.
//
// Kafka writes one entry a producer, its last batch: a log that was closed cleanly no longer recognizes the other four
// that a client may have under way, and a leader that has just restarted appends them again. Here each remembered
// batch has an entry, the oldest first. Kafka's own reader goes by the last one of a producer, so it sees what it
// expects, and files written by Kafka read as producers of one batch.
const (
	snapshotVersion   = 1
	snapshotCRCEnd    = 6
	snapshotHeader    = 10
	snapshotEntrySize = 46
)

// encode is the state of all producers as a .snapshot, sorted by id so that equal states give equal bytes.
func (ps *producers) encode() []byte {
	order := make([]int, len(ps.list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if ps.list[a].id < ps.list[b].id {
			return -1
		}
		return 1
	})
	out := make([]byte, snapshotHeader, snapshotHeader+len(order)*snapshotEntrySize)
	for _, i := range order {
		out = ps.list[i].encode(out)
	}
	binary.BigEndian.PutUint16(out, snapshotVersion)
	binary.BigEndian.PutUint32(out[6:], uint32((len(out)-snapshotHeader)/snapshotEntrySize))
	binary.BigEndian.PutUint32(out[2:], record.CRC(out[snapshotCRCEnd:]))
	return out
}

// encode appends the entries of the producer. Its transaction is in the last one only.
func (p *producer) encode(out []byte) []byte {
	for i := range max(p.n, 1) - 1 {
		out = p.entry(out, p.sent[i], p.sent[i].timestamp, -1)
	}
	last := sentBatch{last: -1, offset: -1}
	if p.n > 0 {
		last = p.sent[p.n-1]
	}
	return p.entry(out, last, p.timestamp, p.txnFirst)
}

func (p *producer) entry(out []byte, s sentBatch, timestamp env.WallMillis, txnFirst kafka.Offset) []byte {
	be := binary.BigEndian
	out = be.AppendUint64(out, uint64(p.id))
	out = be.AppendUint16(out, uint16(p.epoch))
	out = be.AppendUint32(out, uint32(s.last))
	out = be.AppendUint64(out, uint64(s.offset))
	out = be.AppendUint32(out, uint32(s.delta))
	out = be.AppendUint64(out, uint64(timestamp))
	out = be.AppendUint32(out, uint32(p.coordinatorEpoch))
	return be.AppendUint64(out, uint64(txnFirst))
}

// decodeSnapshot reads a .snapshot; ok is false if it is torn, corrupt or of another version.
func decodeSnapshot(raw []byte) (list []producer, ok bool) {
	be := binary.BigEndian
	if len(raw) < snapshotHeader || be.Uint16(raw) != snapshotVersion ||
		be.Uint32(raw[2:]) != record.CRC(raw[snapshotCRCEnd:]) {
		return nil, false
	}
	n := uint64(be.Uint32(raw[6:]))
	if n*snapshotEntrySize != uint64(len(raw)-snapshotHeader) {
		return nil, false
	}
	for entry := raw[snapshotHeader:]; len(entry) > 0; entry = entry[snapshotEntrySize:] {
		id := kafka.ProducerID(be.Uint64(entry))
		if last := len(list) - 1; last < 0 || list[last].id != id {
			list = append(list, producer{id: id})
		}
		list[len(list)-1].decode(entry)
	}
	return list, true
}

// decode adds one more entry of the producer.
func (p *producer) decode(raw []byte) {
	be := binary.BigEndian
	p.setEpoch(kafka.ProducerEpoch(be.Uint16(raw[8:])))
	p.timestamp = env.WallMillis(be.Uint64(raw[26:]))
	p.coordinatorEpoch = int32(be.Uint32(raw[34:]))
	p.txnFirst = kafka.Offset(be.Uint64(raw[38:]))
	s := sentBatch{last: kafka.Sequence(be.Uint32(raw[10:])), offset: kafka.Offset(be.Uint64(raw[14:])),
		delta: int32(be.Uint32(raw[22:])), timestamp: p.timestamp}
	if s.offset >= 0 && s.last >= 0 && s.delta >= 0 {
		p.add(s)
	}
}

// snapshots are the .snapshot files of a log.
type snapshots struct {
	dir  *directory
	at   []kafka.Offset // of the files, ascending
	last kafka.Offset   // where the last one was begun since the log was read; 0: nowhere
}

// write writes the producers as they are at offset into a file of that name. done may be nil.
func (s *snapshots) write(offset kafka.Offset, content []byte, done func(env.Now)) {
	if i, found := slices.BinarySearch(s.at, offset); !found {
		s.at = slices.Insert(s.at, i, offset)
	}
	if done == nil {
		done = nothing
	}
	s.last = offset
	s.dir.writeFile(fileName(offset, snapshotSuffix), content, done)
}

// drop removes the snapshots in [from, to).
func (s *snapshots) drop(from, to kafka.Offset) {
	kept := s.at[:0]
	for _, at := range s.at {
		if at < from || at >= to {
			kept = append(kept, at)
			continue
		}
		s.dir.remove(fileName(at, snapshotSuffix), nothing)
	}
	s.at = kept
}
