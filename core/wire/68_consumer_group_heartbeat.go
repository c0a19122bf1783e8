package wire

// ConsumerGroupHeartbeat (key 68): 0-1. No version is served: the answer is UNSUPPORTED_VERSION, as of a Kafka whose
// group.version is 0, which advertises it as well. To librdkafka an API that is not advertised is one to wait for.
//
//	0     the consumer group protocol (KIP-848)
//	1     a subscription by a regular expression; the member chooses its id
var _ = serve(API{Key: 68, Name: "ConsumerGroupHeartbeat", Min: 0, Max: 1, Served: 0, FlexibleFrom: 0,
	On: OnBroker, body: newShape(`
	group string
	member string
	memberEpoch int32
	instance ?string
	rack ?string
	rebalanceTimeout int32
	topics []?string
	regex ?string 1+
	assignor ?string
	owned []?struct {
		topic uuid
		partitions []int32
	}
`)})
