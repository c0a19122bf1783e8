package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// OffsetForLeaderEpoch (key 23): 2-4.
//
//	2     the client's leader epoch (KIP-320). 0 and 1 went with Kafka 4.0 (KIP-896)
//	3     replica id: followers, and -1 for consumers
//	4     flexible
var _ = serve(API{Key: 23, Name: "OffsetForLeaderEpoch", Min: 2, Max: 4, Served: 2, FlexibleFrom: 4,
	On: OnBroker, body: newShape(`
	replica int32 3+
	topics []struct {
		name string
		partitions []struct {
			partition int32
			currentLeaderEpoch int32
			leaderEpoch int32
		}
	}
`),
	parts: byTopic(func(r *kmsg.OffsetForLeaderEpochRequest) *[]kmsg.OffsetForLeaderEpochRequestTopic { return &r.Topics },
		func(t *kmsg.OffsetForLeaderEpochRequestTopic) *[]kmsg.OffsetForLeaderEpochRequestTopicPartition {
			return &t.Partitions
		},
		func(a *kmsg.OffsetForLeaderEpochResponse) *[]kmsg.OffsetForLeaderEpochResponseTopic { return &a.Topics }),
})
