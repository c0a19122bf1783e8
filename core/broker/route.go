package broker

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/metalog"
	"gregor/core/raft"
	"gregor/core/wire"
)

// message takes a decoded request. Its buffer is the slot's until the answer has left.
func (b *Broker) message(e env.Event) {
	c := b.conns[e.Conn]
	if c == nil || c.closing || b.phase == stopping {
		e.Buffer.Release()
		return
	}
	b.enqueue(c, e.Message.(*wire.Request), e.Buffer)
}

// begin serves a request. Only the batches of a Produce lie in its buffer: any other is given back at once, so that
// requests whose answers have to wait, JoinGroups above all, do not keep what the node reads with. One that is answered
// in parts keeps its buffer, because what it asks for is many times as large.
func (b *Broker) begin(now env.Now, s *slot, r *wire.Request) {
	if r.Produce != nil {
		b.beginOne(now, s, r)
		return
	}
	buffer, t := s.buffer, s.ticket
	s.buffer = nil
	b.beginOne(now, s, r)
	if s.ticket == t && s.parts != nil {
		s.buffer = buffer
		return
	}
	buffer.Release()
}

func (b *Broker) beginOne(now env.Now, s *slot, r *wire.Request) {
	switch {
	case r.Key == kmsg.ApiVersions.Int16():
		b.apiVersions(s, r)
	case r.Unsupported:
		b.turnAway(s, r, "the version is outside what ApiVersions tells")
	case wire.Lookup(r.Key).On&s.conn.on == 0 || r.Fetch != nil && !s.conn.serves(r.Fetch):
		b.turnAway(s, r, "it is not served on this listener")
	case b.splits(now, s, r):
	case r.Elements() > b.largest(r):
		b.refuseLarge(s, r)
	default:
		b.work.units += 1 + r.Elements()
		b.handle(now, s, r)
	}
}

// handle serves a request as a whole.
func (b *Broker) handle(now env.Now, s *slot, r *wire.Request) {
	switch {
	case r.Produce != nil:
		b.producing.begin(now, s, r.Produce)
	case r.Fetch != nil && metalog.IsFetch(r.Fetch):
		b.metalog.Request(now, raft.Ticket(s.ticket), metalog.FetchRequest(s.version, r.Fetch))
	case r.Fetch != nil:
		b.fetching.begin(now, s, r.Fetch)
	default:
		b.route(now, s, r.Body)
	}
}

// notServed logs that a client asks for what this broker does not serve.
func (b *Broker) notServed(s *slot, what string) {
	b.log.Note(env.Warn, aboutPeer(s.conn.peer), "client %q at %s asks for what is not served: %s", s.clientID, s.conn.peer, what)
}

// noConsumerProtocol refuses a member of a group of KIP-848's protocol.
func (b *Broker) noConsumerProtocol(s *slot, r *kmsg.ConsumerGroupHeartbeatRequest) {
	b.notServed(s, fmt.Sprintf("the consumer group protocol (group.protocol=consumer), for group %q", r.Group))
	resp := r.ResponseKind().(*kmsg.ConsumerGroupHeartbeatResponse)
	text := "the consumer group protocol is not served; use group.protocol=classic"
	resp.ErrorCode, resp.ErrorMessage = int16(wire.UnsupportedVersion), &text
	b.reply(s, resp)
}

// aboutPeer is what lines are about that a peer causes: its host, as each of its connections has another port.
func aboutPeer(peer string) string {
	if i := strings.LastIndexByte(peer, ':'); i >= 0 {
		peer = peer[:i]
	}
	return "peer " + peer
}

// turnAway closes the connection of a request that cannot be answered, as Kafka does.
func (b *Broker) turnAway(s *slot, r *wire.Request, why string) {
	s.silent = true
	b.notServed(s, r.String()+" ("+why+")")
	b.hangUp(s.conn, r.Key, wire.UnsupportedVersion, r.String()+": "+why)
	b.finish(s)
}

// serves says whether a connection takes a Fetch: the quorum's where the controller is, all others where the broker is.
func (c *connection) serves(f *wire.Fetch) bool {
	if metalog.IsFetch(f) {
		return c.on&wire.OnController != 0
	}
	return c.on&wire.OnBroker != 0
}

// route hands a request to whoever serves its API.
func (b *Broker) route(now env.Now, s *slot, body kmsg.Request) {
	switch r := body.(type) {
	case *kmsg.MetadataRequest:
		b.metadata(now, s, r)
	case *kmsg.ListOffsetsRequest:
		b.listOffsets(now, s, r)
	case *kmsg.OffsetForLeaderEpochRequest:
		b.offsetForLeaderEpoch(s, r)
	case *kmsg.FindCoordinatorRequest:
		b.findCoordinator(now, s, r)
	case *kmsg.InitProducerIDRequest:
		b.initProducerID(now, s, r)
	case *kmsg.DeleteRecordsRequest:
		b.deleteRecords(now, s, r)
	case *kmsg.DescribeConfigsRequest:
		b.describeConfigs(s, r)
	case *kmsg.ListConfigResourcesRequest:
		b.reply(s, b.cluster.ConfigResources(s.from(), r))
	case *kmsg.DescribeClusterRequest:
		b.reply(s, b.cluster.DescribeCluster(s.from(), b.metalog.Voters(), r))
	case *kmsg.DescribeLogDirsRequest:
		b.describeLogDirs(s, r)
	case *kmsg.DescribeTopicPartitionsRequest:
		b.reply(s, b.cluster.TopicPartitions(s.from(), r, b.config.Int("max.request.partition.size.limit")))
	case *kmsg.ConsumerGroupHeartbeatRequest:
		b.noConsumerProtocol(s, r)
	case *kmsg.DescribeProducersRequest:
		b.describeProducers(s, r)
	default:
		if !b.clusterRequest(now, s, body) && !b.groupRequest(now, s, body) {
			panic("broker: " + wire.Name(s.key) + " is in wire's table but nobody here serves it")
		}
	}
}

// clusterRequest hands over a request of the quorum's or the controller's; false if it is none.
func (b *Broker) clusterRequest(now env.Now, s *slot, body kmsg.Request) bool {
	switch r := body.(type) {
	case *kmsg.VoteRequest, *kmsg.BeginQuorumEpochRequest, *kmsg.EndQuorumEpochRequest, *kmsg.FetchSnapshotRequest:
		b.metalog.Request(now, raft.Ticket(s.ticket), body)
	case *kmsg.EnvelopeRequest:
		b.envelope(now, s, r)
	case *kmsg.BrokerHeartbeatRequest:
		s.conn.beats = heartbeats{env.NodeID(r.BrokerID), env.BrokerEpoch(r.BrokerEpoch)}
		b.askControl(now, s, body)
	case *kmsg.BrokerRegistrationRequest, *kmsg.AlterPartitionRequest, *kmsg.AllocateProducerIDsRequest:
		b.askControl(now, s, body)
	case *kmsg.ControllerRegistrationRequest:
		b.reply(s, registeredController(r))
	case *kmsg.AlterConfigsRequest:
		b.alterConfigs(now, s, r)
	case *kmsg.IncrementalAlterConfigsRequest:
		b.incrementalAlterConfigs(now, s, r)
	default:
		if !wire.Lookup(s.key).Forwardable {
			return false
		}
		b.decide(now, s, body)
	}
	return true
}

// askControl has this node's controller answer what only nodes ask.
func (b *Broker) askControl(now env.Now, s *slot, r kmsg.Request) {
	t := s.ticket
	b.control.Ask(now, r, func(_ env.Now, resp kmsg.Response) { b.replyTo(t, resp) })
}

// registeredController answers a controller that makes itself known. Gregor's voters are static: nothing rests on it.
func registeredController(r *kmsg.ControllerRegistrationRequest) kmsg.Response {
	resp := r.ResponseKind().(*kmsg.ControllerRegistrationResponse)
	resp.ErrorCode = int16(wire.UnsupportedVersion)
	return resp
}

func (b *Broker) apiVersions(s *slot, r *wire.Request) {
	resp := wire.ApiVersionsResponse(r, s.conn.on, b.cluster.Features(), int64(b.metalog.Applied()-1))
	if body, ok := r.Body.(*kmsg.ApiVersionsRequest); ok {
		if code := wire.CheckApiVersions(body, b.dir.ClusterID(), int32(b.id)); code != wire.None {
			resp.ErrorCode, resp.FinalizedFeaturesEpoch = int16(code), -1
		}
	}
	s.version = resp.Version
	b.reply(s, resp)
}
