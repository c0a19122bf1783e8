package metalog

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/wire"
)

// FetchRequest is a Fetch of the metadata log as the replica handles it: it was decoded by hand, as all are.
func FetchRequest(version int16, r *wire.Fetch) *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.Version = version
	if r.ClusterID != "" {
		id := r.ClusterID
		req.ClusterID = &id
	}
	req.ReplicaID, req.ReplicaState.ID, req.ReplicaState.Epoch = int32(r.Replica), int32(r.Replica), int64(r.ReplicaEpoch)
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = r.MaxWaitMillis, r.MinBytes, r.MaxBytes
	for i := range r.Topics {
		t := kmsg.NewFetchRequestTopic()
		t.Topic, t.TopicID = r.Topics[i].Topic, r.Topics[i].TopicID
		for _, ask := range r.Topics[i].Partitions {
			p := kmsg.NewFetchRequestTopicPartition()
			p.Partition, p.CurrentLeaderEpoch, p.FetchOffset = int32(ask.Partition), int32(ask.CurrentLeaderEpoch),
				int64(ask.FetchOffset)
			p.LastFetchedEpoch, p.LogStartOffset, p.PartitionMaxBytes = int32(ask.LastFetchedEpoch), int64(ask.LogStart),
				ask.MaxBytes
			p.ReplicaDirectoryID, p.HighWatermark = ask.DirectoryID, int64(ask.HighWatermark)
			t.Partitions = append(t.Partitions, p)
		}
		req.Topics = append(req.Topics, t)
	}
	return req
}

// IsFetch reports whether a Fetch asks for the metadata log.
func IsFetch(r *wire.Fetch) bool {
	return r.Replica >= 0 && len(r.Topics) == 1 && (r.Topics[0].TopicID == kafka.MetadataTopicID ||
		r.Topics[0].Topic == kafka.MetadataTopic)
}
