package describe

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/seglog"
)

// LogDirs reports what each log takes on disk (KIP-113), and how large the disk is (KIP-827); Space -1 is not known.
func (c *Cluster) LogDirs(r *kmsg.DescribeLogDirsRequest, dir string) kmsg.DescribeLogDirsResponseDir {
	out := kmsg.NewDescribeLogDirsResponseDir()
	out.Dir, out.TotalBytes, out.UsableBytes = dir, -1, -1
	asked := map[string][]int32{}
	for _, t := range r.Topics {
		asked[t.Topic] = append(asked[t.Topic], t.Partitions...)
	}
	for _, t := range c.Image.Topics() {
		slices.Sort(asked[t.Name])
		if t := c.logSizes(t, asked[t.Name], r.Topics == nil); len(t.Partitions) > 0 {
			out.Topics = append(out.Topics, t)
		}
	}
	return out
}

// logSizes reports the sizes of a topic's logs: of those asked for, a sorted list, or of all.
func (c *Cluster) logSizes(t *metadata.Topic, asked []int32, all bool) kmsg.DescribeLogDirsResponseDirTopic {
	out := kmsg.NewDescribeLogDirsResponseDirTopic()
	out.Topic = t.Name
	for _, state := range t.Partitions() {
		i := int32(state.Partition)
		size, here := c.Local.Size(kafka.TopicPartition{Topic: t.Name, Partition: state.Partition})
		if _, found := slices.BinarySearch(asked, i); !here || !all && !found {
			continue
		}
		o := kmsg.NewDescribeLogDirsResponseDirTopicPartition()
		o.Partition, o.Size = i, int64(size)
		out.Partitions = append(out.Partitions, o)
	}
	return out
}

// producersMax bounds the producers listed in one answer.
const producersMax = 100_000

// Producers lists the idempotent producers that logs remember (KIP-664). listed counts them over all parts of an
// answer; of finds a partition's, or returns why it is not led here.
func Producers(r *kmsg.DescribeProducersRequest, listed *int,
	of func(kafka.TopicPartition) ([]seglog.ProducerState, kafka.ErrorCode)) *kmsg.DescribeProducersResponse {
	resp := r.ResponseKind().(*kmsg.DescribeProducersResponse)
	for _, t := range r.Topics {
		out := kmsg.NewDescribeProducersResponseTopic()
		out.Topic = t.Topic
		for _, n := range t.Partitions {
			p := producersOf(kafka.TopicPartition{Topic: t.Topic, Partition: kafka.PartitionID(n)}, producersMax-*listed, of)
			*listed += len(p.ActiveProducers)
			out.Partitions = append(out.Partitions, p)
		}
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}

func producersOf(tp kafka.TopicPartition, most int, of func(kafka.TopicPartition) ([]seglog.ProducerState,
	kafka.ErrorCode)) kmsg.DescribeProducersResponseTopicPartition {
	out := kmsg.NewDescribeProducersResponseTopicPartition()
	out.Partition = int32(tp.Partition)
	producers, code := of(tp)
	switch {
	case kafka.CheckTopicName(tp.Topic) != "":
		code = kafka.InvalidTopicException
	case most <= 0:
		code = kafka.PolicyViolation
	}
	if out.ErrorCode = int16(code); code != kafka.None {
		return out
	}
	for _, st := range producers {
		o := kmsg.NewDescribeProducersResponseTopicPartitionActiveProducer()
		o.ProducerID, o.ProducerEpoch, o.LastSequence = int64(st.ID), int32(st.Epoch), int32(st.LastSequence)
		o.LastTimestamp, o.CoordinatorEpoch, o.CurrentTxnStartOffset = int64(st.LastTimestamp), -1, -1
		out.ActiveProducers = append(out.ActiveProducers, o)
	}
	return out
}
