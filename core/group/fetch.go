package group

import (
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// The versions of OffsetFetch that moved the error and the group in request and response.
const (
	versionWithGroupError = 2
	versionWithGroups     = 8
)

// OffsetFetch handles OffsetFetch. The response comes at once: offsets in flight are not committed.
func (c *Coordinator) OffsetFetch(_ env.Now, t Ticket, req *kmsg.OffsetFetchRequest, _ ClientInfo) {
	defer c.call()()
	r := kmsg.NewPtrOffsetFetchResponse()
	r.Version = req.Version
	if req.Version < versionWithGroups {
		answer := c.fetchGroup(oneGroup(req), req.Version, req.RequireStable)
		r.ErrorCode, r.Topics = answer.ErrorCode, withoutGroup(answer.Topics)
		if req.Version < versionWithGroupError {
			r.ErrorCode = int16(kafka.None) // v1 has the error in every partition
		}
	}
	for i := range req.Groups {
		r.Groups = append(r.Groups, c.fetchGroup(&req.Groups[i], req.Version, req.RequireStable))
	}
	c.reply(t, r)
}

// oneGroup returns the group that a request before v8 is about. Without topics it is about all of them.
func oneGroup(req *kmsg.OffsetFetchRequest) *kmsg.OffsetFetchRequestGroup {
	g := kmsg.OffsetFetchRequestGroup{Group: req.Group}
	if req.Topics != nil {
		g.Topics = []kmsg.OffsetFetchRequestGroupTopic{}
	}
	for _, topic := range req.Topics {
		g.Topics = append(g.Topics, kmsg.OffsetFetchRequestGroupTopic{Topic: topic.Topic, Partitions: topic.Partitions})
	}
	return &g
}

func withoutGroup(topics []kmsg.OffsetFetchResponseGroupTopic) []kmsg.OffsetFetchResponseTopic {
	var all []kmsg.OffsetFetchResponseTopic
	for _, topic := range topics {
		old := kmsg.OffsetFetchResponseTopic{Topic: topic.Topic}
		for _, p := range topic.Partitions {
			old.Partitions = append(old.Partitions, kmsg.OffsetFetchResponseTopicPartition{Partition: p.Partition,
				Offset: p.Offset, LeaderEpoch: p.LeaderEpoch, Metadata: p.Metadata, ErrorCode: p.ErrorCode})
		}
		all = append(all, old)
	}
	return all
}

func (c *Coordinator) fetchGroup(asked *kmsg.OffsetFetchRequestGroup, version int16,
	stable bool) kmsg.OffsetFetchResponseGroup {
	r := kmsg.NewOffsetFetchResponseGroup()
	r.Group = strings.Clone(asked.Group)
	code := c.admit(asked.Group)
	r.ErrorCode = int16(code)
	if code != kafka.None && version >= versionWithGroupError {
		return r
	}
	f := fetching{topics: c.cfg.Topics, version: version, all: code}
	if g := c.groups.byID[asked.Group]; g != nil && code == kafka.None {
		f.offsets = g.offsets
		f.unstable = g.inFlightOffsets(stable)
	}
	if asked.Topics == nil {
		r.Topics = f.allTopics()
		return r
	}
	for _, topic := range asked.Topics {
		r.Topics = append(r.Topics, f.topic(topic))
	}
	return r
}

// inFlightOffsets returns the partitions whose offsets appends in flight may change; nil unless the request asks for
// stable offsets.
func (g *group) inFlightOffsets(asked bool) map[kafka.TopicPartition]bool {
	if !asked || len(g.inflight) == 0 {
		return nil
	}
	changing := map[kafka.TopicPartition]bool{}
	for _, a := range g.inflight {
		for _, ch := range a.changes {
			if ch.kind == offsetStored || ch.kind == offsetRemoved {
				changing[ch.partition] = true
			}
		}
	}
	return changing
}

// fetching reads the offsets of one group.
type fetching struct {
	topics   Topics
	version  int16
	all      kafka.ErrorCode // the error of all of them
	offsets  map[kafka.TopicPartition]committed
	unstable map[kafka.TopicPartition]bool
}

func (f *fetching) topic(asked kmsg.OffsetFetchRequestGroupTopic) kmsg.OffsetFetchResponseGroupTopic {
	name, code := resolve(f.topics, f.version, asked.Topic, asked.TopicID)
	r := kmsg.OffsetFetchResponseGroupTopic{Topic: name, TopicID: asked.TopicID}
	for _, p := range asked.Partitions {
		if code != kafka.None || f.all != kafka.None {
			r.Partitions = append(r.Partitions, noOffset(p, max(code, f.all)))
			continue
		}
		r.Partitions = append(r.Partitions, f.partition(kafka.TopicPartition{Topic: name, Partition: kafka.PartitionID(p)}))
	}
	return r
}

// allTopics returns everything that is committed. A version that names topics by id leaves deleted topics out.
func (f *fetching) allTopics() []kmsg.OffsetFetchResponseGroupTopic {
	topics := []kmsg.OffsetFetchResponseGroupTopic{}
	for _, tp := range slices.SortedFunc(maps.Keys(f.offsets), kafka.TopicPartition.Compare) {
		id, ok := f.topics.IDOf(tp.Topic)
		if !ok && f.version >= versionWithTopicID {
			continue
		}
		last := len(topics) - 1
		if last < 0 || topics[last].Topic != tp.Topic {
			topics = append(topics, kmsg.OffsetFetchResponseGroupTopic{Topic: tp.Topic, TopicID: id})
			last++
		}
		topics[last].Partitions = append(topics[last].Partitions, f.partition(tp))
	}
	return topics
}

func (f *fetching) partition(tp kafka.TopicPartition) kmsg.OffsetFetchResponseGroupTopicPartition {
	o, ok := f.offsets[tp]
	switch {
	case f.unstable[tp]:
		return noOffset(int32(tp.Partition), kafka.UnstableOffsetCommit)
	case !ok:
		return noOffset(int32(tp.Partition), kafka.None)
	}
	return kmsg.OffsetFetchResponseGroupTopicPartition{Partition: int32(tp.Partition), Offset: int64(o.Offset),
		LeaderEpoch: int32(o.LeaderEpoch), Metadata: &o.Metadata}
}

func noOffset(partition int32, code kafka.ErrorCode) kmsg.OffsetFetchResponseGroupTopicPartition {
	return kmsg.OffsetFetchResponseGroupTopicPartition{Partition: partition, Offset: -1, LeaderEpoch: -1,
		Metadata: ptr(""), ErrorCode: int16(code)}
}
