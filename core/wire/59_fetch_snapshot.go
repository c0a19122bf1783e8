package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// FetchSnapshot (key 59): 0-1.
//
//	0     a piece of a snapshot of the metadata log, by position (KIP-630)
//	1     directory id of the replica that fetches; leader's endpoint in the response (KIP-853)
var _ = serve(API{Key: 59, Name: "FetchSnapshot", Min: 0, Max: 1, Served: 0, FlexibleFrom: 0, On: OnController,
	body: newShape(`
	replica int32
	maxBytes int32
	topics []struct {
		name string
		partitions []struct {
			partition int32
			currentLeaderEpoch int32
			snapshot struct {
				endOffset int64
				epoch int32
			}
			position int64
			directory uuid tag=0
		}
	}
	cluster ?string tag=0
`),
	refuse: withCode(func(a *kmsg.FetchSnapshotResponse) *int16 { return &a.ErrorCode }),
})
