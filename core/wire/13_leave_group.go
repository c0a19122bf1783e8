package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// LeaveGroup (key 13): 0-5.
//
//	0     one member
//	3     several members, static ones too (KIP-345)
//	4     flexible
//	5     the members' reasons (KIP-800)
var _ = serve(API{Key: 13, Name: "LeaveGroup", Min: 0, Max: 5, Served: 0, FlexibleFrom: 4, On: OnBroker,
	body: newShape(`
	group string
	member string 0-2
	members []struct 3+ {
		member string
		instance ?string
		reason ?string 5+
	}
`),
	refuse:   withCode(func(a *kmsg.LeaveGroupResponse) *int16 { return &a.ErrorCode }),
	tooLarge: kafka.InvalidRequest,
})
