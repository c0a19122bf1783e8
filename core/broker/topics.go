package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
)

// metadataTopic is the log of everything the cluster knows about itself.
const metadataTopic = "__cluster_metadata"

// creations are the topics whose creation was asked for by Metadata requests and has not ended.
type creations struct{ names map[string]bool }

// begin returns those of names whose creation is not under way, which it is from now on.
func (c *creations) begin(names []string) (fresh []string) {
	for _, name := range names {
		if c.names[name] {
			continue
		}
		if c.names == nil {
			c.names = map[string]bool{}
		}
		c.names[name] = true
		fresh = append(fresh, name)
	}
	return fresh
}

func (c *creations) end(names []string) {
	for _, name := range names {
		delete(c.names, name)
	}
}

// makeTopics has the controller make topics that a client named and that do not exist (auto.create.topics.enable), or
// the brokers' own, and calls then when they can be used or will not be there.
func (b *Broker) makeTopics(now env.Now, names []string, then func(env.Now)) {
	req := kmsg.NewPtrCreateTopicsRequest()
	req.Version = 5
	for _, name := range names {
		t := kmsg.NewCreateTopicsRequestTopic()
		t.Topic, t.NumPartitions, t.ReplicationFactor = name, -1, -1
		if name == offsetsTopic {
			b.specifyOffsetsTopic(&t)
		}
		req.Topics = append(req.Topics, t)
	}
	b.router.Decide(now, req, b.clientName, func(now env.Now, resp kmsg.Response) {
		b.awaitImage(now, untilNone(resp.(*kmsg.CreateTopicsResponse).Topics, b.missing), then)
	})
}

// offsetsReplicas is the replication factor of __consumer_offsets where nobody has set it, as far as there are brokers:
// Kafka's.
const offsetsReplicas = 3

// specifyOffsetsTopic asks for __consumer_offsets as Kafka makes it.
func (b *Broker) specifyOffsetsTopic(t *kmsg.CreateTopicsRequestTopic) {
	factor := offsetsReplicas
	if b.config.Source("offsets.topic.replication.factor") != config.Default {
		factor = b.config.Int("offsets.topic.replication.factor")
	} else {
		factor = max(min(factor, len(b.image.Brokers())), 1)
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
