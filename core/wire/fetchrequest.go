package wire

import (
	"math"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// replicaFetchVersion is what followers ask with: topics by id, and the replica in a tag (KIP-903).
const replicaFetchVersion = 17

// isReplicaFetch reports whether appendReplicaFetch knows all that is in a request. The quorum's requests name the
// cluster, too, and there may be unknown tags.
func isReplicaFetch(r *kmsg.FetchRequest) bool {
	return r.Version == replicaFetchVersion && r.ClusterID == nil && r.UnknownTags.Len() == 0 &&
		r.ReplicaState.UnknownTags.Len() == 0 &&
		!slices.ContainsFunc(r.Topics, taggedTopic) && !slices.ContainsFunc(r.ForgottenTopics, taggedForgotten)
}

func taggedTopic(t kmsg.FetchRequestTopic) bool {
	for i := range t.Partitions {
		if t.Partitions[i].UnknownTags.Len() > 0 {
			return true
		}
	}
	return t.UnknownTags.Len() > 0
}

func taggedForgotten(t kmsg.FetchRequestForgottenTopic) bool { return t.UnknownTags.Len() > 0 }

// appendReplicaFetch is the body of such a request. kmsg compares every tagged field with its default by
// reflection, which is most of what a follower would do to ask for one more record.
func appendReplicaFetch(dst []byte, r *kmsg.FetchRequest) []byte {
	dst = appendInt32(dst, r.MaxWaitMillis)
	dst = appendInt32(dst, r.MinBytes)
	dst = appendInt32(dst, r.MaxBytes)
	dst = append(dst, byte(r.IsolationLevel))
	dst = appendInt32(dst, r.SessionID)
	dst = appendInt32(dst, r.SessionEpoch)
	dst = appendLen(dst, true, len(r.Topics))
	for i := range r.Topics {
		dst = appendFetchTopic(dst, &r.Topics[i])
	}
	dst = appendLen(dst, true, len(r.ForgottenTopics))
	for i := range r.ForgottenTopics {
		dst = appendForgotten(dst, &r.ForgottenTopics[i])
	}
	dst = appendString(dst, true, r.Rack)
	return appendReplicaState(dst, r)
}

func appendFetchTopic(dst []byte, t *kmsg.FetchRequestTopic) []byte {
	dst = appendUUID(dst, t.TopicID)
	dst = appendLen(dst, true, len(t.Partitions))
	for i := range t.Partitions {
		p := &t.Partitions[i]
		dst = appendInt32(dst, p.Partition)
		dst = appendInt32(dst, p.CurrentLeaderEpoch)
		dst = appendInt64(dst, p.FetchOffset)
		dst = appendInt32(dst, p.LastFetchedEpoch)
		dst = appendInt64(dst, p.LogStartOffset)
		dst = appendInt32(dst, p.PartitionMaxBytes)
		dst = appendFetchTags(dst, p)
	}
	return append(dst, 0)
}

// appendFetchTags ends a partition with its tags: the replica's directory and, since KIP-1166, its high watermark.
func appendFetchTags(dst []byte, p *kmsg.FetchRequestTopicPartition) []byte {
	at := len(dst)
	dst = append(dst, 0)
	if p.ReplicaDirectoryID != (kafka.UUID{}) {
		dst[at]++
		dst = appendUUID(append(dst, 0, 16), p.ReplicaDirectoryID)
	}
	if p.HighWatermark != math.MaxInt64 {
		dst[at]++
		dst = appendInt64(append(dst, 1, 8), p.HighWatermark)
	}
	return dst
}

func appendForgotten(dst []byte, t *kmsg.FetchRequestForgottenTopic) []byte {
	dst = appendUUID(dst, t.TopicID)
	dst = appendLen(dst, true, len(t.Partitions))
	for _, p := range t.Partitions {
		dst = appendInt32(dst, p)
	}
	return append(dst, 0)
}

// appendReplicaState ends the request with its tags: who asks.
func appendReplicaState(dst []byte, r *kmsg.FetchRequest) []byte {
	state := &r.ReplicaState
	if state.ID == -1 && state.Epoch == -1 {
		return append(dst, 0)
	}
	dst = append(dst, 1, 1, 13)
	dst = appendInt32(dst, state.ID)
	dst = appendInt64(dst, state.Epoch)
	return append(dst, 0)
}
