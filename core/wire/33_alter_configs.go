package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// AlterConfigs (key 33): 0-2.
//
//	0     sets the named configurations and resets all others; deprecated for IncrementalAlterConfigs
//	2     flexible
var _ = serve(API{Key: 33, Name: "AlterConfigs", Min: 0, Max: 2, Served: 0, FlexibleFrom: 2,
	On: OnBroker | OnController, Forwardable: true, body: newShape(`
	resources []struct {
		type int8
		name string
		configs []struct {
			name string
			value ?string
		}
	}
	validateOnly bool
`),
	refuse: refusing(func(r *kmsg.AlterConfigsRequest, a *kmsg.AlterConfigsResponse, code int16) {
		for i := range r.Resources {
			out, of := kmsg.NewAlterConfigsResponseResource(), &r.Resources[i]
			out.ResourceType, out.ResourceName, out.ErrorCode = of.ResourceType, of.ResourceName, code
			a.Resources = append(a.Resources, out)
		}
	}),
	tooLarge: kafka.PolicyViolation,
})
