package controller

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

// metadataTopic is the name of the log the records go to.
const metadataTopic = "__cluster_metadata"

// CheckTopicName says what is wrong with a name for a new topic, "" if nothing is.
func CheckTopicName(name string) string {
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

// collisions finds topics whose metrics could not be told from another's: names with dots or underscores that
// differ in nothing else.
type collisions map[string]string

func (c *Controller) collisions() collisions {
	found := collisions{}
	for _, t := range c.image.Topics() {
		found.add(t.Name)
	}
	return found
}

func (f collisions) add(name string) {
	if strings.ContainsAny(name, "._") {
		f[strings.ReplaceAll(name, ".", "_")] = name
	}
}

// of returns the topic a new name collides with, "" if there is none.
func (f collisions) of(name string) string {
	if !strings.ContainsAny(name, "._") {
		return ""
	}
	return f[strings.ReplaceAll(name, ".", "_")]
}

// newTopic is a topic to be made, and how that ended.
type newTopic struct {
	ask        kmsg.CreateTopicsRequestTopic
	overrides  []config.Entry
	config     *config.Topic
	id         env.UUID
	partitions []metadata.Record
	factor     int16
	verdict
}

// createTopics makes topics (KIP-4, KIP-525): those that are wrong are refused, the others are made together.
func (c *Controller) createTopics(r *kmsg.CreateTopicsRequest) Decision {
	times := map[string]int{}
	for _, ask := range r.Topics {
		times[ask.Topic]++
	}
	others, made := c.collisions(), 0
	var topics []*newTopic
	var records []metadata.Record
	for _, ask := range r.Topics {
		n := times[ask.Topic]
		if times[ask.Topic] = 0; n == 0 { // answered already
			continue
		}
		t := &newTopic{ask: ask}
		topics = append(topics, t)
		if n > 1 {
			t.verdict = refused(wire.InvalidRequest, "the request names topic %q %d times", ask.Topic, n)
			continue
		}
		if t.verdict = c.decideTopic(t, others, partitionsMax-made); t.code != wire.None {
			continue
		}
		made += len(t.partitions)
		others.add(ask.Topic)
		if !r.ValidateOnly {
			records = append(records, t.records()...)
		}
	}
	return c.decision(records, func(code wire.ErrorCode) kmsg.Response { return topicsMade(r, topics, code) })
}

// decideTopic decides whether the topic may be made, in Kafka's order, and chooses what the request left open.
func (c *Controller) decideTopic(t *newTopic, others collisions, room int) verdict {
	name := t.ask.Topic
	_, there := c.image.Topic(name)
	switch text := CheckTopicName(name); {
	case name == metadataTopic: // its directory is there already
		return refused(wire.InvalidRequest, "topic %s is the cluster's own and cannot be created", metadataTopic)
	case there:
		return refused(wire.TopicAlreadyExists, "topic %q exists", name)
	case text != "":
		return refused(wire.InvalidTopicException, "%s", text)
	case others.of(name) != "":
		return refused(wire.InvalidTopicException, "topic %q collides with %q: dots and underscores look alike in metric names", name, others.of(name))
	}
	if v := c.checkTopicConfigs(t); v.code != wire.None {
		return v
	}
	t.id = c.rand.UUID()
	if len(t.ask.ReplicaAssignment) > 0 {
		return c.assignTopic(t, room)
	}
	return c.placeTopic(t, room)
}

func (c *Controller) checkTopicConfigs(t *newTopic) verdict {
	for _, o := range t.ask.Configs {
		if o.Value == nil {
			return refused(wire.InvalidConfig, "config %s has no value", o.Name)
		}
		t.overrides = append(t.overrides, config.Entry{Name: o.Name, Value: *o.Value})
	}
	var err error
	if t.config, err = c.defaults().Topic(t.overrides); err != nil {
		return refused(wire.InvalidConfig, "%v", err)
	}
	return verdict{}
}

func (c *Controller) placeTopic(t *newTopic, room int) verdict {
	count, factor := int(t.ask.NumPartitions), int(t.ask.ReplicationFactor)
	switch {
	case factor < -1 || factor == 0:
		return refused(wire.InvalidReplicationFactor, "replication factor %d; 1 or more is needed, or -1 for default.replication.factor", factor)
	case count < -1 || count == 0:
		return refused(wire.InvalidPartitions, "%d partitions; 1 or more are needed, or -1 for num.partitions", count)
	}
	if count == -1 {
		count = c.cfg.Defaults.Int("num.partitions")
	}
	if factor == -1 {
		factor = c.cfg.Defaults.Int("default.replication.factor")
	}
	if count > room {
		return tooMany(count, room)
	}
	t.factor = int16(factor)
	var v verdict
	t.partitions, v = c.placed(t.id, 0, count, factor)
	return v
}

func tooMany(count, room int) verdict {
	return refused(wire.PolicyViolation, "%d more partitions, where %d of %d in one request are left", count, room, partitionsMax)
}

// assignTopic makes a topic whose replicas the request chose.
func (c *Controller) assignTopic(t *newTopic, room int) verdict {
	ask := t.ask
	switch {
	case ask.NumPartitions != -1 || ask.ReplicationFactor != -1:
		return refused(wire.InvalidRequest, "replicas are assigned: num partitions and replication factor must be -1, they are %d and %d", ask.NumPartitions, ask.ReplicationFactor)
	case len(ask.ReplicaAssignment) > room:
		return tooMany(len(ask.ReplicaAssignment), room)
	}
	replicas := make([][]int32, len(ask.ReplicaAssignment))
	for _, a := range ask.ReplicaAssignment {
		if a.Partition < 0 || int(a.Partition) >= len(replicas) || replicas[a.Partition] != nil {
			return refused(wire.InvalidReplicaAssignment, "partitions must be numbered 0 to %d, each once; %d is not", len(replicas)-1, a.Partition)
		}
		replicas[a.Partition] = append([]int32{}, a.Replicas...)
	}
	t.factor = int16(min(len(replicas[0]), 1<<15-1))
	var v verdict
	t.partitions, v = c.assigned(t.id, 0, replicas, len(replicas[0]))
	return v
}

// records are what makes the topic.
func (t *newTopic) records() []metadata.Record {
	out := []metadata.Record{&metadata.TopicRecord{Name: t.ask.Topic, ID: t.id}}
	for _, e := range t.config.Overrides() {
		value := e.Value
		out = append(out, &metadata.ConfigRecord{Resource: metadata.Resource{Type: metadata.ResourceTopic, Name: t.ask.Topic}, Name: e.Name, Value: &value})
	}
	return append(out, t.partitions...)
}

func topicsMade(r *kmsg.CreateTopicsRequest, topics []*newTopic, code wire.ErrorCode) kmsg.Response {
	resp := r.ResponseKind().(*kmsg.CreateTopicsResponse)
	for _, t := range topics {
		if code != wire.None && t.code == wire.None {
			t.verdict = refused(code, "the topic could not be stored")
		}
		resp.Topics = append(resp.Topics, t.answer())
	}
	return resp
}

func (t *newTopic) answer() kmsg.CreateTopicsResponseTopic {
	out := kmsg.NewCreateTopicsResponseTopic()
	out.Topic, out.ErrorCode, out.ErrorMessage = t.ask.Topic, int16(t.code), t.message()
	if t.code != wire.None {
		return out
	}
	out.TopicID, out.NumPartitions, out.ReplicationFactor = t.id, int32(len(t.partitions)), t.factor
	for _, v := range t.config.Describe() {
		o := kmsg.NewCreateTopicsResponseTopicConfig()
		o.Name, o.Source, o.IsSensitive = v.Def.Name, int8(v.Source), v.Def.Sensitive()
		if !v.Null {
			o.Value = &v.Text
		}
		out.Configs = append(out.Configs, o)
	}
	return out
}
