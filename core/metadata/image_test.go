package metadata

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gregor/core/kafka"
)

func imageOf(t require.TestingT, records ...Record) *Image {
	m := New()
	for i, r := range records {
		require.NoError(t, m.Apply(kafka.Offset(i), r))
	}
	return m
}

// dump writes everything an image says, one thing a line.
func dump(m *Image) string {
	var b strings.Builder
	for _, r := range m.Records() {
		line, err := json.Marshal(r)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "%T %s\n", r, line)
	}
	return b.String()
}

func orders() []Record {
	return []Record{
		&TopicRecord{"orders", id(5)},
		&PartitionRecord{Partition: 0, Topic: id(5), Replicas: nodes(1, 2), ISR: nodes(1, 2), Leader: 1,
			LeaderEpoch: 3, PartitionEpoch: 9, Directories: []kafka.UUID{id(1), id(2)}},
	}
}

func TestTopicsAreFoundBothWays(t *testing.T) {
	m := imageOf(t, append(orders(), &TopicRecord{"audit", id(6)})...)
	byName, ok := m.Topic("orders")
	require.True(t, ok)
	byID, ok := m.TopicByID(id(5))
	require.True(t, ok)
	require.Same(t, byName, byID)
	require.Equal(t, "audit", m.Topics()[0].Name)
	require.Equal(t, kafka.Offset(3), m.Applied())
	_, ok = m.Topic("order")
	require.False(t, ok)
}

func TestAChangeKeepsWhatItDoesNotName(t *testing.T) {
	m := imageOf(t, orders()...)
	topic, _ := m.Topic("orders")
	before, _ := topic.Partition(0)
	change := NewPartitionChange(id(5), 0)
	change.ISR = nodes(2)
	require.NoError(t, m.Apply(2, change))
	topic, _ = m.Topic("orders")
	after, _ := topic.Partition(0)
	require.Equal(t, Partition{Replicas: nodes(1, 2), ISR: nodes(2), Leader: 1, LeaderEpoch: 3, PartitionEpoch: 10,
		Directories: []kafka.UUID{id(1), id(2)}}, *after)
	require.Equal(t, nodes(1, 2), before.ISR, "what a reader holds never changes")

	change = NewPartitionChange(id(5), 0)
	change.Leader, change.Replicas = 2, nodes(2, 3, 4)
	require.NoError(t, m.Apply(3, change))
	topic, _ = m.Topic("orders")
	after, _ = topic.Partition(0)
	require.Equal(t, kafka.LeaderEpoch(4), after.LeaderEpoch, "a new leader begins a new epoch")
	require.Equal(t, PartitionEpoch(11), after.PartitionEpoch)
	require.Equal(t, []kafka.UUID{migrating, migrating, migrating}, after.Directories)
}

func TestRecordsThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		r    Record
		want string
	}{
		{&TopicRecord{"orders", id(6)}, `topic "orders" is there already, with id ` + id(5).String()},
		{&TopicRecord{"other", id(5)}, `topic id ` + id(5).String() + ` is there already, of topic "orders"`},
		{&RemoveTopic{id(6)}, "no topic has id"},
		{&PartitionRecord{Topic: id(6)}, "partition 0 of a topic that is not there"},
		{&PartitionRecord{Topic: id(5), Partition: -1}, `topic "orders": partition -1`},
		{&PartitionRecord{Topic: id(5), Replicas: nodes(1), Directories: []kafka.UUID{id(1), id(2)}},
			"orders-0: 2 directories for 1 replicas"},
		{NewPartitionChange(id(5), 1), "orders-1 is not there"},
		{NewPartitionChange(id(6), 1), "partition 1 of a topic that is not there"},
		{&ClearELR{"none"}, `topic "none" is not there`},
		{&FenceBroker{1, 1}, "broker 1 is not registered"},
		{&UnregisterBroker{7, 8}, "broker 7 is registered with epoch 1234567890123, not 8"},
		{&BrokerRegistrationChange{Broker: 7, Epoch: 1234567890123, Fenced: 3}, "fenced 3"},
		{&ProducerIDs{Next: 4999}, "the next producer id goes back from 5000 to 4999"},
		{&EndTransaction{}, "a transaction ends that has not begun"},
	} {
		m := imageOf(t, append(orders(), full("RegisterBroker"), full("ProducerIds"))...)
		before := dump(m)
		require.ErrorContains(t, m.Apply(4, c.r), c.want)
		require.Equal(t, before, dump(m))
		require.Equal(t, kafka.Offset(4), m.Applied())
	}
	m := imageOf(t, orders()...)
	require.ErrorContains(t, m.Apply(1, &NoOp{}), "already has everything below 2")
}

func TestBrokers(t *testing.T) {
	m := imageOf(t, full("RegisterBroker"), &RegisterBroker{Broker: 3, Epoch: 5, Fenced: true},
		&UnfenceBroker{3, 5}, &BrokerRegistrationChange{Broker: 7, Epoch: 1234567890123, Fenced: BecomesFalse,
			LogDirs: []kafka.UUID{id(9)}})
	require.Len(t, m.Brokers(), 2)
	three, seven := m.Brokers()[0], m.Brokers()[1]
	require.Equal(t, kafka.NodeID(3), three.ID)
	require.False(t, three.Fenced)
	require.False(t, seven.Fenced)
	require.True(t, seven.InControlledShutdown)
	require.Equal(t, []kafka.UUID{id(9)}, seven.LogDirs)
	require.Equal(t, []kafka.UUID{id(3)}, seven.CordonedLogDirs)
	require.NoError(t, m.Apply(4, &FenceBroker{3, 5}))
	require.False(t, three.Fenced, "what a reader holds never changes")
	require.NoError(t, m.Apply(5, &UnregisterBroker{3, 5}))
	_, ok := m.Broker(3)
	require.False(t, ok)
}

func TestConfigs(t *testing.T) {
	topic := Resource{ResourceTopic, "orders"}
	m := imageOf(t, append(orders(),
		&ConfigRecord{topic, "retention.ms", text("5")}, &ConfigRecord{topic, "cleanup.policy", text("compact")},
		&ConfigRecord{Resource{ResourceBroker, ""}, "message.max.bytes", text("9")}, &ConfigRecord{topic,
			"retention.ms", text("6")})...)
	held := m.Configs(topic)
	require.Equal(t, []Config{{"cleanup.policy", "compact"}, {"retention.ms", "6"}}, held)
	require.NoError(t, m.Apply(6, &ConfigRecord{topic, "cleanup.policy", nil}))
	require.Equal(t, []Config{{"retention.ms", "6"}}, m.Configs(topic))
	require.Len(t, held, 2)
	require.NoError(t, m.Apply(7, &RemoveTopic{id(5)}))
	require.Nil(t, m.Configs(topic), "a topic takes its configs with it")
	require.Len(t, m.AllConfigs(), 1)
	require.NoError(t, m.Apply(8, &ConfigRecord{topic, "never.set", nil}))
	require.Len(t, m.AllConfigs(), 1)
}

func TestFeaturesAndProducerIDs(t *testing.T) {
	m := imageOf(t, &FeatureLevel{"metadata.version", 25}, &FeatureLevel{"group.version", 1},
		&FeatureLevel{"metadata.version", 30}, &ProducerIDs{1, 1, 1000})
	require.Equal(t, []FeatureLevel{{"group.version", 1}, {"metadata.version", 30}}, m.Features())
	require.Equal(t, int16(30), m.Feature("metadata.version"))
	require.NoError(t, m.Apply(4, &FeatureLevel{"group.version", 0}))
	require.Equal(t, int16(0), m.Feature("group.version"))
	require.Equal(t, kafka.ProducerID(1000), m.NextProducerID())
}

func TestTransactions(t *testing.T) {
	m := New()
	apply := func(r Record) error { return m.Apply(m.Applied(), r) }
	require.NoError(t, apply(&BeginTransaction{}))
	for _, r := range orders() {
		require.NoError(t, apply(r))
	}
	require.Empty(t, m.Topics(), "nothing shows before the end")
	require.Error(t, apply(&BeginTransaction{}))
	require.NoError(t, apply(&EndTransaction{}))
	require.Len(t, m.Topics(), 1)

	require.NoError(t, apply(&BeginTransaction{}))
	require.NoError(t, apply(&RemoveTopic{id(5)}))
	require.NoError(t, apply(&AbortTransaction{}))
	require.Len(t, m.Topics(), 1)

	before := dump(m)
	require.NoError(t, apply(&BeginTransaction{}))
	require.NoError(t, apply(&TopicRecord{"a", id(8)}))
	require.NoError(t, apply(NewPartitionChange(id(5), 0)))
	require.NoError(t, apply(&RemoveTopic{id(77)}))
	require.ErrorContains(t, apply(&EndTransaction{}), "record 3 of 3")
	require.Equal(t, before, dump(m), "all of it or nothing")
	_, ok := m.TopicByID(id(8))
	require.False(t, ok)
}

// TestImageAgainstPlainMaps draws records over few names and compares the image with maps filled by hand.
func TestImageAgainstPlainMaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, topics := New(), map[string]map[kafka.PartitionID]kafka.LeaderEpoch{}
		names := []string{"a", "b", "c", "d"}
		for step := range rapid.IntRange(0, 60).Draw(t, "steps") {
			n := rapid.IntRange(0, 3).Draw(t, "topic")
			partition := kafka.PartitionID(rapid.IntRange(0, 3).Draw(t, "partition"))
			name, topicID := names[n], id(uint64(n+1))
			have, exists := topics[name]
			_, hasPartition := have[partition]
			var err error
			switch what := rapid.IntRange(0, 4).Draw(t, "what"); what {
			case 0:
				err = m.Apply(kafka.Offset(step), &TopicRecord{name, topicID})
				require.Equal(t, exists, err != nil)
				if !exists {
					topics[name] = map[kafka.PartitionID]kafka.LeaderEpoch{}
				}
			case 1, 2:
				err = m.Apply(kafka.Offset(step), &PartitionRecord{Topic: topicID, Partition: partition, Leader: 1})
				require.Equal(t, !exists, err != nil)
				if exists {
					have[partition] = 0
				}
			case 3:
				change := NewPartitionChange(topicID, partition)
				change.Leader = 2
				err = m.Apply(kafka.Offset(step), change)
				require.Equal(t, !hasPartition, err != nil)
				if hasPartition {
					have[partition]++
				}
			case 4:
				err = m.Apply(kafka.Offset(step), &RemoveTopic{topicID})
				require.Equal(t, !exists, err != nil)
				delete(topics, name)
			}
			if rapid.Bool().Draw(t, "hold") {
				held := m.Topics()
				copied := slices.Clone(held)
				defer func() { require.Equal(t, copied, held) }()
			}
		}
		requireSame(t, topics, m)
		requireSame(t, topics, imageOf(t, m.Records()...))
	})
}

func requireSame(t *rapid.T, want map[string]map[kafka.PartitionID]kafka.LeaderEpoch, m *Image) {
	got := map[string]map[kafka.PartitionID]kafka.LeaderEpoch{}
	last := ""
	for _, topic := range m.Topics() {
		require.Less(t, last, topic.Name, "sorted")
		last = topic.Name
		got[topic.Name] = map[kafka.PartitionID]kafka.LeaderEpoch{}
		for _, p := range topic.Partitions() {
			got[topic.Name][p.Partition] = p.LeaderEpoch
		}
	}
	require.Equal(t, want, got)
}

func TestSnapshotMakesTheSameImage(t *testing.T) {
	m := imageOf(t, append(orders(), full("RegisterBroker"), full("RegisterController"), full("ProducerIds"),
		full("Config"), &FeatureLevel{"metadata.version", 30})...)
	require.Equal(t, dump(m), dump(imageOf(t, m.Records()...)))
	require.IsType(t, &FeatureLevel{}, m.Records()[0], "the metadata version comes first")
}

func BenchmarkApplyPartitions(b *testing.B) {
	m := New()
	for n := range 1000 {
		require.NoError(b, m.Apply(m.Applied(), &TopicRecord{fmt.Sprint("topic-", n), id(uint64(n + 1))}))
		for p := range 10 {
			require.NoError(b, m.Apply(m.Applied(), &PartitionRecord{Topic: id(uint64(n + 1)), Partition: kafka.PartitionID(p)}))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, m.Apply(m.Applied(), NewPartitionChange(id(500), 3)))
	}
}
