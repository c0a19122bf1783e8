package live

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// view is the cluster as one broker has it.
type view struct {
	brokers []int32 // unfenced
	parts   []env.PartitionChanged
}

// pagesMax bounds the answers that one view is read from.
const pagesMax = 100

// viewOf asks a broker; nil if it does not answer.
func (e *observer) viewOf(addr string) *view {
	req := kmsg.NewPtrMetadataRequest()
	req.Version, req.Topics = 12, []kmsg.MetadataRequestTopic{} // none: the brokers are wanted
	m, ok := e.asker.ask(addr, req).(*kmsg.MetadataResponse)
	if !ok {
		return nil
	}
	v := &view{}
	for _, b := range m.Brokers {
		v.brokers = append(v.brokers, b.NodeID)
	}
	parts := kmsg.NewPtrDescribeTopicPartitionsRequest()
	for range pagesMax {
		page, ok := e.asker.ask(addr, parts).(*kmsg.DescribeTopicPartitionsResponse)
		if !ok {
			return nil
		}
		v.add(page)
		if page.NextCursor == nil {
			return v
		}
		parts.Cursor = &kmsg.DescribeTopicPartitionsRequestCursor{Topic: page.NextCursor.Topic,
			Partition: page.NextCursor.Partition}
	}
	return nil
}

func (v *view) add(page *kmsg.DescribeTopicPartitionsResponse) {
	for _, t := range page.Topics {
		for _, p := range t.Partitions {
			if t.Topic == nil {
				continue
			}
			v.parts = append(v.parts, env.PartitionChanged{TopicPartition: kafka.TopicPartition{Topic: *t.Topic,
				Partition: kafka.PartitionID(p.Partition)},
				TopicID: kafka.UUID(t.TopicID), Leader: kafka.NodeID(p.LeaderID), Epoch: kafka.LeaderEpoch(p.LeaderEpoch),
				Replicas: ids(p.Replicas), ISR: ids(p.ISR), ELR: ids(p.EligibleLeaderReplicas)})
		}
	}
}

func ids(all []int32) []kafka.NodeID {
	out := make([]kafka.NodeID, len(all))
	for i, id := range all {
		out[i] = kafka.NodeID(id)
	}
	return out
}

// take emits what is new in a view.
func (e *observer) take(v *view, all []observed) {
	for _, s := range all {
		if s.server.Broker && s.starts > 0 {
			e.stand(v, s)
		}
	}
	there := map[kafka.TopicPartition]bool{}
	for _, p := range v.parts {
		there[p.TopicPartition] = true
		e.partition(p)
	}
	for tp, p := range e.parts {
		if !there[tp] && !p.Gone {
			p.Gone = true
			e.changed(p)
		}
	}
}

// stand emits a broker's standing. Its incarnations are counted, because no response carries its broker epoch.
func (e *observer) stand(v *view, s observed) {
	id := s.server.ID
	now := env.BrokerStanding{Broker: id, Epoch: kafka.BrokerEpoch(s.starts), Fenced: !slices.Contains(v.brokers,
		int32(id))}
	old, known := e.stands[id]
	if now.At = old.At; known && now == old {
		return
	}
	e.looks++
	now.At = e.looks
	e.stands[id] = now
	e.in.emit(e.nameOf(e.active.Node), now)
}

// partition emits PartitionChanged for a partition that differs from the view before.
func (e *observer) partition(now env.PartitionChanged) {
	old, known := e.parts[now.TopicPartition]
	switch {
	case !known || old.Gone || old.TopicID != now.TopicID:
	case now.Epoch < old.Epoch || samePartition(now, old):
		return
	default:
		// As far as was seen: that it came to be in sync and was elected between two looks is possible.
		now.Unclean = now.Leader >= 0 && now.Leader != old.Leader && now.Epoch == old.Epoch+1 &&
			!slices.Contains(old.ISR, now.Leader) && !slices.Contains(old.ELR, now.Leader)
	}
	e.changed(now)
}

func (e *observer) changed(now env.PartitionChanged) {
	e.looks++
	now.At = e.looks
	e.parts[now.TopicPartition] = now
	e.in.emit(e.nameOf(e.active.Node), now)
}

func samePartition(a, b env.PartitionChanged) bool {
	return a.Leader == b.Leader && a.Epoch == b.Epoch && slices.Equal(a.Replicas, b.Replicas) &&
		slices.Equal(a.ISR, b.ISR) &&
		slices.Equal(a.ELR, b.ELR)
}
