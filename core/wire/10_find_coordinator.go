package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// FindCoordinator (key 10): 0-6.
//
//	0     a group's
//	1     or a transactional id's: key type; error message
//	3     flexible
//	4     several keys at once (KIP-699)
//	5     TRANSACTION_ABORTABLE may come back (KIP-890)
//	6     share groups: key type 2 (KIP-932)
var _ = serve(API{Key: 10, Name: "FindCoordinator", Min: 0, Max: 6, Served: 0, FlexibleFrom: 3, On: OnBroker,
	body: newShape(`
	key string 0-3
	type int8 1+
	keys []string 4+
`),
	parts: byElement(func(r *kmsg.FindCoordinatorRequest) *[]string { return &r.CoordinatorKeys },
		func(a *kmsg.FindCoordinatorResponse) *[]kmsg.FindCoordinatorResponseCoordinator {
			return &a.Coordinators
		}),
})
