package metadata

import (
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/kafka"
)

// golden is one line of testdata/kafka-4.3.txt: a record as Kafka's own code encodes it.
type golden struct {
	name    string
	version int16
	bytes   []byte
}

func goldens(t testing.TB) (out []golden) {
	text, err := os.ReadFile("testdata/kafka-4.3.txt")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		version, err := strconv.ParseInt(f[1], 10, 16)
		require.NoError(t, err)
		b, err := hex.DecodeString(f[2])
		require.NoError(t, err)
		out = append(out, golden{f[0], int16(version), b})
	}
	require.Len(t, out, 48)
	return out
}

// id is the uuid Kafka was given: two numbers of 64 bits.
func id(n uint64) (u kafka.UUID) {
	for i := range 8 {
		u[i] = byte(0x0102030405060708 * n >> (56 - 8*i))
		u[8+i] = byte((0x1112131415161718 + n) >> (56 - 8*i))
	}
	return u
}

func text(s string) *string { return &s }

func nodes(ids ...kafka.NodeID) []kafka.NodeID { return append([]kafka.NodeID{}, ids...) }

// full are the records Kafka was given, with every field the newest version has.
func full(name string) Record {
	endpoints := []Endpoint{{"PLAINTEXT", "example", 65535, 0}, {"B", "", 1, 3}}
	switch name {
	case "RegisterBroker":
		return &RegisterBroker{Broker: 7, Incarnation: id(1), Epoch: 1234567890123, Endpoints: endpoints,
			Features: []SupportedFeature{{"metadata.version", 1, 300}}, Rack: text("r1"), Fenced: true,
			InControlledShutdown: true, LogDirs: []kafka.UUID{id(2), id(3)}, CordonedLogDirs: []kafka.UUID{id(3)}}
	case "RegisterBrokerEmpty":
		return &RegisterBroker{Endpoints: []Endpoint{}, Features: []SupportedFeature{}, Fenced: true}
	case "UnregisterBroker":
		return &UnregisterBroker{7, 99}
	case "Topic":
		return &TopicRecord{"orders", id(5)}
	case "TopicLong":
		return &TopicRecord{strings.Repeat("x", 249), id(5)}
	case "Partition":
		return &PartitionRecord{Partition: 3, Topic: id(5), Replicas: nodes(1, 2, 3), ISR: nodes(2, 1),
			RemovingReplicas: nodes(3),
			AddingReplicas:   nodes(4), Leader: 2, LeaderRecovery: Recovering, LeaderEpoch: 11, PartitionEpoch: 300,
			Directories: []kafka.UUID{id(1), id(2), id(3)}, EligibleLeaderReplicas: nodes(3), LastKnownELR: nodes(2, 3)}
	case "PartitionEmpty":
		return &PartitionRecord{Partition: -1, Replicas: nodes(), ISR: nodes(), RemovingReplicas: nodes(),
			AddingReplicas: nodes(), Leader: -1, LeaderEpoch: -1, PartitionEpoch: -1, Directories: []kafka.UUID{}}
	case "PartitionChange":
		return &PartitionChange{Partition: 3, Topic: id(5), ISR: nodes(1), Leader: 1, Replicas: nodes(1, 2),
			RemovingReplicas: nodes(),
			AddingReplicas:   nodes(9), LeaderRecovery: Recovered, Directories: []kafka.UUID{id(1), id(2)},
			EligibleLeaderReplicas: nodes(2), LastKnownELR: nodes()}
	case "PartitionChangeEmpty":
		return NewPartitionChange(id(5), -1)
	}
	return fullRare(name)
}

func fullRare(name string) Record {
	switch name {
	case "Config":
		return &ConfigRecord{Resource{ResourceTopic, "orders"}, "retention.ms", text("1000")}
	case "ConfigNull":
		return &ConfigRecord{Resource{ResourceBroker, ""}, "x", nil}
	case "RemoveTopic":
		return &RemoveTopic{id(5)}
	case "FeatureLevel":
		return &FeatureLevel{"metadata.version", 30}
	case "ProducerIds":
		return &ProducerIDs{1, 12, 5000}
	case "BrokerRegistrationChange":
		return &BrokerRegistrationChange{7, 9, BecomesFalse, BecomesTrue, []kafka.UUID{id(4)}, []kafka.UUID{}}
	case "BrokerRegistrationChangeEmpty":
		return &BrokerRegistrationChange{}
	case "NoOp":
		return &NoOp{}
	case "FenceBroker":
		return &FenceBroker{7, 9}
	case "UnfenceBroker":
		return &UnfenceBroker{7, 9}
	case "BeginTransaction":
		return &BeginTransaction{text("load")}
	case "BeginTransactionEmpty":
		return &BeginTransaction{}
	case "EndTransaction":
		return &EndTransaction{}
	case "AbortTransaction":
		return &AbortTransaction{text("no")}
	case "RegisterController":
		return &RegisterController{Controller: 1, Incarnation: id(8), Endpoints: []Endpoint{{"CONTROLLER", "h", 9093, 0}},
			Features: []SupportedFeature{{"kraft.version", 0, 1}}}
	case "ClearElr":
		return &ClearELR{"orders"}
	}
	return nil
}

// inVersion takes away what a version does not have.
func inVersion(r Record, version int16) Record {
	switch r := r.(type) {
	case *RegisterBroker:
		r.InControlledShutdown = r.InControlledShutdown && version >= 1
		unless(version >= 3, &r.LogDirs)
		unless(version >= 4, &r.CordonedLogDirs)
	case *PartitionRecord:
		unless(version >= 1, &r.Directories)
		unless(version >= 2, &r.EligibleLeaderReplicas)
		unless(version >= 2, &r.LastKnownELR)
	case *PartitionChange:
		unless(version >= 1, &r.Directories)
		unless(version >= 2, &r.EligibleLeaderReplicas)
		unless(version >= 2, &r.LastKnownELR)
	case *BrokerRegistrationChange:
		if version < 1 {
			r.InControlledShutdown = NoChange
		}
		unless(version >= 2, &r.LogDirs)
		unless(version >= 3, &r.CordonedLogDirs)
	}
	return r
}

func unless[T any](has bool, field *[]T) {
	if !has {
		*field = nil
	}
}

func TestRecordsAsKafkaWritesThem(t *testing.T) {
	for _, g := range goldens(t) {
		got, err := Decode(g.bytes)
		require.NoError(t, err, g.name)
		if want := full(g.name); want != nil {
			require.Equal(t, inVersion(want, g.version), got, "%s version %d", g.name, g.version)
		} else {
			require.Equal(t, "Opaque", g.name)
		}
		again, err := appendVersion(nil, got, g.version)
		require.NoError(t, err)
		require.Equal(t, hex.EncodeToString(g.bytes), hex.EncodeToString(again), "%s version %d", g.name, g.version)
	}
}

func TestWrittenVersions(t *testing.T) {
	for name, want := range map[string]int16{"RegisterBroker": 4, "RegisterBrokerEmpty": 3, "Partition": 2,
		"PartitionChange": 2, "Topic": 0, "BrokerRegistrationChange": 3, "BrokerRegistrationChangeEmpty": 2} {
		require.Equal(t, byte(want), Append(nil, full(name))[2], name)
	}
	_, err := appendVersion(nil, full("Partition"), 1)
	require.EqualError(t, err, "tag 1 needs version 2, not 1")
}

func TestHostileRecords(t *testing.T) {
	for _, c := range []struct{ hex, want string }{
		{"", "metadata record's frame has a bad varint"},
		{"ffffffffff", "metadata record's frame has a bad varint"},
		{"000000", "metadata record in a frame of version 0; only 1 is known"},
		{"010600", "metadata record of unknown type 6; a newer broker may have written it"},
		{"01ffff0300", "metadata record with type 65535 and version 0"},
		{"010201", "metadata record of type 2 in version 1; 0 is the newest known"},
		{"010200", "metadata record *metadata.TopicRecord has a bad varint"},
		{"010200ffffffff0f", "metadata record *metadata.TopicRecord ends too early"},
		{"01020000", "metadata record *metadata.TopicRecord has a null where none may be"},
		{"01020002ff" + strings.Repeat("00", 17), "metadata record *metadata.TopicRecord has text that is not UTF-8"},
		{"010900" + strings.Repeat("00", 16) + "ffffffff0f", "metadata record *metadata.RemoveTopic has a bad varint"},
		{"0114000100", "metadata record *metadata.NoOp has a bad varint"},
		{"01140000ff", "metadata record *metadata.NoOp has 1 bytes too many"},
		{"011700010003026100", "metadata record *metadata.BeginTransaction tag 0 has 1 bytes too many"},
		{"01170001000205", "metadata record *metadata.BeginTransaction ends too early"},
	} {
		b, err := hex.DecodeString(c.hex)
		require.NoError(t, err)
		r, err := Decode(b)
		require.EqualError(t, err, c.want, "%s gave %v", c.hex, r)
	}
	for _, g := range goldens(t) { // cut anywhere, a record is an error
		for n := range g.bytes {
			_, err := Decode(g.bytes[:n])
			if g.name != "Opaque" || n < 3 {
				require.Error(t, err, "%s cut to %d bytes", g.name, n)
			}
		}
	}
}

func TestUnknownTagsAreSkipped(t *testing.T) {
	r, err := Decode([]byte{1, 20, 0, 2, 0, 1, 9, 77, 2, 8, 8})
	require.NoError(t, err)
	require.Equal(t, &NoOp{}, r)
}

// FuzzDecode: what can be read is written and read again without a change.
func FuzzDecode(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.bytes)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Decode(b)
		if err != nil {
			return
		}
		again, err := Decode(Append(nil, r))
		require.NoError(t, err)
		require.Equal(t, Append(nil, r), Append(nil, again))
		m := New()
		if err := m.Apply(0, r); err != nil {
			require.Empty(t, m.Records())
		}
	})
}
