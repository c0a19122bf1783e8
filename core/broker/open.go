package broker

import (
	"fmt"
	"strconv"

	"gregor/core/admit"
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/seglog"
	"gregor/core/settings"
)

// topicConfig is a topic's configuration, nil if there is no such topic.
func (b *Broker) topicConfig(name string) *config.Topic {
	if _, ok := b.cluster.Image.Topic(name); !ok {
		return nil
	}
	c, err := b.config.TopicStored(b.cluster.Overrides(metadata.ResourceTopic, name))
	if err != nil { // checked when it was set; the broker's own values may have changed since
		b.log.Note(env.Warn, aboutConfigs, "topic %s: %v; the default is used", name, err)
	}
	return c
}

// partitionFenced handles that the disk failed a log. Where other brokers have the partition, too, this one hands its
// leaderships over and ends, as Kafka's does when its last directory fails: only then can one of them lead. A partition
// that no other broker has is offline until the next start; if it is only that the disk is full, it can be read, and
// goes on by itself when there is space. Groups that live in it have no coordinator meanwhile.
func (b *Broker) partitionFenced(now env.Now, p *partition) {
	full := p.log.State() == seglog.Full
	switch {
	case len(p.replica.Replicas()) > 1 && full:
		b.retire(now, fmt.Sprintf("%v; other brokers have this partition and lead it now: make space and start this one again", p.log.Err()))
		return
	case len(p.replica.Replicas()) > 1:
		b.retire(now, fmt.Sprintf("%v; other brokers have this partition and lead it now: start this one again when its disk is sound, or with an empty directory", p.log.Err()))
		return
	case full:
		b.log.Warn("%v; this partition can be read, and refuses appends until there is space on the disk again; the broker need not be restarted", p.log.Err())
	default:
		b.log.Warn("%v; this partition is offline until the broker starts again", p.log.Err())
	}
	b.coordinators.set.Drop(now, p.TopicPartition)
}

// configChanged puts a changed configuration into effect.
func (b *Broker) configChanged(now env.Now, r metadata.Resource) {
	switch {
	case r.Type == metadata.ResourceTopic:
		b.reconfigureTopic(now, r.Name)
	case r.Type == metadata.ResourceBroker && (r.Name == "" || r.Name == b.idText()):
		b.reconfigure(now)
	}
}

// reconfigure takes the broker's dynamic values from the image.
func (b *Broker) reconfigure(now env.Now) {
	next, err := b.config.WithStored(b.cluster.Overrides(metadata.ResourceBroker, b.idText()),
		b.cluster.Overrides(metadata.ResourceBroker, ""))
	if err != nil {
		b.log.Note(env.Warn, aboutConfigs, "a part of the broker's dynamic configuration is not used: %v", err)
	}
	b.config = next
	b.replicas.Quotas.Configure(now, b.config)
	for _, t := range b.cluster.Image.Topics() {
		b.reconfigureTopic(now, t.Name)
	}
}

func (b *Broker) reconfigureTopic(now env.Now, name string) {
	t, ok := b.cluster.Image.Topic(name)
	if !ok {
		return
	}
	c := b.topicConfig(name)
	for _, state := range t.Partitions() {
		if p := b.logs.byName[kafka.TopicPartition{Topic: name, Partition: state.Partition}]; p != nil {
			p.config, p.limits = c, admit.TopicOf(c)
			p.log.SetConfig(now, settings.Log(b.config, c))
			p.replica.SetMinISR(c.Int("min.insync.replicas"))
			p.broker.replicas.Throttle(p, p.Partition, p.config)
			p.touch()
		}
	}
}

func (b *Broker) idText() string { return strconv.Itoa(int(b.id)) }
