package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/wire"
)

// createTopics makes topics for a client (KIP-4, KIP-525).
func (b *Broker) createTopics(now env.Now, s *slot, r *kmsg.CreateTopicsRequest) {
	c := &topicCreation{broker: b, validateOnly: r.ValidateOnly}
	for _, in := range r.Topics {
		t := &newTopic{name: in.Topic, partitions: in.NumPartitions, factor: in.ReplicationFactor, assigned: in.ReplicaAssignment}
		for _, o := range in.Configs {
			if o.Value == nil {
				t.noValue = o.Name
				continue
			}
			t.overrides = append(t.overrides, config.Entry{Name: o.Name, Value: *o.Value})
		}
		c.topics = append(c.topics, t)
	}
	c.then = func(env.Now) { b.reply(s, c.response(r)) }
	b.change(now, c)
}

// topicCreation makes topics: those that are wrong are refused, the others are made together.
type topicCreation struct {
	broker       *Broker
	topics       []*newTopic
	validateOnly bool
	then         func(now env.Now)
}

func (c *topicCreation) decide(env.Now) []metadata.Record {
	times := map[string]int{}
	for _, t := range c.topics {
		times[t.name]++
	}
	others, partitions := c.broker.collisions(), 0
	for _, t := range c.topics {
		if times[t.name] > 1 {
			t.refuse(wire.InvalidRequest, "the request names topic %q %d times", t.name, times[t.name])
			continue
		}
		if t.check(c.broker, others); t.code == wire.None {
			partitions += int(t.partitions)
		}
	}
	var records []metadata.Record
	for _, t := range c.topics {
		switch {
		case t.code != wire.None:
		case partitions > partitionsMax:
			t.refuse(wire.PolicyViolation, "the request makes %d partitions; %d at a time are allowed", partitions, partitionsMax)
		case !c.validateOnly:
			records = append(records, t.records(c.broker)...)
		}
	}
	return records
}

func (c *topicCreation) applied(now env.Now, code wire.ErrorCode) {
	for _, t := range c.topics {
		if code != wire.None && t.code == wire.None {
			t.refuse(code, "the topic could not be stored")
		}
	}
	c.then(now)
}

func (c *topicCreation) response(r *kmsg.CreateTopicsRequest) kmsg.Response {
	resp := r.ResponseKind().(*kmsg.CreateTopicsResponse)
	listed := map[string]bool{}
	for _, t := range c.topics {
		if listed[t.name] {
			continue
		}
		listed[t.name] = true
		resp.Topics = append(resp.Topics, t.answer(c.broker))
	}
	return resp
}

func (t *newTopic) answer(b *Broker) kmsg.CreateTopicsResponseTopic {
	out := kmsg.NewCreateTopicsResponseTopic()
	out.Topic, out.ErrorCode = t.name, int16(t.code)
	if t.code != wire.None {
		out.ErrorMessage = &t.text
		return out
	}
	out.TopicID, out.NumPartitions, out.ReplicationFactor = t.id, t.partitions, t.factor
	c, err := b.config.Topic(t.overrides)
	if err != nil {
		return out
	}
	for _, v := range c.Describe() {
		o := kmsg.NewCreateTopicsResponseTopicConfig()
		o.Name, o.Source, o.IsSensitive = v.Def.Name, int8(v.Source), v.Def.Sensitive()
		if !v.Null {
			o.Value = &v.Text
		}
		out.Configs = append(out.Configs, o)
	}
	return out
}

// autoCreate makes topics a client named that do not exist (auto.create.topics.enable), or the broker's own.
type autoCreate struct {
	broker *Broker
	names  []string
	then   func(now env.Now)
}

func (c *autoCreate) decide(env.Now) []metadata.Record {
	var records []metadata.Record
	others, partitions := c.broker.collisions(), 0
	for _, name := range c.names {
		t := &newTopic{name: name, partitions: -1, factor: -1}
		if name == offsetsTopic {
			t = c.broker.offsetsTopicSpec()
		}
		if t.check(c.broker, others); t.code != wire.None {
			continue
		}
		if partitions += int(t.partitions); partitions > partitionsMax {
			break // the others are not there, and may be asked for again
		}
		records = append(records, t.records(c.broker)...)
	}
	return records
}

func (c *autoCreate) applied(now env.Now, _ wire.ErrorCode) { c.then(now) }

// offsetsTopicSpec is __consumer_offsets as Kafka makes it.
func (b *Broker) offsetsTopicSpec() *newTopic {
	return &newTopic{name: offsetsTopic, partitions: b.groups.partitions, factor: 1,
		overrides: []config.Entry{
			{Name: "cleanup.policy", Value: "compact"},
			{Name: "compression.type", Value: "producer"},
			{Name: "segment.bytes", Value: fmt.Sprint(b.config.Int("offsets.topic.segment.bytes"))},
		}}
}
