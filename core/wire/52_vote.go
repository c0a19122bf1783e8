package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Vote (key 52): 0-2.
//
//	0     a candidate asks for a vote (KIP-595)
//	1     voters are distinguished by directory id; leader's endpoint in the response (KIP-853)
//	2     the vote may be a trial that changes no epoch: pre-vote (KIP-996)
var _ = serve(API{Key: 52, Name: "Vote", Min: 0, Max: 2, Served: 0, FlexibleFrom: 0, On: OnController, body: newShape(`
	cluster ?string
	voter int32 1+
	topics []struct {
		name string
		partitions []struct {
			partition int32
			candidateEpoch int32
			candidate int32
			candidateDirectory uuid 1+
			voterDirectory uuid 1+
			lastOffsetEpoch int32
			lastOffset int64
			preVote bool 2+
		}
	}
`),
	refuse: withCode(func(a *kmsg.VoteResponse) *int16 { return &a.ErrorCode }),
})
