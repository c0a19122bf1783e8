package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// EndQuorumEpoch (key 54): 0-1.
//
//	0     a leader resigns and names who should follow, best first (KIP-595)
//	1     flexible; successors with their directory ids, the leader's endpoints (KIP-853)
var _ = serve(API{Key: 54, Name: "EndQuorumEpoch", Min: 0, Max: 1, Served: 0, FlexibleFrom: 1,
	On: OnController, body: newShape(`
	cluster ?string
	topics []struct {
		name string
		partitions []struct {
			partition int32
			leader int32
			leaderEpoch int32
			successors []int32 0
			candidates []struct 1+ {
				candidate int32
				directory uuid
			}
		}
	}
	endpoints []struct 1+ {
		name string
		host string
		port uint16
	}
`),
	refuse: withCode(func(a *kmsg.EndQuorumEpochResponse) *int16 { return &a.ErrorCode }),
})
