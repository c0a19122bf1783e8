package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/forward"
)

// metadataTopic is the log of everything the cluster knows about itself.
const metadataTopic = "__cluster_metadata"

// creations has topics created that clients name and that do not exist (auto.create.topics.enable), and the brokers' own.
type creations struct {
	router   *forward.Router
	outcomes *outcomes
	clientID string
	offsets  func(*kmsg.CreateTopicsRequestTopic) // specifies __consumer_offsets
	names    map[string]bool                      // asked for by Metadata requests, and not ended
}

// begin returns those of names whose creation is not under way, which it is from now on.
func (c *creations) begin(names []string) (fresh []string) {
	for _, name := range names {
		if c.names[name] {
			continue
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

// create has the controller create topics, and calls then when they can be used or will not be there.
func (c *creations) create(now env.Now, names []string, then func(env.Now)) {
	req := kmsg.NewPtrCreateTopicsRequest()
	req.Version = 5
	for _, name := range names {
		t := kmsg.NewCreateTopicsRequestTopic()
		t.Topic, t.NumPartitions, t.ReplicationFactor = name, -1, -1
		if name == offsetsTopic {
			c.offsets(&t)
		}
		req.Topics = append(req.Topics, t)
	}
	c.router.Decide(now, req, c.clientID, func(now env.Now, resp kmsg.Response) {
		c.outcomes.awaitImage(now, untilNone(resp.(*kmsg.CreateTopicsResponse).Topics, c.outcomes.missing), then)
	})
}

// offsetsReplicas is the replication factor of __consumer_offsets where it is not set, as far as there are brokers:
// Kafka's.
const offsetsReplicas = 3

// specifyOffsetsTopic asks for __consumer_offsets as Kafka creates it.
func (b *Broker) specifyOffsetsTopic(t *kmsg.CreateTopicsRequestTopic) {
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
