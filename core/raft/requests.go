package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// voteRequest asks the i-th voter for its vote of an epoch, or whether it would give that of the next one.
func voteRequest(cfg *Config, i int, e election, end SnapshotID, isPre bool) *kmsg.VoteRequest {
	req := kmsg.NewPtrVoteRequest()
	req.Version = 2
	req.ClusterID = cfg.clusterID()
	req.VoterID = int32(cfg.Voters[i].ID)
	p := kmsg.NewVoteRequestTopicPartition()
	p.CandidateEpoch = int32(e.epoch)
	p.CandidateID, p.CandidateDirectoryID = int32(cfg.Node), cfg.Directory
	p.VoterDirectoryID = cfg.Voters[i].Directory
	p.LastOffsetEpoch, p.LastOffset = int32(end.Epoch), int64(end.End)
	p.PreVote = isPre
	t := kmsg.NewVoteRequestTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.VoteRequestTopicPartition{p}
	req.Topics = []kmsg.VoteRequestTopic{t}
	return req
}

// votePartition is the partition that a Vote is about; false if it is not the quorum's alone.
func votePartition(req *kmsg.VoteRequest) (*kmsg.VoteRequestTopicPartition, bool) {
	if len(req.Topics) != 1 || req.Topics[0].Topic != Partition.Topic || len(req.Topics[0].Partitions) != 1 {
		return nil, false
	}
	p := &req.Topics[0].Partitions[0]
	return p, p.Partition == 0
}

// beginRequest announces to the i-th voter that this node leads an epoch.
func beginRequest(cfg *Config, i int, epoch kafka.LeaderEpoch) *kmsg.BeginQuorumEpochRequest {
	req := kmsg.NewPtrBeginQuorumEpochRequest()
	req.Version = 1
	req.ClusterID = cfg.clusterID()
	req.VoterID = int32(cfg.Voters[i].ID)
	p := kmsg.NewBeginQuorumEpochRequestTopicPartition()
	p.VoterDirectoryID = cfg.Voters[i].Directory
	p.LeaderID, p.LeaderEpoch = int32(cfg.Node), int32(epoch)
	t := kmsg.NewBeginQuorumEpochRequestTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.BeginQuorumEpochRequestTopicPartition{p}
	req.Topics = []kmsg.BeginQuorumEpochRequestTopic{t}
	me := &cfg.Voters[cfg.indexOf(cfg.Node)]
	e := kmsg.NewBeginQuorumEpochRequestLeaderEndpoint()
	e.Name, e.Host, e.Port = cfg.Listener, me.Host, me.Port
	req.LeaderEndpoints = append(req.LeaderEndpoints, e)
	return req
}

// endRequest announces that this node has resigned, with the successors it prefers, the best first.
func endRequest(cfg *Config, epoch kafka.LeaderEpoch, successors []kafka.NodeID) *kmsg.EndQuorumEpochRequest {
	req := kmsg.NewPtrEndQuorumEpochRequest()
	req.Version = 1
	req.ClusterID = cfg.clusterID()
	p := kmsg.NewEndQuorumEpochRequestTopicPartition()
	p.LeaderID, p.LeaderEpoch = int32(cfg.Node), int32(epoch)
	for _, id := range successors {
		c := kmsg.NewEndQuorumEpochRequestTopicPartitionPreferredCandidate()
		c.CandidateID, c.CandidateDirectoryID = int32(id), cfg.Voters[cfg.indexOf(id)].Directory
		p.PreferredCandidates = append(p.PreferredCandidates, c)
	}
	t := kmsg.NewEndQuorumEpochRequestTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.EndQuorumEpochRequestTopicPartition{p}
	req.Topics = []kmsg.EndQuorumEpochRequestTopic{t}
	return req
}

// fetchRequest fetches what comes after this replica's log.
func fetchRequest(cfg *Config, epoch kafka.LeaderEpoch, l *metadataLog) *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.Version = 18
	req.ClusterID = cfg.clusterID()
	req.ReplicaState.ID = int32(cfg.Node)
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = int32(cfg.FetchMaxWaitMs), 0, int32(cfg.MaxFetchBytes)
	p := kmsg.NewFetchRequestTopicPartition()
	p.CurrentLeaderEpoch = int32(epoch)
	p.FetchOffset, p.LastFetchedEpoch = int64(l.end.End), int32(l.end.Epoch)
	p.LogStartOffset = int64(l.start)
	p.PartitionMaxBytes = req.MaxBytes
	p.ReplicaDirectoryID = cfg.Directory
	p.HighWatermark = int64(max(l.leaderHigh, l.high))
	t := kmsg.NewFetchRequestTopic()
	t.Topic, t.TopicID = Partition.Topic, kafka.MetadataTopicID
	t.Partitions = []kmsg.FetchRequestTopicPartition{p}
	req.Topics = []kmsg.FetchRequestTopic{t}
	return req
}

// snapshotRequest fetches the next part of a snapshot.
func snapshotRequest(cfg *Config, epoch kafka.LeaderEpoch, f *transfer) *kmsg.FetchSnapshotRequest {
	req := kmsg.NewPtrFetchSnapshotRequest()
	req.Version = 1
	req.ClusterID = cfg.clusterID()
	req.ReplicaID, req.MaxBytes = int32(cfg.Node), int32(cfg.MaxPartBytes)
	p := kmsg.NewFetchSnapshotRequestTopicPartition()
	p.CurrentLeaderEpoch = int32(epoch)
	p.SnapshotID.EndOffset, p.SnapshotID.Epoch = int64(f.id.End), int32(f.id.Epoch)
	p.Position = int64(f.pos)
	p.ReplicaDirectoryID = cfg.Directory
	t := kmsg.NewFetchSnapshotRequestTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.FetchSnapshotRequestTopicPartition{p}
	req.Topics = []kmsg.FetchSnapshotRequestTopic{t}
	return req
}
