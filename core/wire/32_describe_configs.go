package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// DescribeConfigs (key 32): 1-4.
//
//	1     synonyms and sources (KIP-226). 0 went with Kafka 4.0 (KIP-896)
//	3     types and documentation (KIP-569)
//	4     flexible
var _ = serve(API{Key: 32, Name: "DescribeConfigs", Min: 1, Max: 4, Served: 1, FlexibleFrom: 4,
	On: OnBroker | OnController, body: newShape(`
	resources []struct {
		type int8
		name string
		configs []?string
	}
	synonyms bool
	documentation bool 3+
`),
	parts: byWeight(func(r *kmsg.DescribeConfigsRequest) *[]kmsg.DescribeConfigsRequestResource { return &r.Resources },
		func(t *kmsg.DescribeConfigsRequestResource) int { return len(t.ConfigNames) + configsOfResource },
		func(a *kmsg.DescribeConfigsResponse) *[]kmsg.DescribeConfigsResponseResource { return &a.Resources }),
})

// configsOfResource is about how many configs a resource has: each is one line of the answer.
const configsOfResource = 100
