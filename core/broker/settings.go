package broker

import (
	"fmt"
	"time"

	"gregor/core/env"
	"gregor/core/group"
	"gregor/core/record"
)

// coordinate makes the group coordinator. As in Kafka, the number of partitions that groups are spread over is
// that of __consumer_offsets where it exists, whatever offsets.topic.num.partitions says by now.
func (b *Broker) coordinate() {
	b.groups.partitions = int32(b.config.Int("offsets.topic.num.partitions"))
	if t, ok := b.image.Topic(offsetsTopic); ok {
		b.groups.partitions = int32(len(t.Partitions()))
	}
	b.groups.coordinators++
	b.groups.coordinator = group.New(b.groupConfig(), b.world.Rand.ForkN("groups", b.groups.coordinators), &b.world, b.groups)
}

// coordinateAnew makes the coordinator again when __consumer_offsets has come to be with another number of partitions
// than it was made for. Until then no group can live anywhere.
func (b *Broker) coordinateAnew() {
	if t, ok := b.image.Topic(offsetsTopic); ok && int32(len(t.Partitions())) != b.groups.partitions && !b.groups.any() {
		b.coordinate()
	}
}

// groupConfig is what the coordinator needs of the broker's configuration.
func (b *Broker) groupConfig() group.Config {
	c := group.DefaultConfig()
	c.Partitions = b.groups.partitions
	c.MinSessionTimeout = b.config.Millis("group.min.session.timeout.ms")
	c.MaxSessionTimeout = b.config.Millis("group.max.session.timeout.ms")
	c.InitialRebalanceDelay = b.config.Millis("group.initial.rebalance.delay.ms")
	c.MaxSize = b.config.Int("group.max.size")
	c.OffsetMetadataMaxBytes = b.config.Int("offset.metadata.max.bytes")
	c.OffsetsRetention = time.Duration(b.config.Int("offsets.retention.minutes")) * time.Minute
	c.RetentionCheckInterval = b.config.Millis("offsets.retention.check.interval.ms")
	c.Topics = topicIndex{b}
	return c
}

// topicIndex is the image as the coordinator asks about it.
type topicIndex struct{ b *Broker }

// IDOf returns the id of a topic that exists.
func (x topicIndex) IDOf(name string) (env.UUID, bool) {
	if t, ok := x.b.image.Topic(name); ok {
		return t.ID, true
	}
	return env.UUID{}, false
}

// NameOf returns the name of the topic with this id.
func (x topicIndex) NameOf(id env.UUID) (string, bool) {
	if t, ok := x.b.image.TopicByID(id); ok {
		return t.Name, true
	}
	return "", false
}

// Exists reports whether the topic has this partition.
func (x topicIndex) Exists(name string, partition env.PartitionID) bool {
	return x.b.cluster.HasPartition(env.TopicPartition{Topic: name, Partition: partition})
}

// summary describes a batch the broker built itself.
func (b *Broker) summary(batch record.Batch) record.Summary {
	s, err := b.scratch.Validate(batch, record.Limits{})
	if err != nil {
		panic(fmt.Sprintf("broker: a batch of its own is not valid: %v", err))
	}
	return s
}
