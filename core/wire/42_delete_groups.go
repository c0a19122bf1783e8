package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// DeleteGroups (key 42): 0-3.
//
//	2     flexible
//	3     an error message in the response (Kafka 4.4)
var _ = serve(API{Key: 42, Name: "DeleteGroups", Min: 0, Max: 3, Served: 0, FlexibleFrom: 2, On: OnBroker,
	body: newShape(`
	groups []string
`),
	parts: byElement(func(r *kmsg.DeleteGroupsRequest) *[]string { return &r.Groups },
		func(a *kmsg.DeleteGroupsResponse) *[]kmsg.DeleteGroupsResponseGroup { return &a.Groups }),
})
