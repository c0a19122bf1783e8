package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// CreatePartitions (key 37): 0-3.
//
//	2     flexible
//	3     THROTTLING_QUOTA_EXCEEDED may come back (KIP-599)
var _ = serve(API{Key: 37, Name: "CreatePartitions", Min: 0, Max: 3, Served: 0, FlexibleFrom: 2,
	On: OnBroker | OnController, Forwardable: true, body: newShape(`
	topics []struct {
		name string
		count int32
		assignments []?struct {
			brokers []int32
		}
	}
	timeout int32
	validateOnly bool
`),
	refuse: refusing(func(r *kmsg.CreatePartitionsRequest, a *kmsg.CreatePartitionsResponse, code int16) {
		for i := range r.Topics {
			out := kmsg.NewCreatePartitionsResponseTopic()
			out.Topic, out.ErrorCode = r.Topics[i].Topic, code
			a.Topics = append(a.Topics, out)
		}
	}),
	tooLarge: kafka.PolicyViolation,
})
