package replica

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
)

// sendFetch asks for everybody who is ready, up to the bound.
func (f *Fetcher) sendFetch(now env.Now) {
	req := f.newFetch()
	at := map[env.UUID]int{}
	asked := 0
	for _, s := range f.spots {
		if asked == f.cfg.MaxPartitions {
			break
		}
		if s.r.readiness(now) != ready {
			continue
		}
		i, ok := at[s.r.topicID]
		if !ok {
			topic := kmsg.NewFetchRequestTopic()
			topic.TopicID = s.r.topicID
			i, req.Topics = len(req.Topics), append(req.Topics, topic)
			at[s.r.topicID] = i
		}
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, f.ask(s))
		asked++
	}
	if asked > 0 {
		f.send(req)
	}
}

func (f *Fetcher) newFetch() *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.Version = f.cfg.Version
	req.ReplicaState.ID, req.ReplicaState.Epoch = int32(f.broker.Node), int64(f.broker.Epoch)
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = int32(f.cfg.MaxWait.Milliseconds()), f.cfg.MinBytes, f.cfg.MaxBytes
	req.SessionEpoch = -1
	return req
}

// ask is one partition of a fetch.
func (f *Fetcher) ask(s *spot) kmsg.FetchRequestTopicPartition {
	r := s.r
	s.asked, s.looked, s.epoch, s.offset, s.turn = true, askNothing, r.epoch, r.log.EndOffset(), f.token+1
	p := kmsg.NewFetchRequestTopicPartition()
	p.Partition, p.CurrentLeaderEpoch, p.FetchOffset = int32(r.tp.Partition), int32(s.epoch), int64(s.offset)
	p.LastFetchedEpoch, p.LogStartOffset = int32(r.follow.lastFetched), int64(r.log.LogStart())
	p.PartitionMaxBytes = f.cfg.PartitionMaxBytes
	return p
}

// sendLookups asks for the leader's end or start where a fetch was out of range, and reports whether it did.
func (f *Fetcher) sendLookups(now env.Now) bool {
	req := kmsg.NewPtrListOffsetsRequest()
	req.Version, req.ReplicaID = listOffsetsVersion, int32(f.broker.Node)
	asked := 0
	for _, s := range f.spots {
		if asked == f.cfg.MaxPartitions {
			break
		}
		r := s.r
		if r.follow.lookup == askNothing || r.readiness(now) != ready {
			continue
		}
		s.asked, s.looked, s.epoch = true, r.follow.lookup, r.epoch
		p := kmsg.NewListOffsetsRequestTopicPartition()
		p.Partition, p.CurrentLeaderEpoch, p.Timestamp = int32(r.tp.Partition), int32(r.epoch), r.follow.lookup.timestamp()
		topic := kmsg.NewListOffsetsRequestTopic()
		topic.Topic = r.tp.Topic
		topic.Partitions = append(topic.Partitions, p)
		req.Topics = append(req.Topics, topic)
		asked++
	}
	if asked == 0 {
		return false
	}
	f.send(req)
	return true
}

// listOffsetsVersion is the version of ListOffsets that followers ask with.
const listOffsetsVersion = 7
