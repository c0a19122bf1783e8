package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// JoinGroup (key 11): 0-9.
//
//	0     one timeout for everything. Kafka 4.0 served from 2 on, 4.1 from 0 again
//	1     rebalance timeout
//	4     a new member is given its id and has to join again: MEMBER_ID_REQUIRED (KIP-394)
//	5     static members (KIP-345)
//	6     flexible
//	7     protocol type in the response (KIP-559)
//	8     the member's reason (KIP-800)
//	9     the leader may be asked to skip the assignment (KIP-814)
var _ = serve(API{Key: 11, Name: "JoinGroup", Min: 0, Max: 9, Served: 0, FlexibleFrom: 6, On: OnBroker,
	body: newShape(`
	group string
	sessionTimeout int32
	rebalanceTimeout int32 1+
	member string
	instance ?string 5+
	protocolType string
	protocols []struct {
		name string
		metadata bytes
	}
	reason ?string 8+
`),
	refuse:   withCode(func(a *kmsg.JoinGroupResponse) *int16 { return &a.ErrorCode }),
	tooLarge: kafka.InvalidRequest,
})
