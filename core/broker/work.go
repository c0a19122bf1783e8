package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/controller"
	"gregor/core/env"
	"gregor/core/wire"
)

// Everything a Step does keeps all other clients of the node waiting, so a Step does a bounded amount of work, whatever
// one request asks for. Work is counted in units: one for an element of a request's arrays, a partition that a fetch
// reads, or answerUnit bytes of an answer. A unit takes about a microsecond.
//
//   - A request with more than partElements elements whose answer is a list is answered in parts, at most a few in one
//     Step (parts.go): Metadata, ListOffsets, OffsetFetch, FindCoordinator, DescribeGroups and others ([wire.Split]).
//   - Any other request is served at once, with at most wholeMax elements. What is larger is refused (refuseLarge).
//   - After stepUnits a Step begins nothing more that can wait for the next one: requests that were held, fetches that
//     are tried again, further parts.
const (
	partElements = 1000
	stepUnits    = 4096
	answerUnit   = 64
	// wholeMax bounds the elements of a request that is served at once. Kafka lets one request change 10,000 things
	// (MAX_RECORDS_PER_USER_OP), which with what each of them holds is the largest that a client has a reason to send.
	wholeMax = 20_000
)

// work counts the units of a Step, and holds the requests whose next part waits for one.
type work struct {
	units int
	parts []*partedResponse
}

// spent reports whether the Step begins nothing more that can wait.
func (w *work) spent() bool { return w.units >= stepUnits }

// answered counts n bytes of an answer.
func (w *work) answered(n int) { w.units += n / answerUnit }

// Work returns the units of the last Step, and how many it may have at most. It implements [env.Metered].
func (b *Broker) Work() (units, most int) {
	return b.work.units, stepUnits + 4*(wholeMax+len(b.logs.byName))
}

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
func (b *Broker) refuseLarge(s *slot, r *wire.Request) {
	text := fmt.Sprintf("%s: %d array elements, at most %d are served at once", r, r.Elements(), b.largest(r))
	if resp := largeRefusal(r); resp != nil {
		b.world.Tell(env.RequestFailed{Conn: s.conn.id, API: r.Key, Code: int16(wire.InvalidRequest), Text: text})
		b.reply(s, resp)
		return
	}
	b.turnAway(s, r, text)
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
		return controller.Refuse(body, wire.PolicyViolation) // Kafka's for more than MAX_RECORDS_PER_USER_OP
	}
}

func groupRefusal(r kmsg.Request) kmsg.Response {
	resp := r.ResponseKind()
	switch a := resp.(type) {
	case *kmsg.JoinGroupResponse:
		a.ErrorCode = int16(wire.InvalidRequest)
	case *kmsg.SyncGroupResponse:
		a.ErrorCode = int16(wire.InvalidRequest)
	case *kmsg.LeaveGroupResponse:
		a.ErrorCode = int16(wire.InvalidRequest)
	case *kmsg.OffsetDeleteResponse:
		a.ErrorCode = int16(wire.InvalidRequest)
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
			out.Partitions = append(out.Partitions, kmsg.OffsetCommitResponseTopicPartition{Partition: p.Partition, ErrorCode: int16(wire.InvalidCommitOffsetSize)})
		}
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}
