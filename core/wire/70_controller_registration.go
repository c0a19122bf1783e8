package wire

// ControllerRegistration (key 70): 0-0.
//
//	0     a controller announces its listeners and features (KIP-919)
var _ = serve(API{Key: 70, Name: "ControllerRegistration", Min: 0, Max: 0, Served: 0, FlexibleFrom: 0,
	On: OnController, body: newShape(`
	controller int32
	incarnation uuid
	migrationReady bool
	listeners []struct {
		name string
		host string
		port uint16
		securityProtocol int16
	}
	features []struct {
		name string
		min int16
		max int16
	}
`)})
