package wire

// IncrementalAlterConfigs (key 44): 0-1.
//
//	0     set, delete, append, subtract (KIP-339)
//	1     flexible
var incrementalAlterConfigsAPI = API{Key: 44, Name: "IncrementalAlterConfigs", Min: 0, Max: 1, Served: 0,
	FlexibleFrom: 1,
	On:           OnBroker | OnController, Forwardable: true, body: newShape(`
	resources []struct {
		type int8
		name string
		configs []struct {
			name string
			operation int8
			value ?string
		}
	}
	validateOnly bool
`)}
