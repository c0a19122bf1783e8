package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// ListPartitionReassignments (key 46): 0-0.
//
//	0     what is under way; null topics mean all (KIP-455)
var _ = serve(API{Key: 46, Name: "ListPartitionReassignments", Min: 0, Max: 0, Served: 0,
	FlexibleFrom: 0,
	On:           OnBroker | OnController, Forwardable: true, body: newShape(`
	timeout int32
	topics []?struct {
		name string
		partitions []int32
	}
`),
	refuse:   withCode(func(a *kmsg.ListPartitionReassignmentsResponse) *int16 { return &a.ErrorCode }),
	tooLarge: kafka.PolicyViolation,
})
