package controller

import (
	"math"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/metadata"
)

// producerIDBlock is how many producer ids a broker is given at a time, as in Kafka.
const producerIDBlock = 1000

// allocateProducerIDs gives a broker a block of producer ids that no broker was given before.
func (c *Controller) allocateProducerIDs(r *kmsg.AllocateProducerIDsRequest) Decision {
	resp := r.ResponseKind().(*kmsg.AllocateProducerIDsResponse)
	b, code := c.view.checkEpoch(r.BrokerID, r.BrokerEpoch)
	first := c.view.image.NextProducerID()
	if code == kafka.None && first > math.MaxInt64-producerIDBlock {
		code = kafka.UnknownServerError
	}
	if code != kafka.None {
		resp.ErrorCode = int16(code)
		return c.always(resp)
	}
	resp.ProducerIDStart, resp.ProducerIDLen = int64(first), producerIDBlock
	block := &metadata.ProducerIDs{Broker: b.ID, Epoch: kafka.BrokerEpoch(r.BrokerEpoch), Next: first + producerIDBlock}
	return c.orRefuse([]metadata.Record{block}, r, resp)
}
