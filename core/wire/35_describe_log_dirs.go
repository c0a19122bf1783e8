package wire

// DescribeLogDirs (key 35): 1-5.
//
//	1     null topics mean all. 0 went with Kafka 4.0 (KIP-896)
//	2     flexible
//	3     a top-level error
//	4     total and usable bytes of the volume (KIP-827)
//	5     cordoned directories (KIP-1066)
var _ = serve(API{Key: 35, Name: "DescribeLogDirs", Min: 1, Max: 5, Served: 1, FlexibleFrom: 2, On: OnBroker,
	body: newShape(`
	topics []?struct {
		name string
		partitions []int32
	}
`)})
