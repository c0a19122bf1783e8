package group

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/coordinator"
	"gregor/core/env"
	"gregor/core/kafka"
)

// The versions that Kafka 4.4 writes. Version 1 of an offset is the only one with an expiry.
const (
	offsetKeyVersion       = 1
	groupKeyVersion        = 2
	offsetVersion          = 4
	offsetVersionToExpire  = 1
	offsetVersionWithEpoch = 3
	groupVersion           = 3
)

// change is one record of __consumer_offsets, decoded.
type change struct {
	kind      changeKind
	partition kafka.TopicPartition     // of the offset kinds
	offset    committed                // of offsetStored
	metadata  *kmsg.GroupMetadataValue // of groupStored

	// For the facts only.
	generation int32
	member     string
	reason     string
}

type changeKind uint8

const (
	offsetStored changeKind = iota
	offsetRemoved
	groupStored
	groupRemoved
)

// committed is an offset as it is stored.
type committed struct {
	Offset      kafka.Offset
	LeaderEpoch kafka.LeaderEpoch // of the last record read; env.NoEpoch if not known
	Metadata    string            // the client's own text
	At          env.WallMillis    // when it was committed
	ExpiresAt   env.WallMillis    // set by OffsetCommit v2-v4; -1: by offsets.retention.minutes
	TopicID     kafka.UUID        // zero if not known
}

// record encodes the change.
func (ch change) record(group string) coordinator.Record {
	switch ch.kind {
	case offsetStored:
		return coordinator.Record{Key: offsetKey(group, ch.partition), Value: ch.offset.encode()}
	case offsetRemoved:
		return coordinator.Record{Key: offsetKey(group, ch.partition)}
	case groupStored:
		return coordinator.Record{Key: groupKey(group), Value: ch.metadata.AppendTo(nil)}
	}
	return coordinator.Record{Key: groupKey(group)}
}

// apply makes the change part of the state. The content of a group's record is in the state already.
func (ch change) apply(g *group) {
	switch ch.kind {
	case offsetStored:
		g.offsets[ch.partition] = ch.offset
	case offsetRemoved:
		delete(g.offsets, ch.partition)
	default:
		g.stored = ch.kind == groupStored
	}
}

func offsetKey(group string, tp kafka.TopicPartition) []byte {
	key := kmsg.OffsetCommitKey{Version: offsetKeyVersion, Group: group, Topic: tp.Topic, Partition: int32(tp.Partition)}
	return key.AppendTo(make([]byte, 0, 2+2+len(group)+2+len(tp.Topic)+4))
}

func groupKey(group string) []byte {
	key := kmsg.GroupMetadataKey{Version: groupKeyVersion, Group: group}
	return key.AppendTo(nil)
}

func (o committed) encode() []byte {
	v := kmsg.OffsetCommitValue{Version: offsetVersion, Offset: int64(o.Offset), LeaderEpoch: int32(o.LeaderEpoch),
		Metadata: o.Metadata, CommitTimestamp: int64(o.At), ExpireTimestamp: int64(o.ExpiresAt), TopicID: o.TopicID}
	if o.ExpiresAt >= 0 {
		v.Version = offsetVersionToExpire
	}
	return v.AppendTo(make([]byte, 0, 64+len(o.Metadata)))
}

// snapshot returns the group's record with the given assignment of each member.
func (g *group) snapshot(assignment func(*member) []byte) change {
	v := &kmsg.GroupMetadataValue{Version: groupVersion, ProtocolType: g.protocolType, Generation: g.generation,
		Protocol: g.protocol, CurrentStateTimestamp: int64(g.since)}
	if g.leader != nil {
		v.Leader = &g.leader.id
	}
	for _, m := range g.members {
		v.Members = append(v.Members, kmsg.GroupMetadataValueMember{
			MemberID: m.id, InstanceID: m.instance, ClientID: m.client.ID, ClientHost: m.client.Host,
			RebalanceTimeoutMillis: m.rebalanceMillis, SessionTimeoutMillis: m.sessionMillis,
			Subscription: m.metadata(*g.protocol), Assignment: assignment(m),
		})
	}
	return change{kind: groupStored, metadata: v}
}

// current is the assignment a member has.
func current(m *member) []byte { return m.assignment }

// decode decodes one record. ok is false for records of other kinds of groups.
func decode(key, value []byte) (group string, ch change, ok bool, err error) {
	if len(key) < 2 {
		return "", change{}, false, fmt.Errorf("a key of %d bytes has no version", len(key))
	}
	switch version := int16(key[0])<<8 | int16(key[1]); version {
	case 0, offsetKeyVersion:
		return decodeOffset(key, value)
	case groupKeyVersion:
		return decodeGroup(key, value)
	default:
		return "", change{}, false, nil
	}
}

func decodeOffset(key, value []byte) (string, change, bool, error) {
	var k kmsg.OffsetCommitKey
	if err := k.ReadFrom(key); err != nil {
		return "", change{}, false, fmt.Errorf("offset key: %w", err)
	}
	tp := kafka.TopicPartition{Topic: k.Topic, Partition: kafka.PartitionID(k.Partition)}
	ch := change{kind: offsetRemoved, partition: tp}
	if value == nil {
		return k.Group, ch, true, nil
	}
	if err := judgeVersion(value, offsetVersion); err != nil {
		return "", change{}, false, fmt.Errorf("offset of group %q, %v: %w", k.Group, ch.partition, err)
	}
	var v kmsg.OffsetCommitValue
	if err := v.ReadFrom(value); err != nil {
		return "", change{}, false, fmt.Errorf("offset of group %q, %v: %w", k.Group, ch.partition, err)
	}
	ch.kind, ch.offset = offsetStored, committedFrom(&v)
	return k.Group, ch, true, nil
}

// committedFrom fills in the fields that older versions lack.
func committedFrom(v *kmsg.OffsetCommitValue) committed {
	o := committed{Offset: kafka.Offset(v.Offset), LeaderEpoch: kafka.NoEpoch, Metadata: v.Metadata,
		At: env.WallMillis(v.CommitTimestamp), ExpiresAt: -1, TopicID: v.TopicID}
	if v.Version >= offsetVersionWithEpoch {
		o.LeaderEpoch = kafka.LeaderEpoch(v.LeaderEpoch)
	}
	if v.Version == offsetVersionToExpire {
		o.ExpiresAt = env.WallMillis(v.ExpireTimestamp)
	}
	return o
}

func decodeGroup(key, value []byte) (string, change, bool, error) {
	var k kmsg.GroupMetadataKey
	if err := k.ReadFrom(key); err != nil {
		return "", change{}, false, fmt.Errorf("group key: %w", err)
	}
	if value == nil {
		return k.Group, change{kind: groupRemoved}, true, nil
	}
	if err := judgeVersion(value, groupVersion); err != nil {
		return "", change{}, false, fmt.Errorf("record of group %q: %w", k.Group, err)
	}
	v := new(kmsg.GroupMetadataValue)
	if err := v.ReadFrom(value); err != nil {
		return "", change{}, false, fmt.Errorf("record of group %q: %w", k.Group, err)
	}
	return k.Group, change{kind: groupStored, metadata: v}, true, nil
}

// judgeVersion refuses values of unknown versions, and those whose decoding would not end: the codec trusts the number
// of tagged fields, however many bytes are left. Only version 4 of an offset has any.
func judgeVersion(value []byte, newest int16) error {
	if len(value) < 2 {
		return fmt.Errorf("a value of %d bytes has no version", len(value))
	}
	version := int16(binary.BigEndian.Uint16(value))
	if version < 0 || version > newest {
		return fmt.Errorf("unknown version %d", version)
	}
	if version == offsetVersion && !tagsFit(value[2:]) {
		return errors.New("more tagged fields than bytes")
	}
	return nil
}

// tagsFit finds the number of tags of an offset, behind the offset, the epoch, the metadata and the time.
func tagsFit(b []byte) bool {
	if len(b) < 12 {
		return false
	}
	b = b[12:]
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n)+1 {
		return false
	}
	b = b[n+int(max(size, 1))-1:]
	if len(b) < 8 {
		return false
	}
	tags, n := binary.Uvarint(b[8:])
	return n > 0 && tags <= uint64(len(b)-8-n)/2 // a tag is a number and a length at least
}
