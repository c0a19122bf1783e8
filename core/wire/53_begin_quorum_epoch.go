package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// BeginQuorumEpoch (key 53): 0-1.
//
//	0     a new leader says that it is (KIP-595)
//	1     flexible; whom it is meant for, the leader's endpoints (KIP-853)
var _ = serve(API{Key: 53, Name: "BeginQuorumEpoch", Min: 0, Max: 1, Served: 0, FlexibleFrom: 1,
	On: OnController, body: newShape(`
	cluster ?string
	voter int32 1+
	topics []struct {
		name string
		partitions []struct {
			partition int32
			voterDirectory uuid 1+
			leader int32
			leaderEpoch int32
		}
	}
	endpoints []struct 1+ {
		name string
		host string
		port uint16
	}
`),
	refuse: refusing(func(_ *kmsg.BeginQuorumEpochRequest, a *kmsg.BeginQuorumEpochResponse, code int16) {
		a.ErrorCode = code
	}),
})
