package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// DescribeProducers (key 61): 0-0.
//
//	0     the idempotent producers a partition remembers (KIP-664)
var _ = serve(API{Key: 61, Name: "DescribeProducers", Min: 0, Max: 0, Served: 0, FlexibleFrom: 0,
	On: OnBroker, body: newShape(`
	topics []struct {
		name string
		partitions []int32
	}
`),
	parts: byTopic(func(r *kmsg.DescribeProducersRequest) *[]kmsg.DescribeProducersRequestTopic { return &r.Topics },
		func(t *kmsg.DescribeProducersRequestTopic) *[]int32 { return &t.Partitions },
		func(a *kmsg.DescribeProducersResponse) *[]kmsg.DescribeProducersResponseTopic { return &a.Topics }),
})
