package record

import (
	"encoding/binary"

	"gregor/core/env"
	"gregor/core/kafka"
)

// ControlType is the kind of a control record.
type ControlType int16

// Kafka's control records.
const (
	Abort          ControlType = 0
	Commit         ControlType = 1
	LeaderChange   ControlType = 2
	SnapshotHeader ControlType = 3
	SnapshotFooter ControlType = 4
	KRaftVersion   ControlType = 5
	KRaftVoters    ControlType = 6
)

// ControlKey is the key of a control record of type t.
func ControlKey(t ControlType) []byte {
	return binary.BigEndian.AppendUint16([]byte{0, 0}, uint16(t))
}

// ParseControlKey reads a control record's key. Types and versions that do not exist yet are no error: a
// reader skips what it does not know.
func ParseControlKey(key []byte) (ControlType, error) {
	if len(key) < 4 {
		return 0, corrupt("a control record's key has %d bytes of 4", len(key))
	}
	if v := int16(binary.BigEndian.Uint16(key)); v < 0 {
		return 0, corrupt("a control record's key has version %d", v)
	}
	return ControlType(binary.BigEndian.Uint16(key[2:])), nil
}

// EndTxnMarker is the value of the Commit or Abort record that ends a transaction in a partition.
type EndTxnMarker struct {
	Type             ControlType
	CoordinatorEpoch int32
}

// ParseEndTxnMarker reads the marker's value; its type comes from its key.
func ParseEndTxnMarker(t ControlType, value []byte) (EndTxnMarker, error) {
	if t != Abort && t != Commit {
		return EndTxnMarker{}, corrupt("control type %d does not end a transaction", t)
	}
	if len(value) < 6 {
		return EndTxnMarker{}, corrupt("an end-of-transaction marker has %d bytes of 6", len(value))
	}
	if v := int16(binary.BigEndian.Uint16(value)); v < 0 {
		return EndTxnMarker{}, corrupt("an end-of-transaction marker has version %d", v)
	}
	return EndTxnMarker{Type: t, CoordinatorEpoch: int32(binary.BigEndian.Uint32(value[2:]))}, nil
}

// Value encodes the marker's value.
func (m EndTxnMarker) Value() []byte {
	return binary.BigEndian.AppendUint32([]byte{0, 0}, uint32(m.CoordinatorEpoch))
}

// Batch makes the batch that ends the producer's transaction in a partition.
func (m EndTxnMarker) Batch(id kafka.ProducerID, epoch kafka.ProducerEpoch, ts env.WallMillis) Batch {
	b := NewBuilder(Options{HasProducer: true, ProducerID: id, ProducerEpoch: epoch, BaseSequence: -1,
		Transactional: true, Control: true})
	b.Add(ts, ControlKey(m.Type), m.Value())
	return b.Build()
}
