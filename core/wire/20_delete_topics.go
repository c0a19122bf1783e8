package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// DeleteTopics (key 20): 1-6.
//
//	1     throttle in the response. 0 went with Kafka 4.0 (KIP-896)
//	3     TOPIC_DELETION_DISABLED may come back
//	4     flexible
//	5     error message; THROTTLING_QUOTA_EXCEEDED may come back (KIP-599)
//	6     by name or by id (KIP-516)
var _ = serve(API{Key: 20, Name: "DeleteTopics", Min: 1, Max: 6, Served: 1, FlexibleFrom: 4,
	On: OnBroker | OnController, Forwardable: true, body: newShape(`
	names []string 1-5
	topics []struct 6+ {
		name ?string
		id uuid
	}
	timeout int32
`),
	refuse: refusing(func(r *kmsg.DeleteTopicsRequest, a *kmsg.DeleteTopicsResponse, code int16) {
		for i := range r.TopicNames {
			out := kmsg.NewDeleteTopicsResponseTopic()
			out.Topic, out.ErrorCode = &r.TopicNames[i], code
			a.Topics = append(a.Topics, out)
		}
		for _, t := range r.Topics {
			out := kmsg.NewDeleteTopicsResponseTopic()
			out.Topic, out.TopicID, out.ErrorCode = t.Topic, t.TopicID, code
			a.Topics = append(a.Topics, out)
		}
	}),
	tooLarge: kafka.PolicyViolation,
})
