package record

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"gregor/core/env"
	"gregor/core/kafka"
)

// HeaderSize is the size of a batch's header: where its records, or their compressed form, begin.
const HeaderSize = 61

// Magic is the only format this package reads and writes.
const Magic = 2

// NoTimestamp is the timestamp of a record or an empty batch that has none.
const NoTimestamp env.WallMillis = -1

// Where the header's fields lie. Length counts the bytes after itself; the CRC covers all from attributes on.
const (
	atBaseOffset      = 0
	atLength          = 8
	atLeaderEpoch     = 12
	atMagic           = 16
	atCRC             = 17
	atAttributes      = 21
	atLastOffsetDelta = 23
	atBaseTimestamp   = 27
	atMaxTimestamp    = 35
	atProducerID      = 43
	atProducerEpoch   = 51
	atBaseSequence    = 53
	atCount           = 57

	lengthOverhead = 12 // what Length does not count: base offset and Length itself
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// CRC returns the CRC-32C of bytes: Kafka's checksum in batches and .snapshot files.
func CRC(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// Batch is one whole encoded batch, as [Split] and [Builder.Build] hand out. The accessors read the header in
// place and trust it: check a batch from outside with [Validate] or [ValidateStored] first.
type Batch []byte

func (b Batch) int32(at int) int32 { return int32(binary.BigEndian.Uint32(b[at:])) }
func (b Batch) int64(at int) int64 { return int64(binary.BigEndian.Uint64(b[at:])) }

// BaseOffset is the offset that the records' deltas count from.
func (b Batch) BaseOffset() kafka.Offset { return kafka.Offset(b.int64(atBaseOffset)) }

// LastOffset is the last offset the batch covers; compaction may have removed its record.
func (b Batch) LastOffset() kafka.Offset { return b.BaseOffset() + kafka.Offset(b.LastOffsetDelta()) }

// NextOffset is the first offset after the batch.
func (b Batch) NextOffset() kafka.Offset { return b.LastOffset() + 1 }

// LeaderEpoch is the epoch of the leader that appended the batch.
func (b Batch) LeaderEpoch() kafka.LeaderEpoch { return kafka.LeaderEpoch(b.int32(atLeaderEpoch)) }

// CRC is the stored checksum.
func (b Batch) CRC() uint32 { return binary.BigEndian.Uint32(b[atCRC:]) }

// Attributes are the batch's flags and codec.
func (b Batch) Attributes() Attributes { return Attributes(binary.BigEndian.Uint16(b[atAttributes:])) }

// LastOffsetDelta is LastOffset minus BaseOffset.
func (b Batch) LastOffsetDelta() int32 { return b.int32(atLastOffsetDelta) }

// BaseTimestamp is what the records' timestamp deltas count from: the first record's timestamp, or the delete
// horizon if the attributes say so.
func (b Batch) BaseTimestamp() env.WallMillis { return env.WallMillis(b.int64(atBaseTimestamp)) }

// MaxTimestamp is the largest timestamp in the batch; with LogAppendTime, that of every record.
func (b Batch) MaxTimestamp() env.WallMillis { return env.WallMillis(b.int64(atMaxTimestamp)) }

// ProducerID is the idempotent producer's id, -1 if there is none.
func (b Batch) ProducerID() kafka.ProducerID { return kafka.ProducerID(b.int64(atProducerID)) }

// ProducerEpoch is the idempotent producer's epoch, -1 if there is none.
func (b Batch) ProducerEpoch() kafka.ProducerEpoch {
	return kafka.ProducerEpoch(binary.BigEndian.Uint16(b[atProducerEpoch:]))
}

// BaseSequence is the first record's sequence number, -1 if there is none.
func (b Batch) BaseSequence() kafka.Sequence { return kafka.Sequence(b.int32(atBaseSequence)) }

// LastSequence is the sequence number at LastOffset, -1 if there is none.
func (b Batch) LastSequence() kafka.Sequence {
	if b.BaseSequence() < 0 {
		return -1
	}
	return AddSequence(b.BaseSequence(), b.LastOffsetDelta())
}

// Count is how many records the batch holds.
func (b Batch) Count() int32 { return b.int32(atCount) }

// Size is the batch's length in bytes.
func (b Batch) Size() int { return len(b) }

// DeleteHorizon is when compaction may drop the batch's tombstones or its transaction marker; false if none
// is set yet.
func (b Batch) DeleteHorizon() (env.WallMillis, bool) {
	return b.BaseTimestamp(), b.Attributes().HasDeleteHorizon()
}

// AddSequence is n after s. Sequence numbers go from 2^31-1 back to 0.
func AddSequence(s kafka.Sequence, n int32) kafka.Sequence {
	return kafka.Sequence((int64(s) + int64(n)) & math.MaxInt32)
}

// SetBase writes the offset and epoch the leader gives the batch. Both lie outside the CRC.
func (b Batch) SetBase(base kafka.Offset, epoch kafka.LeaderEpoch) {
	binary.BigEndian.PutUint64(b[atBaseOffset:], uint64(base))
	binary.BigEndian.PutUint32(b[atLeaderEpoch:], uint32(epoch))
}

// SetCreateTime gives all records the times they came with, whatever the producer's attributes say. It rewrites
// attributes and CRC.
func (b Batch) SetCreateTime() {
	binary.BigEndian.PutUint16(b[atAttributes:], uint16(b.Attributes()&^attrLogAppendTime))
	b.setCRC()
}

// SetLogAppendTime gives all records the time t. It rewrites attributes, max timestamp and CRC.
func (b Batch) SetLogAppendTime(t env.WallMillis) {
	binary.BigEndian.PutUint16(b[atAttributes:], uint16(b.Attributes()|attrLogAppendTime))
	binary.BigEndian.PutUint64(b[atMaxTimestamp:], uint64(t))
	b.setCRC()
}

// SetMaxTimestamp corrects a header whose producer left the largest timestamp out, as Kafka does. It costs a
// comparison if the header is right, and a new CRC if not.
func (b Batch) SetMaxTimestamp(t env.WallMillis) {
	if b.MaxTimestamp() == t {
		return
	}
	binary.BigEndian.PutUint64(b[atMaxTimestamp:], uint64(t))
	b.setCRC()
}

func (b Batch) setCRC() { binary.BigEndian.PutUint32(b[atCRC:], b.ComputeCRC()) }

// ComputeCRC is the checksum the batch should carry.
func (b Batch) ComputeCRC() uint32 { return CRC(b[atAttributes:]) }
