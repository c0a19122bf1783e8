package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// UpdateFeatures (key 57): 0-2.
//
//	0     sets the finalized levels (KIP-584)
//	1     upgrade, safe downgrade or unsafe downgrade; validate only (KIP-778)
//	2     the response has one error for all, none for each feature (KIP-1022)
var _ = serve(API{Key: 57, Name: "UpdateFeatures", Min: 0, Max: 2, Served: 0, FlexibleFrom: 0,
	On: OnBroker | OnController, Forwardable: true, body: newShape(`
	timeout int32
	features []struct {
		name string
		level int16
		allowDowngrade bool 0
		upgradeType int8 1+
	}
	validateOnly bool 1+
`),
	refuse:   withCode(func(a *kmsg.UpdateFeaturesResponse) *int16 { return &a.ErrorCode }),
	tooLarge: kafka.PolicyViolation,
})
