package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// SyncGroup (key 14): 0-5.
//
//	3     static members (KIP-345)
//	4     flexible
//	5     protocol type and name, both ways (KIP-559)
var _ = serve(API{Key: 14, Name: "SyncGroup", Min: 0, Max: 5, Served: 0, FlexibleFrom: 4, On: OnBroker,
	body: newShape(`
	group string
	generation int32
	member string
	instance ?string 3+
	protocolType ?string 5+
	protocol ?string 5+
	assignments []struct {
		member string
		assignment bytes
	}
`),
	refuse:   withCode(func(a *kmsg.SyncGroupResponse) *int16 { return &a.ErrorCode }),
	tooLarge: kafka.InvalidRequest,
})
