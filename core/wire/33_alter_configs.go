package wire

// AlterConfigs (key 33): 0-2.
//
//	0     sets the named configurations and resets all others; deprecated for IncrementalAlterConfigs
//	2     flexible
var alterConfigsAPI = API{Key: 33, Name: "AlterConfigs", Min: 0, Max: 2, Served: 0, FlexibleFrom: 2,
	On: OnBroker | OnController, Forwardable: true, body: newShape(`
	resources []struct {
		type int8
		name string
		configs []struct {
			name string
			value ?string
		}
	}
	validateOnly bool
`)}
