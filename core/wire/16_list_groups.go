package wire

// ListGroups (key 16): 0-5.
//
//	3     flexible
//	4     filter by state, state in the response (KIP-518)
//	5     filter by type, type in the response (KIP-848)
var _ = serve(API{Key: 16, Name: "ListGroups", Min: 0, Max: 5, Served: 0, FlexibleFrom: 3, On: OnBroker,
	body: newShape(`
	states []string 4+
	types []string 5+
`)})
