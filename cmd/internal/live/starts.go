package live

import (
	"cmp"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// startsEvery is how many looks apart the beginnings of logs are asked for: retention is in no hurry.
const startsEvery = 5

// logStarts asks every leader where its logs begin: what retention or DeleteRecords removes is not lost.
func (e *observer) logStarts(v *view, all []observed) {
	if e.looked++; e.looked%startsEvery != 0 {
		return
	}
	for _, s := range all {
		if req := startsOf(v, s.server.ID); !s.away && s.server.Broker && len(req.Topics) > 0 {
			if resp, ok := e.asker.ask(s.server.brokers.inner, req).(*kmsg.ListOffsetsResponse); ok {
				e.begins(s.server.Name, resp)
			}
		}
	}
}

// startsOf returns the request to a leader, about all the partitions it leads.
func startsOf(v *view, leader kafka.NodeID) *kmsg.ListOffsetsRequest {
	req := kmsg.NewPtrListOffsetsRequest()
	req.Version, req.ReplicaID = 7, -1
	parts := slices.Clone(v.parts)
	slices.SortStableFunc(parts, func(a, b env.PartitionChanged) int { return cmp.Compare(a.Topic, b.Topic) })
	for _, p := range parts {
		if p.Leader != leader || p.Topic == kafka.OffsetsTopic {
			continue
		}
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != p.Topic {
			t := kmsg.NewListOffsetsRequestTopic()
			t.Topic = p.Topic
			req.Topics = append(req.Topics, t)
		}
		t, q := &req.Topics[len(req.Topics)-1], kmsg.NewListOffsetsRequestTopicPartition()
		q.Partition, q.Timestamp = int32(p.Partition), earliest
		t.Partitions = append(t.Partitions, q)
	}
	return req
}

const earliest = -2 // as ListOffsets has it

// begins emits LogStartAdvanced for the logs that begin later than they did.
func (e *observer) begins(leader string, resp *kmsg.ListOffsetsResponse) {
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			tp, at := kafka.TopicPartition{Topic: t.Topic, Partition: kafka.PartitionID(p.Partition)}, kafka.Offset(p.Offset)
			if p.ErrorCode != 0 || at <= e.starts[tp] {
				continue
			}
			e.starts[tp] = at
			e.in.emit(leader, env.LogStartAdvanced{TopicPartition: tp, To: at, Reason: "as seen from outside"})
		}
	}
}
