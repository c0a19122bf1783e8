package broker

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/wire"
)

// producerIDBlock is how many producer ids are taken with one metadata record, as in Kafka. A block that was
// begun before a restart is not gone on with.
const producerIDBlock = 1000

// producerIDs is the block ids are given from.
type producerIDs struct {
	nextID, endID env.ProducerID
}

// initProducerID gives an idempotent producer its identity; a producer that names the one it has gets the next
// epoch of it (KIP-360).
func (b *Broker) initProducerID(now env.Now, s *slot, r *kmsg.InitProducerIDRequest) {
	resp := r.ResponseKind().(*kmsg.InitProducerIDResponse)
	resp.ProducerID, resp.ProducerEpoch = -1, -1
	switch {
	case r.TransactionalID != nil:
		resp.ErrorCode = int16(wire.InvalidRequest) // no transactions here, and ApiVersions names none of their APIs
	case r.ProducerID >= 0 && s.version >= 3 && r.ProducerEpoch >= 0 && r.ProducerEpoch < 1<<15-1:
		resp.ProducerID, resp.ProducerEpoch = r.ProducerID, r.ProducerEpoch+1
	case b.nextID < b.endID:
		b.giveProducerID(resp)
	default:
		b.change(now, &idBlock{broker: b, then: func(code wire.ErrorCode) {
			if resp.ErrorCode = int16(code); code == wire.None {
				b.giveProducerID(resp)
			}
			b.reply(s, resp)
		}})
		return
	}
	b.reply(s, resp)
}

func (b *Broker) giveProducerID(resp *kmsg.InitProducerIDResponse) {
	resp.ProducerID, resp.ProducerEpoch = int64(b.nextID), 0
	b.nextID++
}

// idBlock takes the next block of ids, unless somebody before it in the queue already did.
type idBlock struct {
	broker *Broker
	taken  bool
	then   func(code wire.ErrorCode)
}

func (c *idBlock) decide(env.Now) []metadata.Record {
	b := c.broker
	if b.nextID < b.endID {
		return nil
	}
	c.taken = true
	return []metadata.Record{&metadata.ProducerIDs{Broker: b.id, Epoch: b.epoch,
		Next: b.image.NextProducerID() + producerIDBlock}}
}

func (c *idBlock) applied(_ env.Now, code wire.ErrorCode) {
	if c.taken && code == wire.None {
		c.broker.endID = c.broker.image.NextProducerID()
		c.broker.nextID = c.broker.endID - producerIDBlock
	}
	c.then(code)
}
