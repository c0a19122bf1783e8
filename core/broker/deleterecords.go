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
	b.checkpointThen(now, func(env.Now, error) { b.reply(s, resp) })
}

func (b *Broker) deleteBefore(now env.Now, topic string, ask kmsg.DeleteRecordsRequestTopicPartition) kmsg.DeleteRecordsResponseTopicPartition {
	out := kmsg.NewDeleteRecordsResponseTopicPartition()
	out.Partition, out.LowWatermark = ask.Partition, -1
	p, code := b.partition(env.TopicPartition{Topic: topic, Partition: env.PartitionID(ask.Partition)})
	switch {
	case code == wire.UnknownTopicOrPartition:
	case internalTopic(topic):
		code = wire.InvalidTopicException
	case code == wire.None:
		code = p.deleteBefore(now, env.Offset(ask.Offset))
	}
	if out.ErrorCode = int16(code); code == wire.None {
		out.LowWatermark = int64(p.log.LogStart())
	}
	return out
}

// deleteBefore moves the log start; -1 means the high watermark. A topic that is only compacted keeps its records:
// their keys are what its readers count on.
func (p *partition) deleteBefore(now env.Now, to env.Offset) wire.ErrorCode {
	if !p.config.Has("delete") {
		return wire.PolicyViolation
	}
	p.touch()
	if err := p.log.DeleteRecords(now, to); err != nil {
		return wire.ErrorCode(err.Code)
	}
	return wire.None
}
