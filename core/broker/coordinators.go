package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/config"
	"gregor/core/coordinator"
	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/group"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/core/replica"
	"gregor/core/seglog"
)

// coordinated are the internal topics with a coordinator, one row each. From a row follow who loads and appends
// (core/coordinator), how the topic is created, and what FindCoordinator answers.
var coordinated = [...]coordinatedTopic{
	{
		name: kafka.OffsetsTopic, keyType: describe.GroupKey, create: (*Broker).newGroups,
		partitions:        "offsets.topic.num.partitions",
		replicationFactor: "offsets.topic.replication.factor",
		segmentBytes:      "offsets.topic.segment.bytes",
	},
}

type coordinatedTopic struct {
	name    string
	keyType int8 // of FindCoordinator
	// Kafka's configs of the topic.
	partitions, replicationFactor, segmentBytes string

	create func(b *Broker, partitions int32) *coordinator.Runtime
}

// coordinators are the state machines that live on partitions of internal topics.
type coordinators struct {
	set    coordinator.Set
	alarm  alarm.Alarm
	groups *group.Coordinator
	made   uint64 // group coordinators in this life, so that no two draw the same member ids
}

func (b *Broker) coordinate() {
	b.coordinators.alarm = alarm.For(&b.coordinators.set)
	for _, t := range coordinated {
		b.coordinators.set.Add(t.name, int32(b.config.Int(t.partitions)), func(partitions int32) *coordinator.Runtime {
			return t.create(b, partitions)
		})
	}
}

// coordinatedBy returns the topic whose coordinators a type of FindCoordinator's keys has.
func coordinatedBy(keyType int8) (coordinatedTopic, bool) {
	for _, t := range coordinated {
		if t.keyType == keyType {
			return t, true
		}
	}
	return coordinatedTopic{}, false
}

// homeOf returns the partition that a key lives in; false if keys of this type have no coordinator.
func (b *Broker) homeOf(keyType int8, key string) (kafka.TopicPartition, bool) {
	t, ok := coordinatedBy(keyType)
	if !ok {
		return kafka.TopicPartition{}, false
	}
	return kafka.TopicPartition{Topic: t.name, Partition: b.coordinators.set.Of(t.name).PartitionFor(key)}, true
}

// partitionsOf returns how many partitions a topic has; 0 if it does not exist.
func (b *Broker) partitionsOf(topic string) int32 {
	if t, ok := b.cluster.Image.Topic(topic); ok {
		return int32(len(t.Partitions()))
	}
	return 0
}

// internalPartition is a partition of an internal topic, as its coordinator uses it.
type internalPartition struct{ p *partition }

func (c internalPartition) Leadership() coordinator.Leadership {
	r, log := c.p.replica, c.p.log
	return coordinator.Leadership{Leads: r.Role() == replica.Leading && log.State() == seglog.Ready, Epoch: r.Epoch(),
		EpochStart: r.EpochStart(), LogStart: log.LogStart(), HighWatermark: log.HighWatermark()}
}

func (c internalPartition) Scan(now env.Now, from kafka.Offset, limit int) ([]byte, kafka.Offset, seglog.ReadStatus) {
	return c.p.log.Scan(now, from, limit)
}

func (c internalPartition) Append(now env.Now, batch record.Batch, done coordinator.Waiter) kafka.ErrorCode {
	p := c.p
	if code := p.usable(); code != kafka.None {
		return code
	}
	if batch.Size() > p.limits.MaxMessageBytes {
		return kafka.MessageTooLarge
	}
	res, err := p.replica.Append(now, seglog.Append{Batch: batch, Summary: p.broker.summary(batch)}, kafka.AcksAll)
	if err != nil {
		return kafka.ErrorCode(err.Code)
	}
	p.replica.Await(kafka.AcksAll, res.Last+1, done, 0)
	p.touch()
	return kafka.None
}

// replicationFactorMax is the replication factor of an internal topic where it is not set, as far as there are brokers:
// Kafka's.
const replicationFactorMax = 3

// specifyInternalTopic sets how an internal topic is created, as Kafka does.
func (b *Broker) specifyInternalTopic(req *kmsg.CreateTopicsRequestTopic) {
	for _, t := range coordinated {
		if t.name == req.Topic {
			b.specify(req, t)
		}
	}
}

func (b *Broker) specify(req *kmsg.CreateTopicsRequestTopic, t coordinatedTopic) {
	factor := max(min(replicationFactorMax, len(b.cluster.Image.Brokers())), 1)
	if b.config.Source(t.replicationFactor) != config.Default {
		factor = b.config.Int(t.replicationFactor)
	}
	req.NumPartitions, req.ReplicationFactor = b.coordinators.set.Of(t.name).Partitions(), int16(factor)
	for _, c := range [...][2]string{{"cleanup.policy", "compact"}, {"compression.type", "producer"},
		{"segment.bytes", fmt.Sprint(b.config.Int(t.segmentBytes))}} {
		entry := kmsg.NewCreateTopicsRequestTopicConfig()
		value := c[1]
		entry.Name, entry.Value = c[0], &value
		req.Configs = append(req.Configs, entry)
	}
}
