package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// DescribeGroups (key 15): 0-6.
//
//	3     authorized operations on request (KIP-430)
//	4     static members (KIP-345)
//	5     flexible
//	6     an error message, and GROUP_ID_NOT_FOUND for a group that is not there (KIP-1043)
var _ = serve(API{Key: 15, Name: "DescribeGroups", Min: 0, Max: 6, Served: 0, FlexibleFrom: 5, On: OnBroker,
	body: newShape(`
	groups []string
	authorizedOperations bool 3+
`),
	parts: byElement(func(r *kmsg.DescribeGroupsRequest) *[]string { return &r.Groups },
		func(a *kmsg.DescribeGroupsResponse) *[]kmsg.DescribeGroupsResponseGroup { return &a.Groups }),
})
