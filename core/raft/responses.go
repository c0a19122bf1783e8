package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/wire"
)

// refusal is the response that refuses a request as a whole.
func refusal(req kmsg.Request, code kafka.ErrorCode) kmsg.Response {
	resp := wire.Refuse(req, code)
	if resp == nil {
		must.Fail("raft: a %T is no request of the quorum; did the owner route it wrong?", req)
	}
	return resp
}

func voteResponse(v knownLeader, req *kmsg.VoteRequest, code kafka.ErrorCode, isGranted bool) *kmsg.VoteResponse {
	a := req.ResponseKind().(*kmsg.VoteResponse)
	p := kmsg.NewVoteResponseTopicPartition()
	p.ErrorCode, p.VoteGranted = int16(code), isGranted
	p.LeaderID, p.LeaderEpoch = int32(v.leader), int32(v.epoch)
	t := kmsg.NewVoteResponseTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.VoteResponseTopicPartition{p}
	a.Topics = []kmsg.VoteResponseTopic{t}
	if v.endpoint != nil && a.Version >= 1 {
		e := kmsg.NewVoteResponseNodeEndpoint()
		e.NodeID, e.Host, e.Port = int32(v.endpoint.ID), v.endpoint.Host, v.endpoint.Port
		a.NodeEndpoints = append(a.NodeEndpoints, e)
	}
	return a
}

func beginResponse(v knownLeader, req *kmsg.BeginQuorumEpochRequest,
	code kafka.ErrorCode) *kmsg.BeginQuorumEpochResponse {
	a := req.ResponseKind().(*kmsg.BeginQuorumEpochResponse)
	p := kmsg.NewBeginQuorumEpochResponseTopicPartition()
	p.ErrorCode, p.LeaderID, p.LeaderEpoch = int16(code), int32(v.leader), int32(v.epoch)
	t := kmsg.NewBeginQuorumEpochResponseTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.BeginQuorumEpochResponseTopicPartition{p}
	a.Topics = []kmsg.BeginQuorumEpochResponseTopic{t}
	if v.endpoint != nil && a.Version >= 1 {
		e := kmsg.NewBeginQuorumEpochResponseNodeEndpoint()
		e.NodeID, e.Host, e.Port = int32(v.endpoint.ID), v.endpoint.Host, v.endpoint.Port
		a.NodeEndpoints = append(a.NodeEndpoints, e)
	}
	return a
}

func endResponse(v knownLeader, req *kmsg.EndQuorumEpochRequest, code kafka.ErrorCode) *kmsg.EndQuorumEpochResponse {
	a := req.ResponseKind().(*kmsg.EndQuorumEpochResponse)
	p := kmsg.NewEndQuorumEpochResponseTopicPartition()
	p.ErrorCode, p.LeaderID, p.LeaderEpoch = int16(code), int32(v.leader), int32(v.epoch)
	t := kmsg.NewEndQuorumEpochResponseTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.EndQuorumEpochResponseTopicPartition{p}
	a.Topics = []kmsg.EndQuorumEpochResponseTopic{t}
	if v.endpoint != nil && a.Version >= 1 {
		e := kmsg.NewEndQuorumEpochResponseNodeEndpoint()
		e.NodeID, e.Host, e.Port = int32(v.endpoint.ID), v.endpoint.Host, v.endpoint.Port
		a.NodeEndpoints = append(a.NodeEndpoints, e)
	}
	return a
}

// fetchResponse answers a Fetch, without records.
func fetchResponse(v knownLeader, version int16, code kafka.ErrorCode, start, high kafka.Offset) *kmsg.FetchResponse {
	a := kmsg.NewPtrFetchResponse()
	a.Version = version
	p := kmsg.NewFetchResponseTopicPartition()
	p.ErrorCode = int16(code)
	p.HighWatermark, p.LastStableOffset, p.LogStartOffset = int64(high), int64(high), int64(start)
	p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch = int32(v.leader), int32(v.epoch)
	p.PreferredReadReplica = -1
	t := kmsg.NewFetchResponseTopic()
	t.Topic, t.TopicID, t.Partitions = Partition.Topic, kafka.MetadataTopicID, []kmsg.FetchResponseTopicPartition{p}
	a.Topics = []kmsg.FetchResponseTopic{t}
	if v.endpoint != nil && a.Version >= 16 {
		b := kmsg.NewFetchResponseBroker()
		b.NodeID, b.Host, b.Port = int32(v.endpoint.ID), v.endpoint.Host, int32(v.endpoint.Port)
		a.Brokers = append(a.Brokers, b)
	}
	return a
}

// redirect has a replica truncate its log, or fetch a snapshot.
func redirect(a *kmsg.FetchResponse, what verdict, at SnapshotID) *kmsg.FetchResponse {
	p := &a.Topics[0].Partitions[0]
	if what == diverges {
		p.DivergingEpoch.Epoch, p.DivergingEpoch.EndOffset = int32(at.Epoch), int64(at.End)
		return a
	}
	p.SnapshotID.EndOffset, p.SnapshotID.Epoch = int64(at.End), int32(at.Epoch)
	return a
}

func snapshotResponse(v knownLeader, req *kmsg.FetchSnapshotRequest, code kafka.ErrorCode, id SnapshotID, size,
	pos env.Position,
	part []byte) *kmsg.FetchSnapshotResponse {
	a := req.ResponseKind().(*kmsg.FetchSnapshotResponse)
	p := kmsg.NewFetchSnapshotResponseTopicPartition()
	p.ErrorCode = int16(code)
	p.SnapshotID.EndOffset, p.SnapshotID.Epoch = int64(id.End), int32(id.Epoch)
	p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch = int32(v.leader), int32(v.epoch)
	p.Size, p.Position, p.Bytes = int64(size), int64(pos), part
	t := kmsg.NewFetchSnapshotResponseTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.FetchSnapshotResponseTopicPartition{p}
	a.Topics = []kmsg.FetchSnapshotResponseTopic{t}
	if v.endpoint != nil && a.Version >= 1 {
		e := kmsg.NewFetchSnapshotResponseNodeEndpoint()
		e.NodeID, e.Host, e.Port = int32(v.endpoint.ID), v.endpoint.Host, v.endpoint.Port
		a.NodeEndpoints = append(a.NodeEndpoints, e)
	}
	return a
}
