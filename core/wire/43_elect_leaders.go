package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// ElectLeaders (key 43): 0-2.
//
//	0     the preferred leaders (KIP-183); null topics mean all partitions
//	1     the type of election: preferred or unclean; a top-level error (KIP-460)
//	2     flexible
var _ = serve(API{Key: 43, Name: "ElectLeaders", Min: 0, Max: 2, Served: 0, FlexibleFrom: 2,
	On: OnBroker | OnController, Forwardable: true, body: newShape(`
	type int8 1+
	topics []?struct {
		name string
		partitions []int32
	}
	timeout int32
`),
	refuse:   withCode(func(a *kmsg.ElectLeadersResponse) *int16 { return &a.ErrorCode }),
	tooLarge: kafka.PolicyViolation,
})
