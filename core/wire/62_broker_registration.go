package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// BrokerRegistration (key 62): 0-4.
//
//	0     a broker announces itself and is given its epoch (KIP-631)
//	1     whether it migrates from ZooKeeper: never again since Kafka 4.0 (KIP-866)
//	2     its log directories (KIP-858)
//	3     its epoch before a clean shutdown (KIP-966)
//	4     a feature's lowest version may be 0 (KAFKA-17011)
var _ = serve(API{Key: 62, Name: "BrokerRegistration", Min: 0, Max: 4, Served: 0, FlexibleFrom: 0,
	On: OnController, body: newShape(`
	broker int32
	cluster string
	incarnation uuid
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
	rack ?string
	migrating bool 1+
	logDirs []uuid 2+
	previousEpoch int64 3+
`),
	refuse: refusing(func(_ *kmsg.BrokerRegistrationRequest, a *kmsg.BrokerRegistrationResponse, code int16) {
		a.ErrorCode, a.BrokerEpoch = code, -1
	}),
	tooLarge: kafka.PolicyViolation,
})
