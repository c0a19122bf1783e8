package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// UnregisterBroker (key 64): 0-0.
//
//	0     forgets a broker that will not come back (KIP-631)
var _ = serve(API{Key: 64, Name: "UnregisterBroker", Min: 0, Max: 0, Served: 0, FlexibleFrom: 0,
	On: OnBroker | OnController, Forwardable: true, body: newShape(`
	broker int32
`),
	refuse: refusing(func(_ *kmsg.UnregisterBrokerRequest, a *kmsg.UnregisterBrokerResponse, code int16) {
		a.ErrorCode = code
	}),
	tooLarge: kafka.PolicyViolation,
})
