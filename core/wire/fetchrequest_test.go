package wire

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"
)

func drawnFetch(t *rapid.T) *kmsg.FetchRequest {
	r := kmsg.NewPtrFetchRequest()
	r.Version = replicaFetchVersion
	r.MaxWaitMillis, r.MinBytes, r.MaxBytes = rapid.Int32().Draw(t, "wait"), rapid.Int32().Draw(t, "min"),
		rapid.Int32().Draw(t, "max")
	r.IsolationLevel, r.SessionID, r.SessionEpoch = rapid.Int8().Draw(t, "isolation"), rapid.Int32().Draw(t, "session"),
		rapid.Int32().Draw(t, "epoch")
	r.Rack = rapid.StringN(0, 200, 600).Draw(t, "rack")
	r.ReplicaState.ID, r.ReplicaState.Epoch = rapid.Int32Min(-2).Draw(t, "replica"),
		rapid.Int64Min(-1).Draw(t, "broker epoch")
	for range rapid.IntRange(0, 3).Draw(t, "topics") {
		topic := kmsg.NewFetchRequestTopic()
		topic.TopicID[0] = rapid.Byte().Draw(t, "topic")
		for range rapid.IntRange(0, 200).Draw(t, "partitions") {
			p := kmsg.NewFetchRequestTopicPartition()
			p.Partition, p.CurrentLeaderEpoch, p.LastFetchedEpoch = rapid.Int32().Draw(t, "partition"),
				rapid.Int32().Draw(t, "leader epoch"), rapid.Int32().Draw(t, "last epoch")
			p.FetchOffset, p.LogStartOffset, p.PartitionMaxBytes = rapid.Int64().Draw(t, "offset"),
				rapid.Int64().Draw(t, "start"), rapid.Int32().Draw(t, "bytes")
			p.ReplicaDirectoryID[3] = rapid.Byte().Draw(t, "directory")
			p.HighWatermark = rapid.SampledFrom([]int64{math.MaxInt64, 0, 1 << 40}).Draw(t, "high watermark")
			topic.Partitions = append(topic.Partitions, p)
		}
		r.Topics = append(r.Topics, topic)
	}
	for range rapid.IntRange(0, 2).Draw(t, "forgotten topics") {
		topic := kmsg.NewFetchRequestForgottenTopic()
		topic.TopicID[5], topic.Partitions = rapid.Byte().Draw(t, "forgotten"),
			rapid.SliceOfN(rapid.Int32(), 0, 3).Draw(t, "forgotten partitions")
		r.ForgottenTopics = append(r.ForgottenTopics, topic)
	}
	return r
}

// What is written by hand is what kmsg writes, byte for byte.
func TestReplicaFetchIsKmsgs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawnFetch(t)
		require.Equal(t, r.AppendTo(nil), appendReplicaFetch(nil, r))
	})
}

// What only the quorum's requests say is left to kmsg.
func TestQuorumFetchIsLeftToKmsg(t *testing.T) {
	r, id := kmsg.NewPtrFetchRequest(), "a cluster"
	r.Version, r.ClusterID = replicaFetchVersion, &id
	require.False(t, isReplicaFetch(r))
}

// Nor does it lose an unknown tag, wherever that stands.
func TestTaggedFetchIsLeftToKmsg(t *testing.T) {
	tagged := kmsg.Tags{}
	tagged.Set(100, nil)
	for name, tag := range map[string]func(r *kmsg.FetchRequest){
		"request":   func(r *kmsg.FetchRequest) { r.UnknownTags = tagged },
		"replica":   func(r *kmsg.FetchRequest) { r.ReplicaState.UnknownTags = tagged },
		"topic":     func(r *kmsg.FetchRequest) { r.Topics[0].UnknownTags = tagged },
		"partition": func(r *kmsg.FetchRequest) { r.Topics[0].Partitions[1].UnknownTags = tagged },
		"forgotten": func(r *kmsg.FetchRequest) { r.ForgottenTopics[0].UnknownTags = tagged },
	} {
		r, client := kmsg.NewPtrFetchRequest(), "broker"
		r.Version = replicaFetchVersion
		r.Topics = []kmsg.FetchRequestTopic{{Partitions: make([]kmsg.FetchRequestTopicPartition, 2)}}
		r.ForgottenTopics = make([]kmsg.FetchRequestForgottenTopic, 1)
		require.True(t, isReplicaFetch(r), name)
		tag(r)
		require.Equal(t, frameOf(r, &client), AppendRequest(nil, r, 7, client), name)
	}
}
