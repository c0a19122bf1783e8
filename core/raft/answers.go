package raft

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
)

func (r *Replica) clusterID() *string {
	if r.cfg.ClusterID == "" {
		return nil
	}
	id := r.cfg.ClusterID
	return &id
}

func (r *Replica) isCluster(id *string) bool {
	return id == nil || r.cfg.ClusterID == "" || *id == r.cfg.ClusterID
}

// refusal is the answer to a request as a whole.
func refusal(req kmsg.Request, code int16) kmsg.Response {
	resp := req.ResponseKind()
	switch a := resp.(type) {
	case *kmsg.VoteResponse:
		a.ErrorCode = code
	case *kmsg.BeginQuorumEpochResponse:
		a.ErrorCode = code
	case *kmsg.EndQuorumEpochResponse:
		a.ErrorCode = code
	case *kmsg.FetchResponse:
		a.ErrorCode = code
	case *kmsg.FetchSnapshotResponse:
		a.ErrorCode = code
	case *kmsg.DescribeQuorumResponse:
		a.ErrorCode = code
	default:
		panic(fmt.Sprintf("raft: a %T is no request of the quorum; the owner routed it wrong", req))
	}
	return resp
}

// endpoint is where the leader listens; false if nobody is known to lead.
func (r *Replica) endpoint() (Voter, bool) {
	if leader := r.LeaderID(); leader != NoNode {
		return r.cfg.Voters[r.indexOf(leader)], true
	}
	return Voter{}, false
}

func votePartition(req *kmsg.VoteRequest) (*kmsg.VoteRequestTopicPartition, bool) {
	if len(req.Topics) != 1 || req.Topics[0].Topic != Partition.Topic || len(req.Topics[0].Partitions) != 1 {
		return nil, false
	}
	p := &req.Topics[0].Partitions[0]
	return p, p.Partition == 0
}

func (r *Replica) voteAnswer(req *kmsg.VoteRequest, code int16, isGranted bool) *kmsg.VoteResponse {
	a := req.ResponseKind().(*kmsg.VoteResponse)
	p := kmsg.NewVoteResponseTopicPartition()
	p.ErrorCode, p.VoteGranted = code, isGranted
	p.LeaderID, p.LeaderEpoch = int32(r.LeaderID()), int32(r.election.epoch)
	t := kmsg.NewVoteResponseTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.VoteResponseTopicPartition{p}
	a.Topics = []kmsg.VoteResponseTopic{t}
	if v, ok := r.endpoint(); ok && a.Version >= 1 {
		e := kmsg.NewVoteResponseNodeEndpoint()
		e.NodeID, e.Host, e.Port = int32(v.ID), v.Host, v.Port
		a.NodeEndpoints = append(a.NodeEndpoints, e)
	}
	return a
}

func (r *Replica) beginAnswer(req *kmsg.BeginQuorumEpochRequest, code int16) *kmsg.BeginQuorumEpochResponse {
	a := req.ResponseKind().(*kmsg.BeginQuorumEpochResponse)
	p := kmsg.NewBeginQuorumEpochResponseTopicPartition()
	p.ErrorCode, p.LeaderID, p.LeaderEpoch = code, int32(r.LeaderID()), int32(r.election.epoch)
	t := kmsg.NewBeginQuorumEpochResponseTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.BeginQuorumEpochResponseTopicPartition{p}
	a.Topics = []kmsg.BeginQuorumEpochResponseTopic{t}
	if v, ok := r.endpoint(); ok && a.Version >= 1 {
		e := kmsg.NewBeginQuorumEpochResponseNodeEndpoint()
		e.NodeID, e.Host, e.Port = int32(v.ID), v.Host, v.Port
		a.NodeEndpoints = append(a.NodeEndpoints, e)
	}
	return a
}

func (r *Replica) endAnswer(req *kmsg.EndQuorumEpochRequest, code int16) *kmsg.EndQuorumEpochResponse {
	a := req.ResponseKind().(*kmsg.EndQuorumEpochResponse)
	p := kmsg.NewEndQuorumEpochResponseTopicPartition()
	p.ErrorCode, p.LeaderID, p.LeaderEpoch = code, int32(r.LeaderID()), int32(r.election.epoch)
	t := kmsg.NewEndQuorumEpochResponseTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.EndQuorumEpochResponseTopicPartition{p}
	a.Topics = []kmsg.EndQuorumEpochResponseTopic{t}
	if v, ok := r.endpoint(); ok && a.Version >= 1 {
		e := kmsg.NewEndQuorumEpochResponseNodeEndpoint()
		e.NodeID, e.Host, e.Port = int32(v.ID), v.Host, v.Port
		a.NodeEndpoints = append(a.NodeEndpoints, e)
	}
	return a
}

// fetchAnswer answers a fetch without records.
func (r *Replica) fetchAnswer(w *waitingFetch, code int16) *kmsg.FetchResponse {
	a := kmsg.NewPtrFetchResponse()
	a.Version = w.version
	p := kmsg.NewFetchResponseTopicPartition()
	p.ErrorCode = code
	p.HighWatermark, p.LastStableOffset, p.LogStartOffset = -1, -1, int64(r.start)
	if r.role == Leader && code == codeNone {
		p.HighWatermark, p.LastStableOffset = int64(r.lead.high), int64(r.lead.high)
	}
	p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch = int32(r.LeaderID()), int32(r.election.epoch)
	p.PreferredReadReplica = -1
	t := kmsg.NewFetchResponseTopic()
	t.Topic, t.TopicID, t.Partitions = Partition.Topic, TopicID, []kmsg.FetchResponseTopicPartition{p}
	a.Topics = []kmsg.FetchResponseTopic{t}
	if v, ok := r.endpoint(); ok && a.Version >= 16 {
		b := kmsg.NewFetchResponseBroker()
		b.NodeID, b.Host, b.Port = int32(v.ID), v.Host, int32(v.Port)
		a.Brokers = append(a.Brokers, b)
	}
	return a
}

// fetchElsewhere tells a replica to cut its log, or to fetch a snapshot.
func (r *Replica) fetchElsewhere(w *waitingFetch, what verdict, at SnapshotID) *kmsg.FetchResponse {
	a := r.fetchAnswer(w, codeNone)
	p := &a.Topics[0].Partitions[0]
	if what == diverges {
		p.DivergingEpoch.Epoch, p.DivergingEpoch.EndOffset = int32(at.Epoch), int64(at.End)
		return a
	}
	p.SnapshotID.EndOffset, p.SnapshotID.Epoch = int64(at.End), int32(at.Epoch)
	return a
}

func (r *Replica) snapshotAnswer(req *kmsg.FetchSnapshotRequest, code int16, id SnapshotID, size, pos env.Position, part []byte) *kmsg.FetchSnapshotResponse {
	a := req.ResponseKind().(*kmsg.FetchSnapshotResponse)
	p := kmsg.NewFetchSnapshotResponseTopicPartition()
	p.ErrorCode = code
	p.SnapshotID.EndOffset, p.SnapshotID.Epoch = int64(id.End), int32(id.Epoch)
	p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch = int32(r.LeaderID()), int32(r.election.epoch)
	p.Size, p.Position, p.Bytes = int64(size), int64(pos), part
	t := kmsg.NewFetchSnapshotResponseTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.FetchSnapshotResponseTopicPartition{p}
	a.Topics = []kmsg.FetchSnapshotResponseTopic{t}
	if v, ok := r.endpoint(); ok && a.Version >= 1 {
		e := kmsg.NewFetchSnapshotResponseNodeEndpoint()
		e.NodeID, e.Host, e.Port = int32(v.ID), v.Host, v.Port
		a.NodeEndpoints = append(a.NodeEndpoints, e)
	}
	return a
}

// describe answers DescribeQuorum.
func (r *Replica) describe(now env.Now, req *kmsg.DescribeQuorumRequest) *kmsg.DescribeQuorumResponse {
	a := req.ResponseKind().(*kmsg.DescribeQuorumResponse)
	alone := len(req.Topics) == 1 && len(req.Topics[0].Partitions) == 1 // as Kafka wants the quorum's partition asked for
	for _, t := range req.Topics {
		at := kmsg.NewDescribeQuorumResponseTopic()
		at.Topic = t.Topic
		for _, q := range t.Partitions {
			p := kmsg.NewDescribeQuorumResponseTopicPartition()
			p.Partition = q.Partition
			switch {
			case !alone || t.Topic != Partition.Topic || q.Partition != 0:
				p.ErrorCode = codeUnknownTopic
			case r.role != Leader:
				p.ErrorCode = codeNotLeader
				p.LeaderID, p.LeaderEpoch = int32(r.LeaderID()), int32(r.election.epoch)
			default:
				r.describeLeading(now, &p)
			}
			at.Partitions = append(at.Partitions, p)
		}
		a.Topics = append(a.Topics, at)
	}
	if describes(a) {
		a.Nodes = r.voterNodes()
	}
	return a
}

// describes reports whether an answer describes the quorum: only then Kafka lists its nodes.
func describes(a *kmsg.DescribeQuorumResponse) bool {
	for _, t := range a.Topics {
		for _, p := range t.Partitions {
			if p.ErrorCode == 0 {
				return true
			}
		}
	}
	return false
}

func (r *Replica) voterNodes() (nodes []kmsg.DescribeQuorumResponseNode) {
	for i := range r.cfg.Voters {
		v := &r.cfg.Voters[i]
		n, l := kmsg.NewDescribeQuorumResponseNode(), kmsg.NewDescribeQuorumResponseNodeListener()
		l.Name, l.Host, l.Port = r.cfg.Listener, v.Host, v.Port
		n.NodeID, n.Listeners = int32(v.ID), append(n.Listeners, l)
		nodes = append(nodes, n)
	}
	return nodes
}

func (r *Replica) describeLeading(now env.Now, p *kmsg.DescribeQuorumResponseTopicPartition) {
	p.LeaderID, p.LeaderEpoch, p.HighWatermark = int32(r.cfg.Node), int32(r.election.epoch), int64(r.lead.high)
	for i := range r.lead.voters {
		s := r.lead.voters[i].describe()
		if r.lead.voters[i].id == r.cfg.Node {
			s.ReplicaDirectoryID, s.LogEndOffset = r.cfg.Directory, int64(r.end.End)
			s.LastFetchTimestamp, s.LastCaughtUpTimestamp = int64(now.Wall), int64(now.Wall)
		}
		p.CurrentVoters = append(p.CurrentVoters, s)
	}
	r.lead.expireObservers(now)
	for i := range r.lead.observers {
		p.Observers = append(p.Observers, r.lead.observers[i].describe())
	}
}

func (p *progress) describe() kmsg.DescribeQuorumResponseTopicPartitionReplicaState {
	s := kmsg.NewDescribeQuorumResponseTopicPartitionReplicaState()
	s.ReplicaID, s.ReplicaDirectoryID, s.LogEndOffset = int32(p.id), p.dir, int64(p.end)
	s.LastFetchTimestamp, s.LastCaughtUpTimestamp = int64(p.fetchedWall), int64(p.caughtUpWall)
	return s
}
