package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// AlterPartitionReassignments (key 45): 0-1. kmsg calls it AlterPartitionAssignments.
//
//	0     where a partition's replicas shall be, null to cancel (KIP-455)
//	1     the client sets whether the number of replicas may change (KIP-860)
var _ = serve(API{Key: 45, Name: "AlterPartitionReassignments", Min: 0, Max: 1, Served: 0,
	FlexibleFrom: 0,
	On:           OnBroker | OnController, Forwardable: true, body: newShape(`
	timeout int32
	allowReplicationFactorChange bool 1+
	topics []struct {
		name string
		partitions []struct {
			partition int32
			replicas []?int32
		}
	}
`),
	refuse:   withCode(func(a *kmsg.AlterPartitionAssignmentsResponse) *int16 { return &a.ErrorCode }),
	tooLarge: kafka.PolicyViolation,
})
