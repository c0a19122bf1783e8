package wire

// UnregisterBroker (key 64): 0-0.
//
//	0     forgets a broker that will not come back (KIP-631)
var unregisterBrokerAPI = API{Key: 64, Name: "UnregisterBroker", Min: 0, Max: 0, Served: 0, FlexibleFrom: 0,
	On: OnBroker | OnController, Forwardable: true, body: newShape(`
	broker int32
`)}
