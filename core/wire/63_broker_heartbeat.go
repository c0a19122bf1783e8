package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// BrokerHeartbeat (key 63): 0-2.
//
//	0     a broker is alive, has metadata up to an offset, wants to be fenced or to shut down (KIP-631)
//	1     log directories that failed (KIP-858)
//	2     cordoned log directories (KIP-1066)
var brokerHeartbeatAPI = serve(API{Key: 63, Name: "BrokerHeartbeat", Min: 0, Max: 2, Served: 0, FlexibleFrom: 0,
	On: OnController, body: newShape(`
	broker int32
	epoch int64
	metadataOffset int64
	wantFence bool
	wantShutdown bool
	offlineLogDirs []?uuid tag=0
	cordonedLogDirs []?uuid tag=1
`),
	refuse: refusing(func(_ *kmsg.BrokerHeartbeatRequest, a *kmsg.BrokerHeartbeatResponse, code int16) {
		a.ErrorCode, a.IsFenced = code, true
	}),
	tooLarge: kafka.PolicyViolation,
})
