package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// IncrementalAlterConfigs (key 44): 0-1.
//
//	0     set, delete, append, subtract (KIP-339)
//	1     flexible
var _ = serve(API{Key: 44, Name: "IncrementalAlterConfigs", Min: 0, Max: 1, Served: 0,
	FlexibleFrom: 1,
	On:           OnBroker | OnController, Forwardable: true, body: newShape(`
	resources []struct {
		type int8
		name string
		configs []struct {
			name string
			operation int8
			value ?string
		}
	}
	validateOnly bool
`),
	refuse: refusing(func(r *kmsg.IncrementalAlterConfigsRequest, a *kmsg.IncrementalAlterConfigsResponse, code int16) {
		for i := range r.Resources {
			out, of := kmsg.NewIncrementalAlterConfigsResponseResource(), &r.Resources[i]
			out.ResourceType, out.ResourceName, out.ErrorCode = of.ResourceType, of.ResourceName, code
			a.Resources = append(a.Resources, out)
		}
	}),
	tooLarge: kafka.PolicyViolation,
})
