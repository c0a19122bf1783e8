package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// ListOffsets (key 2): 1-11.
//
//	1     one offset a partition, by timestamp (KIP-79): -1 latest, -2 earliest. 0 went with Kafka 4.0 (KIP-896)
//	2     isolation level; throttle after the response
//	4     leader epoch, both ways (KIP-320)
//	6     flexible
//	7     -3: the record with the largest timestamp (KIP-734)
//	8     -4: the earliest offset on local disk (KIP-405)
//	9     -5: the latest offset in tiered storage (KIP-1005)
//	10    how long the broker may take for what is in tiered storage (KIP-1075)
//	11    -6: the earliest offset that is not in tiered storage yet (KIP-1023)
var _ = serve(API{Key: 2, Name: "ListOffsets", Min: 1, Max: 11, Served: 1, FlexibleFrom: 6, On: OnBroker,
	body: newShape(`
	replica int32
	isolation int8 2+
	topics []struct {
		name string
		partitions []struct {
			partition int32
			leaderEpoch int32 4+
			timestamp int64
		}
	}
	timeout int32 10+
`),
	parts: byTopic(func(r *kmsg.ListOffsetsRequest) *[]kmsg.ListOffsetsRequestTopic { return &r.Topics },
		func(t *kmsg.ListOffsetsRequestTopic) *[]kmsg.ListOffsetsRequestTopicPartition { return &t.Partitions },
		func(a *kmsg.ListOffsetsResponse) *[]kmsg.ListOffsetsResponseTopic { return &a.Topics }),
})
