package wire

// DescribeTopicPartitions (key 75): 0-0.
//
//	0     topics page by page, with eligible leader replicas (KIP-966)
var _ = serve(API{Key: 75, Name: "DescribeTopicPartitions", Min: 0, Max: 0, Served: 0,
	FlexibleFrom: 0, On: OnBroker, body: newShape(`
	topics []struct {
		name string
	}
	limit int32
	cursor ?struct {
		topic string
		partition int32
	}
`)})
