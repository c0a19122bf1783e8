package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// AllocateProducerIds (key 67): 0-0.
//
//	0     a broker gets a block of producer ids to hand out (KIP-730)
var _ = serve(API{Key: 67, Name: "AllocateProducerIds", Min: 0, Max: 0, Served: 0, FlexibleFrom: 0,
	On: OnController, Forwardable: true, body: newShape(`
	broker int32
	epoch int64
`),
	refuse: refusing(func(_ *kmsg.AllocateProducerIDsRequest, a *kmsg.AllocateProducerIDsResponse, code int16) {
		a.ErrorCode = code
	}),
	tooLarge: kafka.PolicyViolation,
})
