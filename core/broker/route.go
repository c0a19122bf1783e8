package broker

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/wire"
)

// message takes a decoded request. Its buffer is the slot's until the answer has left.
func (b *Broker) message(e env.Event) {
	c := b.conns[e.Conn]
	if c == nil || c.closing || b.phase != serving {
		e.Buffer.Release()
		return
	}
	b.enqueue(c, e.Message.(*wire.Request), e.Buffer)
}

// begin serves a request.
func (b *Broker) begin(now env.Now, s *slot, r *wire.Request) {
	switch {
	case r.Key == kmsg.ApiVersions.Int16():
		b.apiVersions(s, r)
	case r.Unsupported:
		s.silent = true
		b.hangUp(s.conn, r.Key, wire.UnsupportedVersion, r.String()+": the version is outside what ApiVersions tells")
		b.finish(s)
	case r.Produce != nil:
		b.produce(now, s, r.Produce)
	case r.Fetch != nil:
		b.fetch(now, s, r.Fetch)
	default:
		b.route(now, s, r.Body)
	}
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
		b.listConfigResources(s, r)
	case *kmsg.DescribeClusterRequest:
		b.describeCluster(s, r)
	case *kmsg.DescribeLogDirsRequest:
		b.describeLogDirs(s, r)
	case *kmsg.DescribeTopicPartitionsRequest:
		b.describeTopicPartitions(s, r)
	case *kmsg.DescribeProducersRequest:
		b.describeProducers(s, r)
	default:
		if !b.changeRequest(now, s, body) && !b.groupRequest(now, s, body) {
			panic("broker: " + wire.Name(s.key) + " is in wire's table but nobody here serves it")
		}
	}
}

// changeRequest hands over a request that changes the cluster's metadata; false if it is none.
func (b *Broker) changeRequest(now env.Now, s *slot, body kmsg.Request) bool {
	switch r := body.(type) {
	case *kmsg.CreateTopicsRequest:
		b.createTopics(now, s, r)
	case *kmsg.DeleteTopicsRequest:
		b.deleteTopics(now, s, r)
	case *kmsg.CreatePartitionsRequest:
		b.createPartitions(now, s, r)
	case *kmsg.AlterConfigsRequest:
		b.alterConfigs(now, s, r)
	case *kmsg.IncrementalAlterConfigsRequest:
		b.incrementalAlterConfigs(now, s, r)
	default:
		return false
	}
	return true
}

func (b *Broker) apiVersions(s *slot, r *wire.Request) {
	resp := wire.ApiVersionsResponse(r, wire.OnBroker, []wire.Feature{wire.MetadataVersion()}, int64(b.changes.applied))
	if body, ok := r.Body.(*kmsg.ApiVersionsRequest); ok {
		if code := wire.CheckApiVersions(body, b.clusterID, int32(b.id)); code != wire.None {
			resp.ErrorCode = int16(code)
		}
	}
	s.version = resp.Version
	b.reply(s, resp)
}
