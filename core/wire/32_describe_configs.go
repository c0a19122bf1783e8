package wire

// DescribeConfigs (key 32): 1-4.
//
//	1     synonyms and sources (KIP-226). 0 went with Kafka 4.0 (KIP-896)
//	3     types and documentation (KIP-569)
//	4     flexible
var describeConfigsAPI = API{Key: 32, Name: "DescribeConfigs", Min: 1, Max: 4, Served: 1, FlexibleFrom: 4,
	On: OnBroker | OnController, body: newShape(`
	resources []struct {
		type int8
		name string
		configs []?string
	}
	synonyms bool
	documentation bool 3+
`)}
