package wire

// DescribeProducers (key 61): 0-0.
//
//	0     the idempotent producers a partition remembers (KIP-664)
var describeProducersAPI = API{Key: 61, Name: "DescribeProducers", Min: 0, Max: 0, Served: 0, FlexibleFrom: 0,
	On: OnBroker, body: newShape(`
	topics []struct {
		name string
		partitions []int32
	}
`)}
