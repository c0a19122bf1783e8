package wire

// ListConfigResources (key 74): 0-1.
//
//	0     was ListClientMetricsResources (KIP-1000)
//	1     any type of resource (KIP-1142)
var _ = serve(API{Key: 74, Name: "ListConfigResources", Min: 0, Max: 1, Served: 0, FlexibleFrom: 0,
	On: OnBroker, body: newShape(`
	types []int8 1+
`)})
