package wire

import "github.com/twmb/franz-go/pkg/kmsg"

// OffsetFetch (key 9): 1-10.
//
//	1     offsets are in a topic. 0 was in ZooKeeper and went with Kafka 4.0 (KIP-896)
//	2     null topics mean all; a top-level error
//	5     leader epoch of the committed offset (KIP-320)
//	6     flexible
//	7     wait for offsets of open transactions (require stable, KIP-447)
//	8     several groups at once (KIP-709)
//	9     member id and epoch (KIP-848)
//	10    topic ids in place of names
var _ = serve(API{Key: 9, Name: "OffsetFetch", Min: 1, Max: 10, Served: 1, FlexibleFrom: 6, On: OnBroker,
	body: newShape(`
	group string 0-7
	topics []?struct 0-7 {
		name string
		partitions []int32
	}
	groups []struct 8+ {
		group string
		member ?string 9+
		memberEpoch int32 9+
		topics []?struct {
			name string 8-9
			id uuid 10+
			partitions []int32
		}
	}
	requireStable bool 7+
`),
	parts: &parts{splitOffsetFetch, offsetFetchList},
})

// splitOffsetFetch cuts between groups, and before version 8, which asks for one, between its partitions. A group's
// offsets stay in one answer: a client that finds a group twice keeps the second.
func splitOffsetFetch(req kmsg.Request, most int) func() kmsg.Request {
	r := req.(*kmsg.OffsetFetchRequest)
	if r.Version >= versionWithOffsetGroups {
		return splitWeighed(r, func(r *kmsg.OffsetFetchRequest) *[]kmsg.OffsetFetchRequestGroup {
			return &r.Groups
		}, weighGroup, most)
	}
	return splitTopics(r, func(r *kmsg.OffsetFetchRequest) *[]kmsg.OffsetFetchRequestTopic { return &r.Topics },
		func(t *kmsg.OffsetFetchRequestTopic) *[]int32 { return &t.Partitions }, most)
}

// versionWithOffsetGroups is the first OffsetFetch that asks for several groups.
const versionWithOffsetGroups = 8

func weighGroup(g *kmsg.OffsetFetchRequestGroup) int {
	n := len(g.Topics)
	for i := range g.Topics {
		n += len(g.Topics[i].Partitions)
	}
	return n
}

// offsetFetchList is the list that splitOffsetFetch cuts, in a response.
func offsetFetchList(resp kmsg.Response) list {
	a := resp.(*kmsg.OffsetFetchResponse)
	if a.Version >= versionWithOffsetGroups {
		return listAt[kmsg.OffsetFetchResponseGroup]{&a.Groups}
	}
	return listAt[kmsg.OffsetFetchResponseTopic]{&a.Topics}
}
