package controller

import (
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// partitionsMax bounds the partitions one request may make, as in Kafka: they become one metadata batch.
const partitionsMax = 10_000

// collisions finds topics whose metrics would have the name of another's: names with dots or underscores that
// differ in nothing else.
type collisions map[string]string

func (c *clusterView) collisions() collisions {
	found := collisions{}
	for _, t := range c.image.Topics() {
		if strings.ContainsAny(t.Name, "._") {
			found[strings.ReplaceAll(t.Name, ".", "_")] = t.Name
		}
	}
	return found
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
	id         kafka.UUID
	count      int // of partitions
	factor     int
	replicas   [][]int32 // where the request chose them
	partitions []metadata.Record
	verdict
}

// topicRules are what every topic of one request is held against, worked out once: there may be thousands of them.
type topicRules struct {
	others   collisions
	defaults *config.Broker
	plain    *config.Topic // of topics without configs of their own; nil until there is one
}

// createTopics makes topics (KIP-4, KIP-525): those that are wrong are refused, the others are made together.
func (c *Controller) createTopics(r *kmsg.CreateTopicsRequest) Decision {
	times := map[string]int{}
	for _, ask := range r.Topics {
		times[ask.Topic]++
	}
	all, total := topicRules{others: c.view.collisions(), defaults: c.rules().defaults()}, 0
	var topics []*newTopic
	for _, ask := range r.Topics {
		n := times[ask.Topic]
		if times[ask.Topic] = 0; n == 0 { // answered already
			continue
		}
		t := &newTopic{ask: ask}
		topics = append(topics, t)
		if n > 1 {
			t.verdict = refused(kafka.InvalidRequest, "the request names topic %q %d times", ask.Topic, n)
			continue
		}
		if t.verdict = c.view.decideTopic(t, &all); t.code == kafka.None {
			total += t.count
		}
	}
	records := c.placeTopics(topics, total)
	if r.ValidateOnly {
		records = nil
	}
	return c.decision(records, func(code kafka.ErrorCode) kmsg.Response { return topicsMade(r, topics, code) })
}

// placeTopics finds replicas for the topics that are right, total partitions in all.
func (c *Controller) placeTopics(topics []*newTopic, total int) []metadata.Record {
	var records []metadata.Record
	for _, t := range topics {
		if t.code != kafka.None {
			continue
		}
		if total > partitionsMax {
			t.verdict = refused(kafka.PolicyViolation, "the request makes %d partitions; %d at a time are allowed",
				total, partitionsMax)
			continue
		}
		t.id = c.rand.UUID()
		if t.replicas != nil {
			t.partitions, t.verdict = c.view.assigned(t.id, 0, t.replicas, t.factor)
		} else {
			t.partitions, t.verdict = c.placed(t.id, 0, t.count, t.factor)
		}
		if t.code == kafka.None {
			records = append(records, t.records()...)
		}
	}
	return records
}

// decideTopic decides whether the topic may be made, in Kafka's order, and chooses what the request left open.
func (c *clusterView) decideTopic(t *newTopic, all *topicRules) verdict {
	name := t.ask.Topic
	_, there := c.image.Topic(name)
	switch text := kafka.CheckTopicName(name); {
	case name == kafka.MetadataTopic: // its directory is there already
		return refused(kafka.InvalidRequest, "topic %s is the cluster's own and cannot be created", kafka.MetadataTopic)
	case there:
		return refused(kafka.TopicAlreadyExists, "topic %q exists", name)
	case text != "":
		return refused(kafka.InvalidTopicException, "%s", text)
	case all.others.of(name) != "":
		return refused(kafka.InvalidTopicException,
			"topic %q collides with %q: dots and underscores look alike in metric names", name, all.others.of(name))
	}
	if v := all.checkTopicConfigs(t); v.code != kafka.None {
		return v
	}
	if len(t.ask.ReplicaAssignment) > 0 {
		return t.readAssignment()
	}
	return c.countTopic(t)
}

func (all *topicRules) checkTopicConfigs(t *newTopic) verdict {
	for _, o := range t.ask.Configs {
		if o.Value == nil {
			return refused(kafka.InvalidConfig, "config %s has no value", o.Name)
		}
		t.overrides = append(t.overrides, config.Entry{Name: o.Name, Value: *o.Value})
	}
	var err error
	if len(t.overrides) == 0 && all.plain != nil {
		t.config = all.plain
		return verdict{}
	}
	if t.config, err = all.defaults.Topic(t.overrides); err != nil {
		return refused(kafka.InvalidConfig, "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if len(t.overrides) == 0 {
		all.plain = t.config
	}
	return verdict{}
}

// countTopic checks and completes the numbers of a topic whose replicas the controller chooses.
func (c *clusterView) countTopic(t *newTopic) verdict {
	t.count, t.factor = int(t.ask.NumPartitions), int(t.ask.ReplicationFactor)
	switch {
	case t.factor < -1 || t.factor == 0:
		return refused(kafka.InvalidReplicationFactor,
			"replication factor %d; 1 or more is needed, or -1 for default.replication.factor", t.factor)
	case t.count < -1 || t.count == 0:
		return refused(kafka.InvalidPartitions, "%d partitions; 1 or more are needed, or -1 for num.partitions", t.count)
	}
	if t.count == -1 {
		t.count = c.cfg.Defaults.Int("num.partitions")
	}
	if t.factor == -1 {
		t.factor = c.cfg.Defaults.Int("default.replication.factor")
	}
	return verdict{}
}

// readAssignment reads the replicas the request chose.
func (t *newTopic) readAssignment() verdict {
	ask := t.ask
	if ask.NumPartitions != -1 || ask.ReplicationFactor != -1 {
		return refused(kafka.InvalidRequest,
			"replicas are assigned: num partitions and replication factor must be -1, they are %d and %d", ask.NumPartitions,
			ask.ReplicationFactor)
	}
	t.count = len(ask.ReplicaAssignment)
	t.replicas = make([][]int32, t.count)
	for _, a := range ask.ReplicaAssignment {
		if a.Partition < 0 || int(a.Partition) >= t.count || t.replicas[a.Partition] != nil {
			return refused(kafka.InvalidReplicaAssignment,
				"partitions must be numbered 0 to %d, each once; %d is not", t.count-1, a.Partition)
		}
		t.replicas[a.Partition] = append([]int32{}, a.Replicas...)
	}
	t.factor = len(t.replicas[0])
	return verdict{}
}

// records are what makes the topic.
func (t *newTopic) records() []metadata.Record {
	out := []metadata.Record{&metadata.TopicRecord{Name: t.ask.Topic, ID: t.id}}
	for _, e := range t.config.Own() {
		value := e.Value
		out = append(out, &metadata.ConfigRecord{Resource: metadata.Resource{Type: metadata.ResourceTopic,
			Name: t.ask.Topic}, Name: e.Name, Value: &value})
	}
	return append(out, t.partitions...)
}

func topicsMade(r *kmsg.CreateTopicsRequest, topics []*newTopic, code kafka.ErrorCode) kmsg.Response {
	resp := r.ResponseKind().(*kmsg.CreateTopicsResponse)
	for _, t := range topics {
		if code != kafka.None && t.code == kafka.None {
			t.verdict = refused(code, "the topic could not be stored")
		}
		resp.Topics = append(resp.Topics, t.answer(r.ValidateOnly))
	}
	return resp
}

func (t *newTopic) answer(validateOnly bool) kmsg.CreateTopicsResponseTopic {
	out := kmsg.NewCreateTopicsResponseTopic()
	out.Topic, out.ErrorCode, out.ErrorMessage = t.ask.Topic, int16(t.code), t.message()
	out.Configs = []kmsg.CreateTopicsResponseTopicConfig{} // null is for a client that may not see them
	if t.code != kafka.None {
		return out
	}
	out.NumPartitions, out.ReplicationFactor = int32(t.count), int16(t.factor)
	if !validateOnly { // else nothing has this id
		out.TopicID = t.id
	}
	for _, v := range t.config.Describe() {
		o := kmsg.NewCreateTopicsResponseTopicConfig()
		o.Name, o.Source, o.IsSensitive = v.Def.Name, int8(v.Source), v.Def.Sensitive()
		switch {
		case v.Null:
		case v.Source == config.DynamicTopic: // as in Kafka, as the request has it
			o.Value = &v.Given
		default:
			o.Value = &v.Text
		}
		out.Configs = append(out.Configs, o)
	}
	return out
}
