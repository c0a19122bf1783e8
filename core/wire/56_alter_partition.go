package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// AlterPartition (key 56): 2-3.
//
//	2     topic ids in place of names; INELIGIBLE_REPLICA and NEW_LEADER_ELECTED may come back (KIP-841).
//	      0 and 1 went with Kafka 4.0
//	3     a broker epoch for each member of the ISR (KIP-903)
var _ = serve(API{Key: 56, Name: "AlterPartition", Min: 2, Max: 3, Served: 2, FlexibleFrom: 0,
	On: OnController, body: newShape(`
	broker int32
	brokerEpoch int64
	topics []struct {
		id uuid
		partitions []struct {
			partition int32
			leaderEpoch int32
			isr []int32 2
			isrWithEpochs []struct 3+ {
				broker int32
				epoch int64
			}
			leaderRecoveryState int8
			partitionEpoch int32
		}
	}
`),
	refuse:   withCode(func(a *kmsg.AlterPartitionResponse) *int16 { return &a.ErrorCode }),
	tooLarge: kafka.PolicyViolation,
})
