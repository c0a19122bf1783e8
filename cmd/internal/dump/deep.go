package dump

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/cmd/internal/terminal"
	"gregor/core/metadata"
	"gregor/core/record"
)

// decoders are Kafka's own topics, with the decoders of their records.
var decoders = map[string]func(key, value []byte) (fields, error){
	"__consumer_offsets":  decodeGroupRecord,
	"__transaction_state": decodeTransaction,
	"__cluster_metadata":  decodeMetadata,
}

// Topics returns the names of the topics whose records can be decoded.
func Topics() []string { return terminal.SortedKeys(decoders) }

// deepMax bounds what is decoded: a hostile record may claim structures many times its size.
const deepMax = 1 << 20

// decode returns a record's meaning; nil if it is an application's, or if --deep is not set.
func (d *dumper) decode(topic string, control bool, r record.Record) (fields, error) {
	if control {
		return decodeControl(r)
	}
	decoder := decoders[topic]
	switch {
	case !d.Deep || decoder == nil:
		return nil, nil
	case len(r.Key)+len(r.Value) > deepMax:
		return fields{{"type", "not decoded"}, {"bytes", len(r.Key) + len(r.Value)}}, nil
	}
	return decoder(r.Key, r.Value)
}

var controlNames = map[record.ControlType]string{record.Abort: "abort", record.Commit: "commit",
	record.LeaderChange: "leader_change", record.SnapshotHeader: "snapshot_header",
	record.SnapshotFooter: "snapshot_footer",
	record.KRaftVersion:   "kraft_version", record.KRaftVoters: "kraft_voters"}

// decodeControl decodes what a broker wrote for other brokers and for clients.
func decodeControl(r record.Record) (fields, error) {
	kind, err := record.ParseControlKey(r.Key)
	if err != nil {
		return nil, fmt.Errorf("control record: %w", err)
	}
	name := controlNames[kind]
	if name == "" {
		name = fmt.Sprintf("control_%d", kind)
	}
	out := fields{{"type", name}}
	switch kind {
	case record.Abort, record.Commit:
		m, err := record.ParseEndTxnMarker(kind, r.Value)
		return append(out, field{"coordinator_epoch", m.CoordinatorEpoch}), err
	case record.LeaderChange:
		var m kmsg.LeaderChangeMessage
		if err := m.ReadFrom(r.Value); err != nil {
			return out, fmt.Errorf("leader change: %w", err)
		}
		return append(out, fieldsOf(m)...), nil
	}
	return out, nil
}

// readable is one of kmsg's structures.
type readable interface{ ReadFrom([]byte) error }

// pair decodes a key and a value; a null value is a tombstone.
func pair(name string, key readable, k []byte, value readable, v []byte) (fields, error) {
	out := fields{{"type", name}}
	if err := key.ReadFrom(k); err != nil {
		return out, fmt.Errorf("%s: key: %w", name, err)
	}
	out = append(out, fieldsOf(key)[1:]...) // the first is the version, which chose the type
	if v == nil {
		return append(out, field{"tombstone", true}), nil
	}
	if err := value.ReadFrom(v); err != nil {
		return out, fmt.Errorf("%s: value: %w", name, err)
	}
	return append(out, fieldsOf(value)...), nil
}

// groupRecords are the newer kinds of records in __consumer_offsets, by the version of their key.
var groupRecords = map[uint16]string{3: "consumer_group_metadata", 4: "consumer_group_partition_metadata",
	5: "consumer_group_member_metadata", 6: "consumer_group_target_assignment_metadata",
	7: "consumer_group_target_assignment_member", 8: "consumer_group_current_member_assignment",
	16: "consumer_group_regular_expression"}

func decodeGroupRecord(key, value []byte) (fields, error) {
	if len(key) < 2 {
		return nil, fmt.Errorf("a key of %d bytes has no version", len(key))
	}
	switch version := binary.BigEndian.Uint16(key); version {
	case 0, 1:
		v := new(kmsg.OffsetCommitValue)
		out, err := pair("offset_commit", new(kmsg.OffsetCommitKey), key, v, value)
		return slices.DeleteFunc(out, func(f field) bool { // what its version does not have
			return f.name == "expire_timestamp" && v.Version != 1 || f.name == "topic_id" && v.Version < 4 ||
				f.name == "leader_epoch" && v.Version < 3
		}), err
	case 2:
		v := new(kmsg.GroupMetadataValue)
		out, err := pair("group_metadata", new(kmsg.GroupMetadataKey), key, v, value)
		if err == nil && value != nil {
			out = withMembers(out, v)
		}
		return out, err
	default:
		name := groupRecords[version]
		if name == "" {
			name = fmt.Sprintf("group_record_%d", version)
		}
		return fields{{"type", name}, {"key", plainBytes(key[2:])}, {"value", plainBytes(value)}}, nil
	}
}

// withMembers decodes what consumers exchange in the group's record.
func withMembers(out fields, v *kmsg.GroupMetadataValue) fields {
	members := []any{}
	for i := range v.Members {
		m := fieldsOf(&v.Members[i])
		var subscription kmsg.ConsumerMemberMetadata
		var assignment kmsg.ConsumerMemberAssignment
		for j := range m {
			switch {
			case v.ProtocolType != "consumer":
			case m[j].name == "subscription" && subscription.ReadFrom(v.Members[i].Subscription) == nil:
				m[j].value = fieldsOf(&subscription)
			case m[j].name == "assignment" && assignment.ReadFrom(v.Members[i].Assignment) == nil:
				m[j].value = fieldsOf(&assignment)
			}
		}
		members = append(members, m)
	}
	for i := range out {
		if out[i].name == "members" {
			out[i].value = members
		}
	}
	return out
}

func decodeTransaction(key, value []byte) (fields, error) {
	return pair("transaction", new(kmsg.TxnMetadataKey), key, new(kmsg.TxnMetadataValue), value)
}

func decodeMetadata(_, value []byte) (fields, error) {
	r, err := metadata.Decode(value)
	if err != nil {
		return nil, err
	}
	name := snakeCase(strings.TrimSuffix(reflect.TypeOf(r).Elem().Name(), "Record"))
	return append(fields{{"type", name}}, fieldsOf(r)...), nil
}
