package wire

// DescribeCluster (key 60): 0-2.
//
//	0     what Metadata used to return about the cluster (KIP-700)
//	1     brokers or controllers (KIP-919)
//	2     fenced brokers on request (KIP-1073)
var _ = serve(API{Key: 60, Name: "DescribeCluster", Min: 0, Max: 2, Served: 0, FlexibleFrom: 0,
	On: OnBroker | OnController, body: newShape(`
	authorizedOperations bool
	endpointType int8 1+
	fencedBrokers bool 2+
`)})
