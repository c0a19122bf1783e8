package broker

import (
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/controller"
	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// noOperations is what authorized-operations fields hold when nobody asked.
const noOperations = -1 << 31

// The ACL operations a client may do to a topic and to the cluster while there is no authorizer: all that apply,
// as bits numbered by AclOperation.
const (
	topicOperations   = 1<<3 | 1<<4 | 1<<5 | 1<<6 | 1<<7 | 1<<8 | 1<<10 | 1<<11
	clusterOperations = 1<<5 | 1<<7 | 1<<8 | 1<<9 | 1<<10 | 1<<11 | 1<<12
)

// metadata describes the cluster, and has topics created that are asked for and do not exist: the client asks again until
// they do, as with Kafka.
func (b *Broker) metadata(now env.Now, s *slot, r *kmsg.MetadataRequest) {
	if s.version < 12 && slices.ContainsFunc(r.Topics, namesByID) {
		b.refuseMetadata(s, r)
		return
	}
	r.Topics = distinct(r.Topics)
	missing := b.toCreate(s, r)
	if !allTopics(s, r) || !b.allInParts(now, s, r) {
		b.answerMetadata(s, r)
	}
	if missing = b.creating.begin(missing); len(missing) > 0 {
		b.makeTopics(now, missing, func(env.Now) { b.creating.end(missing) })
	}
}

// allTopics reports whether the request is about every topic.
func allTopics(s *slot, r *kmsg.MetadataRequest) bool {
	return r.Topics == nil || s.version == 0 && len(r.Topics) == 0
}

// allInParts answers with every topic over several Steps, where there are many partitions.
func (b *Broker) allInParts(now env.Now, s *slot, r *kmsg.MetadataRequest) bool {
	left := b.image.Topics()
	if n, _ := topicsOfPart(left); n == len(left) {
		return false
	}
	return b.inParts(now, s, 0, func() func(env.Now) {
		n, units := topicsOfPart(left)
		if n == 0 {
			return nil
		}
		topics := left[:n]
		left = left[n:]
		return func(env.Now) {
			b.work.units += units
			b.reply(s, b.metadataOf(s, r, topics))
		}
	})
}

// topicsOfPart is how many of the topics make one part of an answer, and what they cost.
func topicsOfPart(topics []*metadata.Topic) (n, units int) {
	for ; n < len(topics) && units < partElements; n++ {
		units += 1 + len(topics[n].Partitions())
	}
	return n, units
}

// namesByID says whether a topic is asked for by its id, which versions 10 and 11 have a field for but cannot do.
func namesByID(t kmsg.MetadataRequestTopic) bool { return t.Topic == nil || t.TopicID != [16]byte{} }

func (b *Broker) refuseMetadata(s *slot, r *kmsg.MetadataRequest) {
	resp := r.ResponseKind().(*kmsg.MetadataResponse)
	for _, ask := range r.Topics {
		out := kmsg.NewMetadataResponseTopic()
		out.Topic, out.TopicID, out.ErrorCode, out.AuthorizedOperations = ask.Topic, ask.TopicID, int16(wire.InvalidRequest), noOperations
		if out.Topic == nil {
			out.Topic = new(string)
		}
		resp.Topics = append(resp.Topics, out)
	}
	resp.ControllerID, resp.AuthorizedOperations = -1, noOperations
	b.reply(s, resp)
}

// distinct leaves out topics that are asked for twice; and if any is asked for by its id, all that are not.
func distinct(asked []kmsg.MetadataRequestTopic) []kmsg.MetadataRequestTopic {
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

// autoCreateMax is how many topics a request may name for any of them to be made: above it the controller refuses to make
// them in one request, as in Kafka.
const autoCreateMax = 10_000

// toCreate lists the topics that the request would have made.
func (b *Broker) toCreate(s *slot, r *kmsg.MetadataRequest) []string {
	if s.version >= 4 && !r.AllowAutoTopicCreation || !b.config.Bool("auto.create.topics.enable") || s.parts != nil && s.parts.elements > autoCreateMax {
		return nil
	}
	var missing []string
	for _, t := range r.Topics {
		if t.Topic != nil && t.TopicID == [16]byte{} && !b.hasTopic(*t.Topic) && controller.CheckTopicName(*t.Topic) == "" {
			missing = append(missing, *t.Topic)
		}
	}
	return missing
}

// answerMetadata describes every topic, or those that the request names.
func (b *Broker) answerMetadata(s *slot, r *kmsg.MetadataRequest) {
	if allTopics(s, r) {
		b.reply(s, b.metadataOf(s, r, b.image.Topics()))
		return
	}
	resp := b.metadataOf(s, r, nil)
	for _, ask := range r.Topics {
		resp.Topics = append(resp.Topics, b.askedTopic(s, ask, r.IncludeTopicAuthorizedOperations))
	}
	b.reply(s, resp)
}

// metadataOf describes the cluster and these topics.
func (b *Broker) metadataOf(s *slot, r *kmsg.MetadataRequest, topics []*metadata.Topic) *kmsg.MetadataResponse {
	resp := r.ResponseKind().(*kmsg.MetadataResponse)
	id := b.dir.ClusterID()
	resp.ClusterID, resp.ControllerID = &id, int32(b.id) // any broker forwards what is the controller's
	for _, r := range b.image.Brokers() {
		if at, ok := b.alive(r.ID, s.conn.listener); ok {
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
		resp.Topics = append(resp.Topics, b.describeTopic(s, t, r.IncludeTopicAuthorizedOperations))
	}
	return resp
}

func (b *Broker) topicNames() []string {
	var names []string
	for _, t := range b.image.Topics() {
		names = append(names, t.Name)
	}
	return names
}

func (b *Broker) rack() *string {
	if b.config.IsNull("broker.rack") {
		return nil
	}
	rack := b.config.Text("broker.rack")
	return &rack
}

// askedTopic describes a topic the request named, or says what is wrong with it.
func (b *Broker) askedTopic(s *slot, ask kmsg.MetadataRequestTopic, operations bool) kmsg.MetadataResponseTopic {
	missing := kmsg.NewMetadataResponseTopic()
	missing.AuthorizedOperations = noOperations
	if operations {
		missing.AuthorizedOperations = topicOperations
	}
	if ask.TopicID != [16]byte{} {
		if t, ok := b.image.TopicByID(ask.TopicID); ok {
			return b.describeTopic(s, t, operations)
		}
		missing.TopicID, missing.ErrorCode, missing.AuthorizedOperations = ask.TopicID, int16(wire.UnknownTopicID), noOperations
		return missing
	}
	name := ""
	if ask.Topic != nil {
		name = *ask.Topic
	}
	if t, ok := b.image.Topic(name); ok {
		return b.describeTopic(s, t, operations)
	}
	missing.Topic, missing.IsInternal = &name, internalTopic(name)
	missing.ErrorCode = int16(wire.UnknownTopicOrPartition)
	if controller.CheckTopicName(name) != "" {
		missing.ErrorCode = int16(wire.InvalidTopicException)
	}
	return missing
}

func (b *Broker) describeTopic(s *slot, t *metadata.Topic, operations bool) kmsg.MetadataResponseTopic {
	out := kmsg.NewMetadataResponseTopic()
	name := t.Name
	out.Topic, out.TopicID, out.IsInternal, out.AuthorizedOperations = &name, t.ID, internalTopic(t.Name), noOperations
	if operations {
		out.AuthorizedOperations = topicOperations
	}
	for _, p := range t.Partitions() {
		d, code := b.describePartition(t, p, s.conn.listener)
		if d.ErrorCode = int16(code); code == wire.ListenerNotFound && s.version < 6 {
			d.ErrorCode = int16(wire.LeaderNotAvailable)
		}
		out.Partitions = append(out.Partitions, d)
	}
	return out
}

// describePartition describes a partition to a client that came by a listener, and why it cannot go to the leader.
func (b *Broker) describePartition(t *metadata.Topic, p *metadata.Partition, listener string) (kmsg.MetadataResponseTopicPartition, wire.ErrorCode) {
	out := kmsg.NewMetadataResponseTopicPartition()
	out.Partition, out.Leader, out.LeaderEpoch = int32(p.Partition), int32(p.Leader), int32(p.LeaderEpoch)
	out.Replicas, out.ISR, out.OfflineReplicas = nodes(p.Replicas), nodes(p.ISR), []int32{}
	here := b.fencedHere(env.TopicPartition{Topic: t.Name, Partition: p.Partition})
	for _, id := range p.Replicas {
		if _, ok := b.alive(id, listener); !ok || here && id == b.id {
			out.OfflineReplicas = append(out.OfflineReplicas, int32(id))
		}
	}
	if _, ok := b.alive(p.Leader, listener); ok && !(here && p.Leader == b.id) {
		return out, wire.None
	}
	out.Leader = -1
	if r, ok := b.image.Broker(p.Leader); ok && !r.Fenced && !(here && p.Leader == b.id) {
		return out, wire.ListenerNotFound
	}
	if here && p.Leader == b.id {
		return out, wire.KafkaStorageError // Kafka: LEADER_NOT_AVAILABLE, which promises an election to come
	}
	return out, wire.LeaderNotAvailable
}

// fencedHere reports whether this broker's disk failed for the partition, so that it does not lead it whatever the
// image says.
func (b *Broker) fencedHere(tp env.TopicPartition) bool {
	p := b.parts[tp]
	return p != nil && p.log.State() == seglog.Fenced
}

// fullHere reports whether this broker's disk has no space for the partition: it leads it, and appends nothing.
func (b *Broker) fullHere(tp env.TopicPartition) bool {
	p := b.parts[tp]
	return p != nil && p.log.State() == seglog.Full
}

func nodes(ids []env.NodeID) []int32 {
	out := make([]int32, len(ids))
	for i, id := range ids {
		out[i] = int32(id)
	}
	return out
}

func (b *Broker) describeCluster(s *slot, r *kmsg.DescribeClusterRequest) {
	resp := r.ResponseKind().(*kmsg.DescribeClusterResponse)
	resp.ControllerID, resp.EndpointType, resp.ClusterAuthorizedOperations = -1, 1, noOperations
	kind, on := int8(brokerEndpoints), wire.OnBroker
	if s.version >= 1 {
		kind = r.EndpointType
	}
	if kind == controllerEndpoints {
		on = wire.OnController
	}
	switch {
	case kind != brokerEndpoints && kind != controllerEndpoints:
		text := fmt.Sprintf("endpoint type %d; there are the brokers' (1) and the controllers' (2)", kind)
		resp.ErrorCode, resp.ErrorMessage = int16(wire.UnsupportedEndpointType), &text
	case s.conn.on&on == 0:
		text := "the brokers' endpoints (1) are told on brokers' listeners, the controllers' (2) on controllers'"
		resp.ErrorCode, resp.ErrorMessage = int16(wire.MismatchedEndpointType), &text
	case kind == controllerEndpoints:
		b.describeControllers(resp)
	default:
		b.describeBrokers(resp, s.conn.listener, r.IncludeFencedBrokers)
	}
	if resp.ErrorCode == int16(wire.None) {
		b.identify(resp, r.IncludeClusterAuthorizedOperations)
	}
	b.reply(s, resp)
}

// identify fills in what an answer without an error has about the cluster as a whole.
func (b *Broker) identify(resp *kmsg.DescribeClusterResponse, operations bool) {
	resp.ClusterID, resp.ControllerID = b.dir.ClusterID(), int32(b.id)
	if operations {
		resp.ClusterAuthorizedOperations = clusterOperations
	}
}

// The kinds of endpoints that DescribeCluster may ask for (KIP-919).
const (
	brokerEndpoints     = 1
	controllerEndpoints = 2
)

func (b *Broker) describeBrokers(resp *kmsg.DescribeClusterResponse, listener string, withFenced bool) {
	for _, r := range b.image.Brokers() {
		at, ok := r.Endpoint(listener)
		if !ok || r.Fenced && !withFenced {
			continue
		}
		out := kmsg.NewDescribeClusterResponseBroker()
		out.NodeID, out.Host, out.Port, out.Rack, out.IsFenced = int32(r.ID), at.Host, int32(at.Port), r.Rack, r.Fenced
		resp.Brokers = append(resp.Brokers, out)
	}
}

func (b *Broker) describeControllers(resp *kmsg.DescribeClusterResponse) {
	resp.EndpointType, resp.ControllerID = controllerEndpoints, int32(b.quorum.leader)
	for _, v := range b.voters {
		out := kmsg.NewDescribeClusterResponseBroker()
		out.NodeID, out.Host, out.Port = int32(v.ID), v.Host, int32(v.Port)
		resp.Brokers = append(resp.Brokers, out)
	}
}

// describeTopicPartitions pages through partitions, topics in the order of their names (KIP-966).
func (b *Broker) describeTopicPartitions(s *slot, r *kmsg.DescribeTopicPartitionsRequest) {
	resp := r.ResponseKind().(*kmsg.DescribeTopicPartitionsResponse)
	names, from, ok := b.topicsFrom(r)
	if !ok {
		b.refuseTopicPartitions(s, r)
		return
	}
	left := max(min(int(r.ResponsePartitionLimit), b.config.Int("max.request.partition.size.limit")), 1)
	for _, name := range names {
		if left == 0 {
			resp.NextCursor = cursorAt(name, 0)
			break
		}
		out, next := b.describeFrom(s.conn.listener, name, from, left)
		resp.Topics = append(resp.Topics, out)
		if from, left = 0, left-len(out.Partitions); next >= 0 {
			resp.NextCursor = cursorAt(name, next)
			break
		}
	}
	b.reply(s, resp)
}

// topicsFrom lists the topics to describe, from the cursor on, and the partition to begin with in the first; not
// ok if the cursor makes no sense.
func (b *Broker) topicsFrom(r *kmsg.DescribeTopicPartitionsRequest) (names []string, from int, ok bool) {
	for _, t := range r.Topics {
		names = append(names, t.Topic)
	}
	if len(r.Topics) == 0 {
		names = b.topicNames()
	}
	slices.Sort(names)
	names = slices.Compact(names)
	c := r.Cursor
	if c == nil {
		return names, 0, true
	}
	at, found := slices.BinarySearch(names, c.Topic)
	if c.Partition < 0 || !found && len(r.Topics) > 0 {
		return nil, 0, false
	}
	if found {
		from = int(c.Partition)
	}
	return names[at:], from, true
}

func (b *Broker) refuseTopicPartitions(s *slot, r *kmsg.DescribeTopicPartitionsRequest) {
	resp := r.ResponseKind().(*kmsg.DescribeTopicPartitionsResponse)
	for _, t := range r.Topics {
		out := kmsg.NewDescribeTopicPartitionsResponseTopic()
		out.Topic, out.ErrorCode, out.AuthorizedOperations = &t.Topic, int16(wire.InvalidRequest), noOperations
		resp.Topics = append(resp.Topics, out)
	}
	b.reply(s, resp)
}

func cursorAt(name string, partition int) *kmsg.DescribeTopicPartitionsResponseNextCursor {
	c := kmsg.NewDescribeTopicPartitionsResponseNextCursor()
	c.Topic, c.Partition = name, int32(partition)
	return &c
}

// describeFrom describes up to limit partitions of a topic; next is where to go on, -1 if there is no more.
func (b *Broker) describeFrom(listener, name string, from, limit int) (out kmsg.DescribeTopicPartitionsResponseTopic, next int) {
	out = kmsg.NewDescribeTopicPartitionsResponseTopic()
	out.Topic, out.AuthorizedOperations, out.IsInternal = &name, topicOperations, internalTopic(name)
	t, ok := b.image.Topic(name)
	if !ok {
		out.ErrorCode = int16(wire.UnknownTopicOrPartition)
		if controller.CheckTopicName(name) != "" {
			out.ErrorCode = int16(wire.InvalidTopicException)
		}
		return out, -1
	}
	out.TopicID = t.ID
	for i := from; i < len(t.Partitions()); i++ {
		if len(out.Partitions) == limit {
			return out, i
		}
		d, _ := b.describePartition(t, t.Partitions()[i], listener)
		p := kmsg.NewDescribeTopicPartitionsResponseTopicPartition()
		p.Partition, p.LeaderID, p.LeaderEpoch = d.Partition, d.Leader, d.LeaderEpoch
		p.Replicas, p.ISR, p.OfflineReplicas = d.Replicas, d.ISR, d.OfflineReplicas
		p.EligibleLeaderReplicas, p.LastKnownELR = nodes(t.Partitions()[i].EligibleLeaderReplicas), nodes(t.Partitions()[i].LastKnownELR)
		out.Partitions = append(out.Partitions, p)
	}
	return out, -1
}

// describeLogDirs reports what each log takes on disk (KIP-113), and how large the disk is (KIP-827).
func (b *Broker) describeLogDirs(s *slot, r *kmsg.DescribeLogDirsRequest) {
	resp := r.ResponseKind().(*kmsg.DescribeLogDirsResponse)
	dir := kmsg.NewDescribeLogDirsResponseDir()
	dir.Dir = b.logDir()
	asked := map[string][]int32{}
	for _, t := range r.Topics {
		asked[t.Topic] = append(asked[t.Topic], t.Partitions...)
	}
	for _, t := range b.image.Topics() {
		slices.Sort(asked[t.Name])
		if t := b.logSizes(t, asked[t.Name], r.Topics == nil); len(t.Partitions) > 0 {
			dir.Topics = append(dir.Topics, t)
		}
	}
	t := s.ticket
	b.dir.Space(func(_ env.Now, space env.Space, ok bool) {
		dir.TotalBytes, dir.UsableBytes = -1, -1
		if ok {
			dir.TotalBytes, dir.UsableBytes = space.Total, space.Usable
		}
		resp.Dirs = append(resp.Dirs, dir)
		b.replyTo(t, resp)
	})
}

func (b *Broker) logDir() string {
	if dirs := b.config.LogDirs(); len(dirs) > 0 {
		return dirs[0]
	}
	return "."
}

// logSizes tells the sizes of a topic's logs: of those asked for, a sorted list, or of all.
func (b *Broker) logSizes(t *metadata.Topic, asked []int32, all bool) kmsg.DescribeLogDirsResponseDirTopic {
	out := kmsg.NewDescribeLogDirsResponseDirTopic()
	out.Topic = t.Name
	for _, state := range t.Partitions() {
		i := int32(state.Partition)
		p := b.parts[env.TopicPartition{Topic: t.Name, Partition: state.Partition}]
		if _, found := slices.BinarySearch(asked, i); p == nil || !all && !found {
			continue
		}
		o := kmsg.NewDescribeLogDirsResponseDirTopicPartition()
		o.Partition, o.Size = i, int64(p.log.Size())
		out.Partitions = append(out.Partitions, o)
	}
	return out
}

// producersMax bounds the producers listed in one answer.
const producersMax = 100_000

// describeProducers tells the idempotent producers a log remembers (KIP-664).
func (b *Broker) describeProducers(s *slot, r *kmsg.DescribeProducersRequest) {
	resp := r.ResponseKind().(*kmsg.DescribeProducersResponse)
	listed := s.listed()
	for _, t := range r.Topics {
		out := kmsg.NewDescribeProducersResponseTopic()
		out.Topic = t.Topic
		for _, n := range t.Partitions {
			p := b.producersOf(env.TopicPartition{Topic: t.Topic, Partition: env.PartitionID(n)}, producersMax-*listed)
			*listed += len(p.ActiveProducers)
			out.Partitions = append(out.Partitions, p)
		}
		resp.Topics = append(resp.Topics, out)
	}
	b.reply(s, resp)
}

func (b *Broker) producersOf(tp env.TopicPartition, most int) kmsg.DescribeProducersResponseTopicPartition {
	out := kmsg.NewDescribeProducersResponseTopicPartition()
	out.Partition = int32(tp.Partition)
	p, code := b.partition(tp)
	switch {
	case controller.CheckTopicName(tp.Topic) != "":
		code = wire.InvalidTopicException
	case most <= 0:
		code = wire.PolicyViolation
	}
	if out.ErrorCode = int16(code); code != wire.None {
		return out
	}
	for _, st := range p.log.Producers() {
		o := kmsg.NewDescribeProducersResponseTopicPartitionActiveProducer()
		o.ProducerID, o.ProducerEpoch, o.LastSequence = int64(st.ID), int32(st.Epoch), int32(st.LastSequence)
		o.LastTimestamp, o.CoordinatorEpoch, o.CurrentTxnStartOffset = int64(st.LastTimestamp), -1, -1
		out.ActiveProducers = append(out.ActiveProducers, o)
	}
	return out
}
