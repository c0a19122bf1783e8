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

// initProducerID gives an idempotent producer its identity: always a new one. A producer without a transactional
// id raises its epoch by itself (KIP-360), and what it says it has is not looked at.
func (b *Broker) initProducerID(now env.Now, s *slot, r *kmsg.InitProducerIDRequest) {
	resp := r.ResponseKind().(*kmsg.InitProducerIDResponse)
	resp.ProducerID, resp.ProducerEpoch = -1, -1
	code := b.checkInitProducerID(s, r)
	switch {
	case code != wire.None:
		resp.ErrorCode = int16(code)
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

// checkInitProducerID refuses transactions, of which ApiVersions names no API, in the order in which Kafka would
// find something wrong with them.
func (b *Broker) checkInitProducerID(s *slot, r *kmsg.InitProducerIDRequest) wire.ErrorCode {
	switch id := r.TransactionalID; {
	case s.version >= 3 && (r.ProducerID == -1) != (r.ProducerEpoch == -1):
		return wire.InvalidRequest // half an identity
	case id == nil:
		return wire.None
	case *id != "" && (r.TransactionTimeoutMillis <= 0 || int64(r.TransactionTimeoutMillis) > b.config.Long("transaction.max.timeout.ms")):
		return wire.InvalidTransactionTimeout
	}
	return wire.InvalidRequest
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
