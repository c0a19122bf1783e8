package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/controller"
	"gregor/core/env"
	"gregor/core/inbox"
	"gregor/core/kafka"
	"gregor/core/wire"
)

// largest is how many elements a request that is served at once may have. A Produce or Fetch names each partition
// once, so that on a broker with many of them it may be larger.
func (b *Broker) largest(r *wire.Request) int {
	if r.Body == nil {
		return wholeMax + len(b.logs.byName)
	}
	return wholeMax
}

// refuseLarge refuses a request that asks for more than one Step may do: with a code of its API's where that has one
// for the request as a whole or few enough elements to answer each, or else by closing the connection, as Kafka does
// above its own bound of a million elements.
func (b *Broker) refuseLarge(q *inbox.Request, r *wire.Request) {
	text := fmt.Sprintf("%s: %d array elements, at most %d are served at once", r, r.Elements(), b.largest(r))
	if resp := largeRefusal(r); resp != nil {
		b.world.Tell(env.RequestFailed{Conn: q.Conn().ID(), API: r.Key, Code: int16(kafka.InvalidRequest), Text: text})
		q.Reply(resp)
		return
	}
	b.turnAway(q, r, text)
}

// largeRefusal is the response that refuses a request for its size; nil if its API has none.
func largeRefusal(r *wire.Request) kmsg.Response {
	switch body := r.Body.(type) {
	case nil:
		return nil
	case *kmsg.JoinGroupRequest, *kmsg.SyncGroupRequest, *kmsg.LeaveGroupRequest, *kmsg.OffsetDeleteRequest:
		return groupRefusal(body)
	case *kmsg.OffsetCommitRequest:
		return commitRefusal(body)
	default:
		if !controller.Decides(body) {
			return nil
		}
		return controller.Refuse(body, kafka.PolicyViolation) // Kafka's for more than MAX_RECORDS_PER_USER_OP
	}
}

func groupRefusal(r kmsg.Request) kmsg.Response {
	resp := r.ResponseKind()
	switch a := resp.(type) {
	case *kmsg.JoinGroupResponse:
		a.ErrorCode = int16(kafka.InvalidRequest)
	case *kmsg.SyncGroupResponse:
		a.ErrorCode = int16(kafka.InvalidRequest)
	case *kmsg.LeaveGroupResponse:
		a.ErrorCode = int16(kafka.InvalidRequest)
	case *kmsg.OffsetDeleteResponse:
		a.ErrorCode = int16(kafka.InvalidRequest)
	}
	return resp
}

// commitRefusal is Kafka's answer to more offsets than a batch of __consumer_offsets holds.
func commitRefusal(r *kmsg.OffsetCommitRequest) kmsg.Response {
	resp := r.ResponseKind().(*kmsg.OffsetCommitResponse)
	for i := range r.Topics {
		t := &r.Topics[i]
		out := kmsg.OffsetCommitResponseTopic{Topic: t.Topic, TopicID: t.TopicID}
		for _, p := range t.Partitions {
			out.Partitions = append(out.Partitions, kmsg.OffsetCommitResponseTopicPartition{Partition: p.Partition,
				ErrorCode: int16(kafka.InvalidCommitOffsetSize)})
		}
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}
