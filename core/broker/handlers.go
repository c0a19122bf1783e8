package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/group"
	"gregor/core/inbox"
	"gregor/core/kafka"
	"gregor/core/metalog"
	"gregor/core/must"
	"gregor/core/raft"
	"gregor/core/wire"
)

// handler answers a request of one API, or keeps its ticket and answers it later.
type handler func(now env.Now, q *inbox.Request, r *wire.Request)

// handlers holds the handler of each API, by key. Those it has are those of wire's table.
type handlers [wire.Keys]handler

// handle registers a handler for each API in wire's table. An API that one of the two lacks is a bug that shows when
// the node starts.
func (b *Broker) handle() (h handlers) {
	h[kmsg.Produce] = b.handleProduce
	h[kmsg.Fetch] = b.handleFetch
	h[kmsg.ApiVersions] = b.apiVersions
	register(&h, b.metadata)
	register(&h, b.listOffsets)
	register(&h, b.offsetForLeaderEpoch)
	register(&h, b.findCoordinator)
	register(&h, b.initProducerID)
	register(&h, b.deleteRecords)
	register(&h, b.describeConfigs)
	register(&h, b.describeLogDirs)
	register(&h, b.describeProducers)
	register(&h, b.noConsumerProtocol)
	register(&h, func(_ env.Now, q *inbox.Request, r *kmsg.ListConfigResourcesRequest) {
		q.Reply(b.cluster.ConfigResources(from(q), r))
	})
	register(&h, func(_ env.Now, q *inbox.Request, r *kmsg.DescribeClusterRequest) {
		q.Reply(b.cluster.DescribeCluster(from(q), b.metalog, r))
	})
	register(&h, func(_ env.Now, q *inbox.Request, r *kmsg.DescribeTopicPartitionsRequest) {
		q.Reply(b.cluster.TopicPartitions(from(q), r, b.config.Int("max.request.partition.size.limit")))
	})
	b.handleGroups(&h)
	b.handleQuorum(&h)
	b.handleControl(&h)
	h.check()
	return h
}

// check asserts that handlers and wire's table know the same APIs.
func (h *handlers) check() {
	for key := range int16(wire.Keys) {
		if api := wire.Lookup(key); (api != nil) != (h[key] != nil) {
			must.Fail("broker: API %d (%s) is in wire's table: %v; has a handler: %v; was one of the two forgotten?",
				key, wire.Name(key), api != nil, h[key] != nil)
		}
	}
}

// register sets the handler of the API whose requests it takes.
func register[R kmsg.Request](h *handlers, do func(env.Now, *inbox.Request, R)) {
	var r R
	key := r.Key()
	if h[key] != nil {
		must.Fail("broker: API %d (%s) has two handlers", key, wire.Name(key))
	}
	h[key] = func(now env.Now, q *inbox.Request, r *wire.Request) { do(now, q, r.Body.(R)) }
}

// handleGroups registers what the group coordinator answers.
func (b *Broker) handleGroups(h *handlers) {
	registerGroup(h, b, (*group.Coordinator).Join)
	registerGroup(h, b, (*group.Coordinator).Sync)
	registerGroup(h, b, (*group.Coordinator).Heartbeat)
	registerGroup(h, b, (*group.Coordinator).Leave)
	registerGroup(h, b, (*group.Coordinator).OffsetCommit)
	registerGroup(h, b, (*group.Coordinator).OffsetFetch)
	registerGroup(h, b, (*group.Coordinator).OffsetDelete)
	registerGroup(h, b, (*group.Coordinator).Describe)
	registerGroup(h, b, (*group.Coordinator).List)
	registerGroup(h, b, (*group.Coordinator).DeleteGroups)
}

func registerGroup[R kmsg.Request](h *handlers, b *Broker,
	do func(*group.Coordinator, env.Now, group.Ticket, R, group.ClientInfo)) {
	register(h, func(now env.Now, q *inbox.Request, r R) {
		from := group.ClientInfo{ID: q.ClientID(), Host: hostOf(q.Conn().Peer())}
		do(b.coordinators.groups, now, group.Ticket(q.Ticket()), r, from)
	})
}

// handleQuorum registers what the replica of the metadata log answers.
func (b *Broker) handleQuorum(h *handlers) {
	registerQuorum[*kmsg.VoteRequest](h, b)
	registerQuorum[*kmsg.BeginQuorumEpochRequest](h, b)
	registerQuorum[*kmsg.EndQuorumEpochRequest](h, b)
	registerQuorum[*kmsg.FetchSnapshotRequest](h, b)
}

func registerQuorum[R kmsg.Request](h *handlers, b *Broker) {
	register(h, func(now env.Now, q *inbox.Request, r R) { b.metalog.Request(now, raft.Ticket(q.Ticket()), r) })
}

// handleControl registers what the active controller answers: to other nodes if this node is the active controller, and
// to clients wherever it is.
func (b *Broker) handleControl(h *handlers) {
	register(h, b.envelope)
	register(h, b.heartbeat)
	registerControl[*kmsg.BrokerRegistrationRequest](h, b)
	registerControl[*kmsg.AlterPartitionRequest](h, b)
	registerControl[*kmsg.AllocateProducerIDsRequest](h, b)
	register(h, registeredController)
	register(h, b.alterConfigs)
	register(h, b.incrementalAlterConfigs)
	for key := range int16(wire.Keys) {
		if api := wire.Lookup(key); api != nil && api.Forwardable && h[key] == nil {
			h[key] = func(now env.Now, q *inbox.Request, r *wire.Request) { b.decide(now, q, r.Body) }
		}
	}
}

func registerControl[R kmsg.Request](h *handlers, b *Broker) {
	register(h, func(now env.Now, q *inbox.Request, r R) { b.askControl(now, q, r) })
}

// askControl has this node's controller answer what only nodes ask.
func (b *Broker) askControl(now env.Now, q *inbox.Request, r kmsg.Request) {
	t := q.Ticket()
	b.control.Ask(now, r, func(_ env.Now, resp kmsg.Response) { b.replyTo(t, resp) })
}

// heartbeat notes whose heartbeats come over the connection: if it closes, the controller probes that broker at once.
func (b *Broker) heartbeat(now env.Now, q *inbox.Request, r *kmsg.BrokerHeartbeatRequest) {
	q.Conn().SetHeartbeats(inbox.Heartbeats{Broker: kafka.NodeID(r.BrokerID), Epoch: kafka.BrokerEpoch(r.BrokerEpoch)})
	b.askControl(now, q, r)
}

func (b *Broker) handleProduce(now env.Now, q *inbox.Request, r *wire.Request) {
	b.producing.begin(now, q, r.Produce)
}

// handleFetch hands a Fetch of the metadata log to its replica.
func (b *Broker) handleFetch(now env.Now, q *inbox.Request, r *wire.Request) {
	if metalog.IsFetch(r.Fetch) {
		b.metalog.Request(now, raft.Ticket(q.Ticket()), metalog.FetchRequest(q.Version(), r.Fetch))
		return
	}
	b.fetching.begin(now, q, r.Fetch)
}

// noConsumerProtocol refuses a member of a group of KIP-848's protocol.
func (b *Broker) noConsumerProtocol(_ env.Now, q *inbox.Request, r *kmsg.ConsumerGroupHeartbeatRequest) {
	b.notServed(q, fmt.Sprintf("the consumer group protocol (group.protocol=consumer), for group %q", r.Group))
	resp := r.ResponseKind().(*kmsg.ConsumerGroupHeartbeatResponse)
	text := "the consumer group protocol is not served; use group.protocol=classic"
	resp.ErrorCode, resp.ErrorMessage = int16(kafka.UnsupportedVersion), &text
	q.Reply(resp)
}

// registeredController answers a controller that makes itself known. Gregor's voters are static: nothing rests on it.
func registeredController(_ env.Now, q *inbox.Request, r *kmsg.ControllerRegistrationRequest) {
	resp := r.ResponseKind().(*kmsg.ControllerRegistrationResponse)
	resp.ErrorCode = int16(kafka.UnsupportedVersion)
	q.Reply(resp)
}

func (b *Broker) apiVersions(_ env.Now, q *inbox.Request, r *wire.Request) {
	resp := wire.ApiVersionsResponse(r, q.Conn().Serves(), b.cluster.Features(), int64(b.metalog.Applied()-1))
	if body, ok := r.Body.(*kmsg.ApiVersionsRequest); ok {
		if code := wire.CheckApiVersions(body, b.dir.ClusterID(), int32(b.id)); code != kafka.None {
			resp.ErrorCode, resp.FinalizedFeaturesEpoch = int16(code), -1
		}
	}
	q.AnswerAs(resp.Version)
	q.Reply(resp)
}
