package broker

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/config"
	"gregor/core/coordinator"
	"gregor/core/env"
	"gregor/core/group"
	"gregor/core/inbox"
	"gregor/core/record"
	"gregor/core/replica"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// offsetsTopic is the internal topic that groups live in.
const offsetsTopic = "__consumer_offsets"

// coordinators are the state machines that live on partitions of internal topics.
type coordinators struct {
	set    coordinator.Set
	alarm  alarm.Alarm
	groups *group.Coordinator
	made   uint64 // group coordinators in this life, so that no two draw the same member ids
}

func (b *Broker) coordinate() {
	c := &b.coordinators
	c.alarm = alarm.For(&c.set)
	c.set.Add(offsetsTopic, int32(b.config.Int("offsets.topic.num.partitions")), b.newGroups)
}

// newGroups returns a group coordinator. As in Kafka, the number of partitions that groups are spread over is that of
// __consumer_offsets where it exists, whatever offsets.topic.num.partitions is by now.
func (b *Broker) newGroups(partitions int32) *coordinator.Runtime {
	c := &b.coordinators
	c.made++
	c.groups = group.New(b.groupConfig(partitions), b.world.Rand.ForkN("groups", c.made), &b.world,
		func(t group.Ticket, r kmsg.Response) { b.replyTo(inbox.Ticket(t), r) })
	return c.groups.Runtime()
}

// partitionsOf returns how many partitions a topic has; 0 if it does not exist.
func (b *Broker) partitionsOf(topic string) int32 {
	if t, ok := b.cluster.Image.Topic(topic); ok {
		return int32(len(t.Partitions()))
	}
	return 0
}

// coordinated is a partition of an internal topic, as its coordinator uses it.
type coordinated struct{ p *partition }

func (c coordinated) Leadership() coordinator.Leadership {
	r, log := c.p.replica, c.p.log
	return coordinator.Leadership{Leads: r.Role() == replica.Leading && log.State() == seglog.Ready, Epoch: r.Epoch(),
		EpochStart: r.EpochStart(), LogStart: log.LogStart(), HighWatermark: log.HighWatermark()}
}

func (c coordinated) Scan(now env.Now, from env.Offset, limit int) ([]byte, env.Offset, seglog.ReadStatus) {
	return c.p.log.Scan(now, from, limit)
}

func (c coordinated) Append(now env.Now, batch record.Batch, done coordinator.Waiter) wire.ErrorCode {
	p := c.p
	if code := p.usable(); code != wire.None {
		return code
	}
	if batch.Size() > p.limits.MaxMessageBytes {
		return wire.MessageTooLarge
	}
	res, err := p.replica.Append(now, seglog.Append{Batch: batch, Summary: p.broker.summary(batch)}, replica.AcksAll)
	if err != nil {
		return wire.ErrorCode(err.Code)
	}
	p.replica.Await(replica.AcksAll, res.Last+1, done, 0)
	p.touch()
	return wire.None
}

// hostOf is the peer's address as Kafka shows it: a slash and the address without its port.
func hostOf(peer string) string {
	if i := strings.LastIndexByte(peer, ':'); i >= 0 {
		peer = strings.Trim(peer[:i], "[]")
	}
	return "/" + peer
}

// offsetsReplicas is the replication factor of __consumer_offsets where it is not set, as far as there are brokers:
// Kafka's.
const offsetsReplicas = 3

// specifyOffsetsTopic asks for __consumer_offsets as Kafka creates it.
func (b *Broker) specifyOffsetsTopic(t *kmsg.CreateTopicsRequestTopic) {
	if t.Topic != offsetsTopic {
		return
	}
	factor := offsetsReplicas
	if b.config.Source("offsets.topic.replication.factor") != config.Default {
		factor = b.config.Int("offsets.topic.replication.factor")
	} else {
		factor = max(min(factor, len(b.cluster.Image.Brokers())), 1)
	}
	t.NumPartitions, t.ReplicationFactor = b.coordinators.set.Of(offsetsTopic).Partitions(), int16(factor)
	for _, c := range [...][2]string{{"cleanup.policy", "compact"}, {"compression.type", "producer"},
		{"segment.bytes", fmt.Sprint(b.config.Int("offsets.topic.segment.bytes"))}} {
		entry := kmsg.NewCreateTopicsRequestTopicConfig()
		value := c[1]
		entry.Name, entry.Value = c[0], &value
		t.Configs = append(t.Configs, entry)
	}
}
