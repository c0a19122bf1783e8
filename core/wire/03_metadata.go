package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Metadata (key 3): 0-13.
//
//	0     an empty list of topics means all
//	1     null means all, an empty list none; controller id, racks, internal topics
//	2     cluster id
//	4     the client sets whether topics may be created
//	5     offline replicas
//	7     leader epochs (KIP-320)
//	8     authorized operations on request (KIP-430)
//	9     flexible
//	10    topic ids; a topic may be asked for by id, its name null (KIP-516)
//	11    cluster authorized operations are gone (DescribeCluster has them, KIP-700)
//	12    topic ids work in requests (KIP-516)
//	13    a top-level error, to send the client back to its bootstrap servers (KIP-1102)
var _ = serve(API{Key: 3, Name: "Metadata", Min: 0, Max: 13, Served: 0, FlexibleFrom: 9, On: OnBroker,
	body: newShape(`
	topics []?struct {
		id uuid 10+
		name string 0-9
		name ?string 10+
	}
	allowAutoCreation bool 4+
	clusterAuthorizedOperations bool 8-10
	topicAuthorizedOperations bool 8+
`),
	parts: byElement(func(r *kmsg.MetadataRequest) *[]kmsg.MetadataRequestTopic { return &r.Topics },
		func(a *kmsg.MetadataResponse) *[]kmsg.MetadataResponseTopic { return &a.Topics }),
})
