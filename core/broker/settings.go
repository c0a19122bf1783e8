package broker

import (
	"fmt"
	"time"

	"gregor/core/group"
	"gregor/core/kafka"
	"gregor/core/record"
)

// groupConfig is what the coordinator needs of the broker's configuration.
func (b *Broker) groupConfig(partitions int32) group.Config {
	c := group.DefaultConfig()
	c.Partitions = partitions
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
func (x topicIndex) IDOf(name string) (kafka.UUID, bool) {
	if t, ok := x.b.cluster.Image.Topic(name); ok {
		return t.ID, true
	}
	return kafka.UUID{}, false
}

// NameOf returns the name of the topic with this id.
func (x topicIndex) NameOf(id kafka.UUID) (string, bool) {
	if t, ok := x.b.cluster.Image.TopicByID(id); ok {
		return t.Name, true
	}
	return "", false
}

// Exists reports whether the topic has this partition.
func (x topicIndex) Exists(name string, partition kafka.PartitionID) bool {
	return x.b.cluster.HasPartition(kafka.TopicPartition{Topic: name, Partition: partition})
}

// summary describes a batch the broker built itself.
func (b *Broker) summary(batch record.Batch) record.Summary {
	s, err := b.producing.scratch.Validate(batch, record.Limits{})
	if err != nil {
		panic(fmt.Sprintf("broker: a batch of its own is not valid: %v", err))
	}
	return s
}
