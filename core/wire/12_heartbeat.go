package wire

// Heartbeat (key 12): 0-4.
//
//	3     static members (KIP-345)
//	4     flexible
var _ = serve(API{Key: 12, Name: "Heartbeat", Min: 0, Max: 4, Served: 0, FlexibleFrom: 4, On: OnBroker,
	body: newShape(`
	group string
	generation int32
	member string
	instance ?string 3+
`)})
