package wire

// DeleteGroups (key 42): 0-3.
//
//	2     flexible
//	3     an error message in the response (Kafka 4.4)
var deleteGroupsAPI = API{Key: 42, Name: "DeleteGroups", Min: 0, Max: 3, Served: 0, FlexibleFrom: 2, On: OnBroker,
	body: newShape(`
	groups []string
`)}
