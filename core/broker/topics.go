package broker

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/wire"
)

// topicNameMax is Kafka's bound on a topic's name, so that its directory has a legal name.
const topicNameMax = 249

// partitionsMax bounds the partitions one request may make, as in Kafka: they become one metadata batch.
const partitionsMax = 10_000

// checkTopicName says what is wrong with a name for a new topic, "" if nothing is.
func checkTopicName(name string) string {
	switch {
	case name == "" || name == "." || name == "..":
		return fmt.Sprintf("topic name %q is not allowed", name)
	case len(name) > topicNameMax:
		return fmt.Sprintf("topic name has %d characters, %d are allowed", len(name), topicNameMax)
	}
	for _, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-') {
			return fmt.Sprintf("topic name %q has a character other than a-z, A-Z, 0-9, dot, underscore and dash", name)
		}
	}
	return ""
}

func (b *Broker) hasTopic(name string) bool {
	_, ok := b.image.Topic(name)
	return ok
}

// internalTopic reports whether the name is one of Kafka's own topics, which clients may read but not write.
func internalTopic(name string) bool {
	return name == offsetsTopic || name == "__transaction_state" || name == "__share_group_state"
}

// collisions finds topics whose metrics could not be told from another's: names with dots or underscores that
// differ in nothing else.
type collisions map[string]string

func (b *Broker) collisions() collisions {
	c := collisions{}
	for _, t := range b.image.Topics() {
		if strings.ContainsAny(t.Name, "._") {
			c[strings.ReplaceAll(t.Name, ".", "_")] = t.Name
		}
	}
	return c
}

// of returns the topic a new name collides with, "" if there is none.
func (c collisions) of(name string) string {
	if !strings.ContainsAny(name, "._") {
		return ""
	}
	return c[strings.ReplaceAll(name, ".", "_")]
}

// newTopic is a topic to be made, and how that ended.
type newTopic struct {
	name       string
	partitions int32
	factor     int16
	assigned   []kmsg.CreateTopicsRequestTopicReplicaAssignment
	overrides  []config.Entry
	noValue    string // a config that came without a value
	id         env.UUID
	code       wire.ErrorCode
	text       string
}

func (t *newTopic) refuse(code wire.ErrorCode, format string, args ...any) {
	t.code, t.text = code, fmt.Sprintf(format, args...)
}

// check decides whether the topic may be made, in Kafka's order, and fills in what the request left to the broker.
func (t *newTopic) check(b *Broker, others collisions) {
	switch text := checkTopicName(t.name); {
	case t.name == metadataTopic: // its directory is there already
		t.refuse(wire.InvalidRequest, "topic %s is the cluster's own and cannot be created", metadataTopic)
	case b.hasTopic(t.name):
		t.refuse(wire.TopicAlreadyExists, "topic %q exists", t.name)
	case text != "":
		t.refuse(wire.InvalidTopicException, "%s", text)
	case others.of(t.name) != "":
		t.refuse(wire.InvalidTopicException, "topic %q collides with %q: dots and underscores look alike in metric names", t.name, others.of(t.name))
	default:
		t.checkConfigs(b)
	}
	if t.code == wire.None {
		t.checkPlacement(b)
	}
}

func (t *newTopic) checkConfigs(b *Broker) {
	switch {
	case t.noValue != "":
		t.refuse(wire.InvalidConfig, "config %s has no value", t.noValue)
		return
	case len(t.overrides) > configNamesMax:
		t.refuse(wire.InvalidConfig, "%d configs are named; there are not so many", len(t.overrides))
		return
	}
	if _, err := b.config.Topic(t.overrides); err != nil {
		t.refuse(wire.InvalidConfig, "%v", err)
	}
}

func (t *newTopic) checkPlacement(b *Broker) {
	if len(t.assigned) > 0 {
		t.checkAssignment(b)
		return
	}
	switch {
	case t.factor < -1 || t.factor == 0:
		t.refuse(wire.InvalidReplicationFactor, "replication factor %d; 1 or more is needed, or -1 for default.replication.factor", t.factor)
		return
	case t.partitions < -1 || t.partitions == 0:
		t.refuse(wire.InvalidPartitions, "%d partitions; 1 or more are needed, or -1 for num.partitions", t.partitions)
		return
	}
	if t.partitions == -1 {
		t.partitions = int32(b.config.Int("num.partitions"))
	}
	if t.factor == -1 {
		t.factor = int16(b.config.Int("default.replication.factor"))
	}
	if t.factor > 1 {
		t.refuse(wire.InvalidReplicationFactor, "replication factor %d, but the cluster has 1 broker", t.factor)
	}
}

// checkAssignment checks replicas the request chose itself.
func (t *newTopic) checkAssignment(b *Broker) {
	if t.partitions != -1 || t.factor != -1 {
		t.refuse(wire.InvalidRequest, "replicas are assigned: num partitions and replication factor must be -1, they are %d and %d", t.partitions, t.factor)
		return
	}
	t.partitions, t.factor = int32(len(t.assigned)), 1
	seen := make([]bool, len(t.assigned))
	for _, a := range t.assigned {
		switch {
		case a.Partition < 0 || int(a.Partition) >= len(seen) || seen[a.Partition]:
			t.refuse(wire.InvalidReplicaAssignment, "partitions must be numbered 0 to %d, each once; %d is not", len(seen)-1, a.Partition)
			return
		case len(a.Replicas) != 1 || env.NodeID(a.Replicas[0]) != b.id:
			t.refuse(wire.InvalidReplicaAssignment, "partition %d on brokers %v, but the cluster has only broker %d", a.Partition, a.Replicas, b.id)
			return
		}
		seen[a.Partition] = true
	}
}

// records are what makes the topic.
func (t *newTopic) records(b *Broker) []metadata.Record {
	t.id = b.uuids.UUID()
	out := []metadata.Record{&metadata.TopicRecord{Name: t.name, ID: t.id}}
	for _, e := range t.overrides {
		value := e.Value
		out = append(out, &metadata.ConfigRecord{Resource: metadata.Resource{Type: metadata.ResourceTopic, Name: t.name}, Name: e.Name, Value: &value})
	}
	for i := range t.partitions {
		out = append(out, b.newPartition(t.id, env.PartitionID(i)))
	}
	return out
}

func (b *Broker) newPartition(topic env.UUID, p env.PartitionID) *metadata.PartitionRecord {
	me := []env.NodeID{b.id}
	return &metadata.PartitionRecord{Partition: p, Topic: topic, Replicas: me, ISR: me, Leader: b.id, Directories: []env.UUID{b.dirID}}
}
