package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// OffsetDelete (key 47): 0-0.
//
//	0     removes a group's offsets of topics it is not subscribed to (KIP-496); never flexible
var _ = serve(API{Key: 47, Name: "OffsetDelete", Min: 0, Max: 0, Served: 0, FlexibleFrom: never, On: OnBroker,
	body: newShape(`
	group string
	topics []struct {
		name string
		partitions []struct {
			partition int32
		}
	}
`),
	refuse:   withCode(func(a *kmsg.OffsetDeleteResponse) *int16 { return &a.ErrorCode }),
	tooLarge: kafka.InvalidRequest,
})
