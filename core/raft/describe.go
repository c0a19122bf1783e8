package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// describe answers DescribeQuorum.
func (m *member) describe(now env.Now, req *kmsg.DescribeQuorumRequest) *kmsg.DescribeQuorumResponse {
	a := req.ResponseKind().(*kmsg.DescribeQuorumResponse)
	alone := len(req.Topics) == 1 &&
		len(req.Topics[0].Partitions) == 1 // Kafka answers only requests for the quorum's partition
	for _, t := range req.Topics {
		at := kmsg.NewDescribeQuorumResponseTopic()
		at.Topic = t.Topic
		for _, q := range t.Partitions {
			p := kmsg.NewDescribeQuorumResponseTopicPartition()
			p.Partition = q.Partition
			switch {
			case !alone || t.Topic != Partition.Topic || q.Partition != 0:
				p.ErrorCode = int16(kafka.UnknownTopicOrPartition)
			case m.at.role != Leader:
				p.ErrorCode = int16(kafka.NotLeaderOrFollower)
				p.LeaderID, p.LeaderEpoch = int32(m.at.leader()), int32(m.at.election.epoch)
			default:
				p.LeaderEpoch = int32(m.at.election.epoch)
				m.lead.describe(now, m.log.end.End, &p)
			}
			at.Partitions = append(at.Partitions, p)
		}
		a.Topics = append(a.Topics, at)
	}
	if describes(a) {
		a.Nodes = voterNodes(m.cfg)
	}
	return a
}

// describes reports whether a response describes the quorum: only then Kafka lists its nodes.
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

func voterNodes(cfg *Config) (nodes []kmsg.DescribeQuorumResponseNode) {
	for i := range cfg.Voters {
		v := &cfg.Voters[i]
		n, l := kmsg.NewDescribeQuorumResponseNode(), kmsg.NewDescribeQuorumResponseNodeListener()
		l.Name, l.Host, l.Port = cfg.Listener, v.Host, v.Port
		n.NodeID, n.Listeners = int32(v.ID), append(n.Listeners, l)
		nodes = append(nodes, n)
	}
	return nodes
}

// describe lists the voters and the observers.
func (l *leading) describe(now env.Now, end kafka.Offset, p *kmsg.DescribeQuorumResponseTopicPartition) {
	p.LeaderID, p.HighWatermark = int32(l.cfg.Node), int64(l.high)
	for i := range l.voters {
		s := l.voters[i].describe()
		if l.voters[i].id == l.cfg.Node {
			s.ReplicaDirectoryID, s.LogEndOffset = l.cfg.Directory, int64(end)
			s.LastFetchTimestamp, s.LastCaughtUpTimestamp = int64(now.Wall), int64(now.Wall)
		}
		p.CurrentVoters = append(p.CurrentVoters, s)
	}
	l.expireObservers(now)
	for i := range l.observers {
		p.Observers = append(p.Observers, l.observers[i].describe())
	}
}

func (p *progress) describe() kmsg.DescribeQuorumResponseTopicPartitionReplicaState {
	s := kmsg.NewDescribeQuorumResponseTopicPartitionReplicaState()
	s.ReplicaID, s.ReplicaDirectoryID, s.LogEndOffset = int32(p.id), p.dir, int64(p.end)
	s.LastFetchTimestamp, s.LastCaughtUpTimestamp = int64(p.lag.Fetched), int64(p.lag.CaughtUp)
	return s
}
