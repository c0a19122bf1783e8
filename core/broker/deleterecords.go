package broker

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/wire"
)

// deleteRecords moves log starts forward (KIP-107). The log is told at once; what is gone stays gone after a
// crash because the log start goes into a checkpoint before the answer.
func (b *Broker) deleteRecords(now env.Now, s *slot, r *kmsg.DeleteRecordsRequest) {
	resp := r.ResponseKind().(*kmsg.DeleteRecordsResponse)
	for _, t := range r.Topics {
		out := kmsg.NewDeleteRecordsResponseTopic()
		out.Topic = t.Topic
		for _, p := range t.Partitions {
			out.Partitions = append(out.Partitions, b.deleteBefore(now, t.Topic, p))
		}
		resp.Topics = append(resp.Topics, out)
	}
	b.checkpointThen(now, func(env.Now) { b.reply(s, resp) })
}

func (b *Broker) deleteBefore(now env.Now, topic string, ask kmsg.DeleteRecordsRequestTopicPartition) kmsg.DeleteRecordsResponseTopicPartition {
	out := kmsg.NewDeleteRecordsResponseTopicPartition()
	out.Partition, out.LowWatermark = ask.Partition, -1
	p, code := b.partition(env.TopicPartition{Topic: topic, Partition: env.PartitionID(ask.Partition)})
	if code != wire.None {
		out.ErrorCode = int16(code)
		return out
	}
	to := env.Offset(ask.Offset)
	if ask.Offset == -1 {
		to = p.log.HighWatermark()
	}
	switch {
	case to < 0 || to > p.log.HighWatermark():
		out.ErrorCode = int16(wire.OffsetOutOfRange)
	case !p.config.Has("delete"):
		out.ErrorCode = int16(wire.PolicyViolation)
	default:
		p.log.DeleteRecords(now, to)
		p.touch()
		out.LowWatermark = int64(p.log.LogStart())
	}
	return out
}
