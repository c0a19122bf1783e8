package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// DescribeQuorum (key 55): 0-2. All that changes is the response.
//
//	0     leader, epoch, high watermark, how far each voter and observer is (KIP-595)
//	1     when each of them fetched last, and when it was caught up (KIP-836)
//	2     directory ids, the voters' endpoints, error messages (KIP-853)
var _ = serve(API{Key: 55, Name: "DescribeQuorum", Min: 0, Max: 2, Served: 0, FlexibleFrom: 0,
	On: OnBroker | OnController, Forwardable: true, body: newShape(`
	topics []struct {
		name string
		partitions []struct {
			partition int32
		}
	}
`),
	refuse: withCode(func(a *kmsg.DescribeQuorumResponse) *int16 { return &a.ErrorCode }),
})
