package describe

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// TopicPartitions pages through partitions, topics in the order of their names (KIP-966). limit bounds the partitions
// of one page, whatever the request asks for.
func (c *Cluster) TopicPartitions(from From, r *kmsg.DescribeTopicPartitionsRequest,
	limit int) *kmsg.DescribeTopicPartitionsResponse {
	resp := r.ResponseKind().(*kmsg.DescribeTopicPartitionsResponse)
	names, first, ok := c.topicsFrom(r)
	if !ok {
		return refuseTopicPartitions(r)
	}
	left := max(min(int(r.ResponsePartitionLimit), limit), 1)
	for _, name := range names {
		if left == 0 {
			resp.NextCursor = cursorAt(name, 0)
			break
		}
		out, next := c.describeFrom(from.Listener, name, first, left)
		resp.Topics = append(resp.Topics, out)
		if first, left = 0, left-len(out.Partitions); next >= 0 {
			resp.NextCursor = cursorAt(name, next)
			break
		}
	}
	return resp
}

// topicsFrom lists the topics to describe, from the cursor on, and the partition to begin with in the first; not
// ok if the cursor makes no sense.
func (c *Cluster) topicsFrom(r *kmsg.DescribeTopicPartitionsRequest) (names []string, first int, ok bool) {
	for _, t := range r.Topics {
		names = append(names, t.Topic)
	}
	if len(r.Topics) == 0 {
		names = c.TopicNames()
	}
	slices.Sort(names)
	names = slices.Compact(names)
	at := r.Cursor
	if at == nil {
		return names, 0, true
	}
	i, found := slices.BinarySearch(names, at.Topic)
	if at.Partition < 0 || !found && len(r.Topics) > 0 {
		return nil, 0, false
	}
	if found {
		first = int(at.Partition)
	}
	return names[i:], first, true
}

// TopicNames lists all topics.
func (c *Cluster) TopicNames() (names []string) {
	for _, t := range c.Image.Topics() {
		names = append(names, t.Name)
	}
	return names
}

func refuseTopicPartitions(r *kmsg.DescribeTopicPartitionsRequest) *kmsg.DescribeTopicPartitionsResponse {
	resp := r.ResponseKind().(*kmsg.DescribeTopicPartitionsResponse)
	for _, t := range r.Topics {
		out := kmsg.NewDescribeTopicPartitionsResponseTopic()
		out.Topic, out.ErrorCode, out.AuthorizedOperations = &t.Topic, int16(kafka.InvalidRequest), noOperations
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}

func cursorAt(name string, partition int) *kmsg.DescribeTopicPartitionsResponseNextCursor {
	c := kmsg.NewDescribeTopicPartitionsResponseNextCursor()
	c.Topic, c.Partition = name, int32(partition)
	return &c
}

// describeFrom describes up to limit partitions of a topic; next is where to go on, -1 if there is no more.
func (c *Cluster) describeFrom(listener, name string, from, limit int) (out kmsg.DescribeTopicPartitionsResponseTopic,
	next int) {
	out = kmsg.NewDescribeTopicPartitionsResponseTopic()
	out.Topic, out.AuthorizedOperations, out.IsInternal = &name, topicOperations, kafka.IsInternalTopic(name)
	t, ok := c.Image.Topic(name)
	if !ok {
		out.ErrorCode = int16(unknownTopic(name))
		return out, -1
	}
	out.TopicID = t.ID
	for i := from; i < len(t.Partitions()); i++ {
		if len(out.Partitions) == limit {
			return out, i
		}
		d, _ := c.partition(t, t.Partitions()[i], listener)
		p := kmsg.NewDescribeTopicPartitionsResponseTopicPartition()
		p.Partition, p.LeaderID, p.LeaderEpoch = d.Partition, d.Leader, d.LeaderEpoch
		p.Replicas, p.ISR, p.OfflineReplicas = d.Replicas, d.ISR, d.OfflineReplicas
		p.EligibleLeaderReplicas, p.LastKnownELR = nodes(t.Partitions()[i].EligibleLeaderReplicas),
			nodes(t.Partitions()[i].LastKnownELR)
		out.Partitions = append(out.Partitions, p)
	}
	return out, -1
}
