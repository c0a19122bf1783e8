package wire

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
var offsetFetchAPI = API{Key: 9, Name: "OffsetFetch", Min: 1, Max: 10, Served: 1, FlexibleFrom: 6, On: OnBroker,
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
`)}
