package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// DeleteRecords (key 21): 0-2.
//
//	0     offset -1 means the high watermark (KIP-107)
//	2     flexible
var _ = serve(API{Key: 21, Name: "DeleteRecords", Min: 0, Max: 2, Served: 0, FlexibleFrom: 2, On: OnBroker,
	body: newShape(`
	topics []struct {
		name string
		partitions []struct {
			partition int32
			offset int64
		}
	}
	timeout int32
`),
	parts: byTopic(func(r *kmsg.DeleteRecordsRequest) *[]kmsg.DeleteRecordsRequestTopic { return &r.Topics },
		func(t *kmsg.DeleteRecordsRequestTopic) *[]kmsg.DeleteRecordsRequestTopicPartition {
			return &t.Partitions
		},
		func(a *kmsg.DeleteRecordsResponse) *[]kmsg.DeleteRecordsResponseTopic { return &a.Topics }),
})
