package broker

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/wire"
)

// offsetForLeaderEpoch says where an epoch ends, so that a client finds out what was truncated (KIP-101,
// KIP-279, KIP-320).
func (b *Broker) offsetForLeaderEpoch(s *slot, r *kmsg.OffsetForLeaderEpochRequest) {
	resp := r.ResponseKind().(*kmsg.OffsetForLeaderEpochResponse)
	for _, t := range r.Topics {
		out := kmsg.NewOffsetForLeaderEpochResponseTopic()
		out.Topic = t.Topic
		for _, p := range t.Partitions {
			out.Partitions = append(out.Partitions, b.epochEnd(t.Topic, p))
		}
		resp.Topics = append(resp.Topics, out)
	}
	b.reply(s, resp)
}

func (b *Broker) epochEnd(topic string, ask kmsg.OffsetForLeaderEpochRequestTopicPartition) kmsg.OffsetForLeaderEpochResponseTopicPartition {
	out := kmsg.NewOffsetForLeaderEpochResponseTopicPartition()
	out.Partition, out.LeaderEpoch, out.EndOffset = ask.Partition, -1, -1
	p, code := b.partition(env.TopicPartition{Topic: topic, Partition: env.PartitionID(ask.Partition)})
	if code == wire.None {
		code = p.fence(env.LeaderEpoch(ask.CurrentLeaderEpoch))
	}
	if out.ErrorCode = int16(code); code != wire.None {
		return out
	}
	epoch, end := p.log.EpochEnd(env.LeaderEpoch(ask.LeaderEpoch))
	out.LeaderEpoch, out.EndOffset = int32(epoch), int64(end)
	return out
}
