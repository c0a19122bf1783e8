package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// OffsetCommit (key 8): 2-10.
//
//	2     generation, member and retention time. 0 and 1 went with Kafka 4.0 (KIP-896)
//	5     no retention time
//	6     leader epoch of the committed offset (KIP-320)
//	7     static members (KIP-345)
//	8     flexible
//	9     generation may be a KIP-848 member epoch: STALE_MEMBER_EPOCH may come back
//	10    topic ids in place of names
var _ = serve(API{Key: 8, Name: "OffsetCommit", Min: 2, Max: 10, Served: 2, FlexibleFrom: 8, On: OnBroker,
	body: newShape(`
	group string
	generation int32
	member string
	instance ?string 7+
	retention int64 2-4
	topics []struct {
		name string 0-9
		id uuid 10+
		partitions []struct {
			partition int32
			offset int64
			leaderEpoch int32 6+
			metadata ?string
		}
	}
`),
	refuse: refusing(func(r *kmsg.OffsetCommitRequest, a *kmsg.OffsetCommitResponse, code int16) {
		for i := range r.Topics {
			t := &r.Topics[i]
			out := kmsg.OffsetCommitResponseTopic{Topic: t.Topic, TopicID: t.TopicID}
			for _, p := range t.Partitions {
				out.Partitions = append(out.Partitions,
					kmsg.OffsetCommitResponseTopicPartition{Partition: p.Partition, ErrorCode: code})
			}
			a.Topics = append(a.Topics, out)
		}
	}),
	tooLarge: kafka.InvalidCommitOffsetSize, // Kafka's for more offsets than a batch of __consumer_offsets holds
})
