package describe

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/metadata"
)

// AllTopics reports whether a Metadata request is about every topic.
func AllTopics(version int16, r *kmsg.MetadataRequest) bool {
	return r.Topics == nil || version == 0 && len(r.Topics) == 0
}

// RefuseMetadata refuses a request that names topics by their ids in versions that have a field for that and cannot do
// it; nil if it need not be refused.
func RefuseMetadata(version int16, r *kmsg.MetadataRequest) *kmsg.MetadataResponse {
	if version >= 12 || !slices.ContainsFunc(r.Topics, namedByID) {
		return nil
	}
	resp := r.ResponseKind().(*kmsg.MetadataResponse)
	for _, ask := range r.Topics {
		out := kmsg.NewMetadataResponseTopic()
		out.Topic, out.TopicID, out.ErrorCode, out.AuthorizedOperations = ask.Topic, ask.TopicID, int16(kafka.InvalidRequest),
			noOperations
		if out.Topic == nil {
			out.Topic = new(string)
		}
		resp.Topics = append(resp.Topics, out)
	}
	resp.ControllerID, resp.AuthorizedOperations = -1, noOperations
	return resp
}

// namedByID reports whether a topic is asked for by its id, which versions 10 and 11 have a field for but cannot do.
func namedByID(t kmsg.MetadataRequestTopic) bool { return t.Topic == nil || t.TopicID != [16]byte{} }

// Distinct leaves out topics that are asked for twice; and if any is asked for by its id, all that are not.
func Distinct(asked []kmsg.MetadataRequestTopic) []kmsg.MetadataRequestTopic {
	type key struct {
		name string
		id   [16]byte
	}
	byID := slices.ContainsFunc(asked, func(t kmsg.MetadataRequestTopic) bool { return t.TopicID != [16]byte{} })
	seen := make(map[key]bool, len(asked))
	return slices.DeleteFunc(asked, func(t kmsg.MetadataRequestTopic) bool {
		k := key{id: t.TopicID}
		if t.Topic != nil && !byID {
			k.name = *t.Topic
		}
		twice := seen[k] || byID && t.TopicID == [16]byte{}
		seen[k] = true
		return twice
	})
}

// Missing lists the topics that a Metadata request names, that do not exist, and whose names are legal.
func (c *Cluster) Missing(r *kmsg.MetadataRequest) (names []string) {
	for _, t := range r.Topics {
		if t.Topic != nil && t.TopicID == [16]byte{} && !c.HasTopic(*t.Topic) && kafka.CheckTopicName(*t.Topic) == "" {
			names = append(names, *t.Topic)
		}
	}
	return names
}

// Metadata describes every topic, or those that the request names.
func (c *Cluster) Metadata(from From, r *kmsg.MetadataRequest) *kmsg.MetadataResponse {
	if AllTopics(from.Version, r) {
		return c.MetadataOf(from, r, c.Image.Topics())
	}
	resp := c.MetadataOf(from, r, nil)
	for _, ask := range r.Topics {
		resp.Topics = append(resp.Topics, c.askedTopic(from, ask, r.IncludeTopicAuthorizedOperations))
	}
	return resp
}

// MetadataOf describes the cluster and these topics.
func (c *Cluster) MetadataOf(from From, r *kmsg.MetadataRequest, topics []*metadata.Topic) *kmsg.MetadataResponse {
	resp := r.ResponseKind().(*kmsg.MetadataResponse)
	id := c.ID
	resp.ClusterID, resp.ControllerID = &id, int32(c.Self) // any broker forwards what is the controller's
	for _, r := range c.Image.Brokers() {
		if at, ok := c.Alive(r.ID, from.Listener); ok {
			out := kmsg.NewMetadataResponseBroker()
			out.NodeID, out.Host, out.Port, out.Rack = int32(r.ID), at.Host, int32(at.Port), r.Rack
			resp.Brokers = append(resp.Brokers, out)
		}
	}
	resp.AuthorizedOperations = noOperations
	if r.IncludeClusterAuthorizedOperations {
		resp.AuthorizedOperations = clusterOperations
	}
	for _, t := range topics {
		resp.Topics = append(resp.Topics, c.topic(from, t, r.IncludeTopicAuthorizedOperations))
	}
	return resp
}

// askedTopic describes a topic that the request named, or why it cannot be described.
func (c *Cluster) askedTopic(from From, ask kmsg.MetadataRequestTopic, operations bool) kmsg.MetadataResponseTopic {
	missing := kmsg.NewMetadataResponseTopic()
	missing.AuthorizedOperations = noOperations
	if operations {
		missing.AuthorizedOperations = topicOperations
	}
	if ask.TopicID != [16]byte{} {
		if t, ok := c.Image.TopicByID(ask.TopicID); ok {
			return c.topic(from, t, operations)
		}
		missing.TopicID, missing.ErrorCode, missing.AuthorizedOperations = ask.TopicID, int16(kafka.UnknownTopicID),
			noOperations
		return missing
	}
	name := ""
	if ask.Topic != nil {
		name = *ask.Topic
	}
	if t, ok := c.Image.Topic(name); ok {
		return c.topic(from, t, operations)
	}
	missing.Topic, missing.IsInternal = &name, kafka.IsInternalTopic(name)
	missing.ErrorCode = int16(unknownTopic(name))
	return missing
}

// unknownTopic is the error for a topic that does not exist.
func unknownTopic(name string) kafka.ErrorCode {
	if kafka.CheckTopicName(name) != "" {
		return kafka.InvalidTopicException
	}
	return kafka.UnknownTopicOrPartition
}

func (c *Cluster) topic(from From, t *metadata.Topic, operations bool) kmsg.MetadataResponseTopic {
	out := kmsg.NewMetadataResponseTopic()
	name := t.Name
	out.Topic, out.TopicID, out.IsInternal, out.AuthorizedOperations = &name, t.ID, kafka.IsInternalTopic(t.Name),
		noOperations
	if operations {
		out.AuthorizedOperations = topicOperations
	}
	for _, p := range t.Partitions() {
		d, code := c.partition(t, p, from.Listener)
		if d.ErrorCode = int16(code); code == kafka.ListenerNotFound && from.Version < 6 {
			d.ErrorCode = int16(kafka.LeaderNotAvailable)
		}
		out.Partitions = append(out.Partitions, d)
	}
	return out
}

// partition describes a partition to a client that came by a listener, and why it cannot go to the leader.
func (c *Cluster) partition(t *metadata.Topic, p *metadata.Partition,
	listener string) (kmsg.MetadataResponseTopicPartition, kafka.ErrorCode) {
	out := kmsg.NewMetadataResponseTopicPartition()
	out.Partition, out.Leader, out.LeaderEpoch = int32(p.Partition), int32(p.Leader), int32(p.LeaderEpoch)
	out.Replicas, out.ISR, out.OfflineReplicas = nodes(p.Replicas), nodes(p.ISR), []int32{}
	here := c.Local.Fenced(kafka.TopicPartition{Topic: t.Name, Partition: p.Partition})
	for _, id := range p.Replicas {
		if _, ok := c.Alive(id, listener); !ok || here && id == c.Self {
			out.OfflineReplicas = append(out.OfflineReplicas, int32(id))
		}
	}
	if _, ok := c.Alive(p.Leader, listener); ok && !(here && p.Leader == c.Self) {
		return out, kafka.None
	}
	out.Leader = -1
	if r, ok := c.Image.Broker(p.Leader); ok && !r.Fenced && !(here && p.Leader == c.Self) {
		return out, kafka.ListenerNotFound
	}
	if here && p.Leader == c.Self {
		return out, kafka.KafkaStorageError // Kafka: LEADER_NOT_AVAILABLE, which promises an election to come
	}
	return out, kafka.LeaderNotAvailable
}
