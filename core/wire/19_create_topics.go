package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// CreateTopics (key 19): 2-7.
//
//	2     validate only. 0 and 1 went with Kafka 4.0 (KIP-896)
//	4     -1 partitions or replicas mean the broker's default (KIP-464)
//	5     flexible; the response has the topic's configuration (KIP-525)
//	6     THROTTLING_QUOTA_EXCEEDED may come back (KIP-599)
//	7     the response has the topic's id (KIP-516)
var _ = serve(API{Key: 19, Name: "CreateTopics", Min: 2, Max: 7, Served: 2, FlexibleFrom: 5,
	On: OnBroker | OnController, Forwardable: true, body: newShape(`
	topics []struct {
		name string
		partitions int32
		replicationFactor int16
		assignments []struct {
			partition int32
			brokers []int32
		}
		configs []struct {
			name string
			value ?string
		}
	}
	timeout int32
	validateOnly bool
`),
	refuse: refusing(func(r *kmsg.CreateTopicsRequest, a *kmsg.CreateTopicsResponse, code int16) {
		for i := range r.Topics {
			out := kmsg.NewCreateTopicsResponseTopic()
			out.Topic, out.ErrorCode = r.Topics[i].Topic, code
			a.Topics = append(a.Topics, out)
		}
	}),
	tooLarge: kafka.PolicyViolation,
})
