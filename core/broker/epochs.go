package broker

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/inbox"
	"gregor/core/kafka"
	"gregor/core/wire"
)

// offsetForLeaderEpoch reports where an epoch ends, so that a client finds out what was truncated (KIP-101,
// KIP-279, KIP-320).
func (b *Broker) offsetForLeaderEpoch(_ env.Now, q *inbox.Request, r *kmsg.OffsetForLeaderEpochRequest) {
	resp := r.ResponseKind().(*kmsg.OffsetForLeaderEpochResponse)
	for _, t := range r.Topics {
		out := kmsg.NewOffsetForLeaderEpochResponseTopic()
		out.Topic = t.Topic
		for _, p := range t.Partitions {
			out.Partitions = append(out.Partitions, b.epochEnd(t.Topic, p))
		}
		resp.Topics = append(resp.Topics, out)
	}
	q.Reply(resp)
}

func (b *Broker) epochEnd(
	topic string, ask kmsg.OffsetForLeaderEpochRequestTopicPartition,
) kmsg.OffsetForLeaderEpochResponseTopicPartition {
	out := kmsg.NewOffsetForLeaderEpochResponseTopicPartition()
	out.Partition, out.LeaderEpoch, out.EndOffset = ask.Partition, -1, -1
	p, code := b.logs.find(kafka.TopicPartition{Topic: topic, Partition: kafka.PartitionID(ask.Partition)},
		(*partition).served)
	var end wire.EpochEnd
	if code == kafka.None {
		end, code = p.replica.EpochEnd(kafka.LeaderEpoch(ask.CurrentLeaderEpoch), kafka.LeaderEpoch(ask.LeaderEpoch))
	}
	if out.ErrorCode = int16(code); code == kafka.None && end.Known {
		out.LeaderEpoch, out.EndOffset = int32(end.Epoch), int64(end.End)
	}
	return out
}
