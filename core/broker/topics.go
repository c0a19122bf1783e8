package broker

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/wire"
)

// topicNameMax is Kafka's bound on a topic's name, so that its directory has a legal name.
const topicNameMax = 249

// partitionsMax bounds the partitions one request may make.
const partitionsMax = 10_000

// checkTopicName says what is wrong with a name for a new topic, "" if nothing is.
func checkTopicName(name string) string {
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

func (b *Broker) hasTopic(name string) bool {
	_, ok := b.image.Topic(name)
	return ok
}

// collision finds a topic whose metrics could not be told from the new one's: names that differ only in dots
// and underscores (KAFKA-5098).
func (b *Broker) collision(name string) string {
	if !strings.ContainsAny(name, "._") {
		return ""
	}
	for _, t := range b.image.Topics() {
		if strings.ReplaceAll(t.Name, ".", "_") == strings.ReplaceAll(name, ".", "_") {
			return t.Name
		}
	}
	return ""
}

// internal reports whether the topic is the broker's own.
func (b *Broker) internal(name string) bool { return name == offsetsTopic }

// newTopic is a topic to be made, and how that ended.
type newTopic struct {
	name       string
	partitions int32
	factor     int16
	assigned   []kmsg.CreateTopicsRequestTopicReplicaAssignment
	overrides  []config.Entry
	id         env.UUID
	code       wire.ErrorCode
	text       string
}

func (t *newTopic) refuse(code wire.ErrorCode, format string, args ...any) {
	t.code, t.text = code, fmt.Sprintf(format, args...)
}

// check decides whether the topic may be made, and fills in what the request left to the broker.
func (t *newTopic) check(b *Broker) {
	switch text := checkTopicName(t.name); {
	case text != "":
		t.refuse(wire.InvalidTopicException, "%s", text)
		return
	case b.hasTopic(t.name):
		t.refuse(wire.TopicAlreadyExists, "topic %q exists", t.name)
		return
	}
	if other := b.collision(t.name); other != "" {
		t.refuse(wire.InvalidTopicException, "topic %q collides with %q: dots and underscores look alike in metric names", t.name, other)
		return
	}
	if t.checkPlacement(b); t.code != wire.None {
		return
	}
	if _, err := b.config.Topic(t.overrides); err != nil {
		t.refuse(wire.InvalidConfig, "%v", err)
	}
}

func (t *newTopic) checkPlacement(b *Broker) {
	if len(t.assigned) > 0 {
		t.checkAssignment(b)
		return
	}
	if t.partitions == -1 {
		t.partitions = int32(b.config.Int("num.partitions"))
	}
	if t.factor == -1 {
		t.factor = int16(b.config.Int("default.replication.factor"))
	}
	switch {
	case t.partitions < 1 || t.partitions > partitionsMax:
		t.refuse(wire.InvalidPartitions, "%d partitions; from 1 to %d are allowed", t.partitions, partitionsMax)
	case t.factor < 1:
		t.refuse(wire.InvalidReplicationFactor, "replication factor %d; 1 or more is needed", t.factor)
	case t.factor > 1:
		t.refuse(wire.InvalidReplicationFactor, "replication factor %d, but the cluster has 1 broker", t.factor)
	}
}

// checkAssignment checks replicas the request chose itself.
func (t *newTopic) checkAssignment(b *Broker) {
	if t.partitions != -1 || t.factor != -1 {
		t.refuse(wire.InvalidRequest, "replicas are assigned: num partitions and replication factor must be -1, they are %d and %d", t.partitions, t.factor)
		return
	}
	t.partitions, t.factor = int32(len(t.assigned)), 1
	seen := make([]bool, len(t.assigned))
	for _, a := range t.assigned {
		switch {
		case a.Partition < 0 || int(a.Partition) >= len(seen) || seen[a.Partition]:
			t.refuse(wire.InvalidReplicaAssignment, "partitions must be numbered 0 to %d, each once; %d is not", len(seen)-1, a.Partition)
			return
		case len(a.Replicas) != 1 || env.NodeID(a.Replicas[0]) != b.id:
			t.refuse(wire.InvalidReplicaAssignment, "partition %d on brokers %v, but the cluster has only broker %d", a.Partition, a.Replicas, b.id)
			return
		}
		seen[a.Partition] = true
	}
}

// records are what makes the topic.
func (t *newTopic) records(b *Broker) []metadata.Record {
	t.id = b.uuids.UUID()
	out := []metadata.Record{&metadata.TopicRecord{Name: t.name, ID: t.id}}
	for _, e := range t.overrides {
		value := e.Value
		out = append(out, &metadata.ConfigRecord{Resource: metadata.Resource{Type: metadata.ResourceTopic, Name: t.name}, Name: e.Name, Value: &value})
	}
	for i := range t.partitions {
		out = append(out, b.newPartition(t.id, env.PartitionID(i)))
	}
	return out
}

func (b *Broker) newPartition(topic env.UUID, p env.PartitionID) *metadata.PartitionRecord {
	me := []env.NodeID{b.id}
	return &metadata.PartitionRecord{Partition: p, Topic: topic, Replicas: me, ISR: me, Leader: b.id, Directories: []env.UUID{b.dirID}}
}

// createTopics makes topics for a client (KIP-4, KIP-525).
func (b *Broker) createTopics(now env.Now, s *slot, r *kmsg.CreateTopicsRequest) {
	c := &topicCreation{broker: b, validateOnly: r.ValidateOnly}
	for _, in := range r.Topics {
		t := &newTopic{name: in.Topic, partitions: in.NumPartitions, factor: in.ReplicationFactor, assigned: in.ReplicaAssignment}
		for _, o := range in.Configs {
			if o.Value != nil {
				t.overrides = append(t.overrides, config.Entry{Name: o.Name, Value: *o.Value})
			}
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
	var records []metadata.Record
	times := map[string]int{}
	for _, t := range c.topics {
		times[t.name]++
	}
	for _, t := range c.topics {
		if times[t.name] > 1 {
			t.refuse(wire.InvalidRequest, "the request names topic %q %d times", t.name, times[t.name])
			continue
		}
		if t.check(c.broker); t.code == wire.None && !c.validateOnly {
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
	made   []*newTopic
	then   func(now env.Now)
}

func (c *autoCreate) decide(env.Now) []metadata.Record {
	var records []metadata.Record
	for _, name := range c.names {
		t := &newTopic{name: name, partitions: -1, factor: -1}
		if c.broker.internal(name) {
			t = c.broker.offsetsTopicSpec()
		}
		if t.check(c.broker); t.code == wire.None {
			records = append(records, t.records(c.broker)...)
		}
	}
	return records
}

func (c *autoCreate) applied(now env.Now, _ wire.ErrorCode) { c.then(now) }

// offsetsTopicSpec is __consumer_offsets as Kafka makes it.
func (b *Broker) offsetsTopicSpec() *newTopic {
	return &newTopic{name: offsetsTopic, partitions: int32(b.config.Int("offsets.topic.num.partitions")), factor: 1,
		overrides: []config.Entry{
			{Name: "cleanup.policy", Value: "compact"},
			{Name: "compression.type", Value: "producer"},
			{Name: "segment.bytes", Value: fmt.Sprint(b.config.Int("offsets.topic.segment.bytes"))},
		}}
}

// deleteTopics removes topics by name, or by id from version 6 on.
func (b *Broker) deleteTopics(now env.Now, s *slot, r *kmsg.DeleteTopicsRequest) {
	d := &topicDeletion{broker: b}
	for _, name := range r.TopicNames {
		d.topics = append(d.topics, &deadTopic{name: &name})
	}
	for _, t := range r.Topics {
		d.topics = append(d.topics, &deadTopic{name: t.Topic, id: t.TopicID})
	}
	d.then = func() { b.reply(s, d.response(r)) }
	b.change(now, d)
}

// deadTopic is a topic to be removed, and how that ended.
type deadTopic struct {
	name *string
	id   env.UUID
	code wire.ErrorCode
	text string
}

type topicDeletion struct {
	broker *Broker
	topics []*deadTopic
	then   func()
}

func (d *topicDeletion) decide(env.Now) []metadata.Record {
	var records []metadata.Record
	gone := map[env.UUID]bool{}
	for _, t := range d.topics {
		if t.resolve(d.broker); t.code != wire.None {
			continue
		}
		if gone[t.id] {
			t.code, t.text = wire.InvalidRequest, "the request names this topic twice"
			continue
		}
		gone[t.id] = true
		records = append(records, &metadata.RemoveTopic{ID: t.id})
	}
	return records
}

// resolve finds the topic by whichever of name and id the request gave.
func (t *deadTopic) resolve(b *Broker) {
	var found *metadata.Topic
	switch {
	case t.name != nil && t.id != env.UUID{}:
		t.code, t.text = wire.InvalidRequest, "a topic is named by its name or its id, not both"
		return
	case !b.config.Bool("delete.topic.enable"):
		t.code, t.text = wire.TopicDeletionDisabled, "delete.topic.enable is false"
		return
	case t.name != nil:
		found, _ = b.image.Topic(*t.name)
	default:
		found, _ = b.image.TopicByID(t.id)
	}
	switch {
	case found != nil:
		t.id = found.ID
		name := found.Name
		t.name = &name
	case t.name != nil:
		t.code, t.text = wire.UnknownTopicOrPartition, fmt.Sprintf("topic %q does not exist", *t.name)
	default:
		t.code, t.text = wire.UnknownTopicID, fmt.Sprintf("no topic has id %s", t.id)
	}
}

func (d *topicDeletion) applied(_ env.Now, code wire.ErrorCode) {
	for _, t := range d.topics {
		if code != wire.None && t.code == wire.None {
			t.code, t.text = code, "the removal could not be stored"
		}
	}
	d.then()
}

func (d *topicDeletion) response(r *kmsg.DeleteTopicsRequest) kmsg.Response {
	resp := r.ResponseKind().(*kmsg.DeleteTopicsResponse)
	for _, t := range d.topics {
		out := kmsg.NewDeleteTopicsResponseTopic()
		out.Topic, out.TopicID, out.ErrorCode = t.name, t.id, int16(t.code)
		if t.code != wire.None {
			out.ErrorMessage = &t.text
		}
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}

// createPartitions adds partitions to topics (KIP-195).
func (b *Broker) createPartitions(now env.Now, s *slot, r *kmsg.CreatePartitionsRequest) {
	b.change(now, &partitionCreation{broker: b, request: r, answers: r.ResponseKind().(*kmsg.CreatePartitionsResponse),
		then: func(resp kmsg.Response) { b.reply(s, resp) }})
}

type partitionCreation struct {
	broker  *Broker
	request *kmsg.CreatePartitionsRequest
	answers *kmsg.CreatePartitionsResponse
	then    func(kmsg.Response)
}

func (c *partitionCreation) decide(env.Now) []metadata.Record {
	var records []metadata.Record
	var seen []string
	for _, t := range c.request.Topics {
		out := kmsg.NewCreatePartitionsResponseTopic()
		out.Topic = t.Topic
		more, code, text := c.more(t)
		if slices.Contains(seen, t.Topic) {
			more, code, text = nil, wire.InvalidRequest, "the request names this topic twice"
		}
		seen = append(seen, t.Topic)
		if out.ErrorCode = int16(code); code != wire.None {
			out.ErrorMessage = &text
		}
		c.answers.Topics = append(c.answers.Topics, out)
		if !c.request.ValidateOnly {
			records = append(records, more...)
		}
	}
	return records
}

// more decides the partitions to add to one topic.
func (c *partitionCreation) more(t kmsg.CreatePartitionsRequestTopic) ([]metadata.Record, wire.ErrorCode, string) {
	topic, ok := c.broker.image.Topic(t.Topic)
	if !ok {
		return nil, wire.UnknownTopicOrPartition, fmt.Sprintf("topic %q does not exist", t.Topic)
	}
	have, want := len(topic.Partitions()), int(t.Count)
	switch {
	case want == have:
		return nil, wire.InvalidPartitions, fmt.Sprintf("topic has %d partitions already", have)
	case want < have:
		return nil, wire.InvalidPartitions, fmt.Sprintf("topic has %d partitions; %d would be fewer, and partitions cannot be taken away", have, want)
	case want-have > partitionsMax || want > math.MaxInt32:
		return nil, wire.InvalidPartitions, fmt.Sprintf("%d more partitions; %d at a time are allowed", want-have, partitionsMax)
	case len(t.Assignment) > 0 && len(t.Assignment) != want-have:
		return nil, wire.InvalidReplicaAssignment, fmt.Sprintf("replicas of %d partitions are assigned, %d are new", len(t.Assignment), want-have)
	}
	for _, a := range t.Assignment {
		if len(a.Replicas) != 1 || env.NodeID(a.Replicas[0]) != c.broker.id {
			return nil, wire.InvalidReplicaAssignment, fmt.Sprintf("replicas %v, but the cluster has only broker %d", a.Replicas, c.broker.id)
		}
	}
	var records []metadata.Record
	for p := have; p < want; p++ {
		records = append(records, c.broker.newPartition(topic.ID, env.PartitionID(p)))
	}
	return records, wire.None, ""
}

func (c *partitionCreation) applied(_ env.Now, code wire.ErrorCode) {
	for i := range c.answers.Topics {
		if t := &c.answers.Topics[i]; code != wire.None && t.ErrorCode == 0 {
			t.ErrorCode = int16(code)
		}
	}
	c.then(c.answers)
}
