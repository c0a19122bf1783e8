package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/wire"
)

// producerIDs is the block ids are given from.
type producerIDs struct {
	nextID, endID env.ProducerID
	wanting       []ticket // requests that wait for a block, bounded by the requests that may wait
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
		b.wanting = append(b.wanting, s.ticket)
		if len(b.wanting) == 1 {
			b.takeBlock(now)
		}
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
	case *id == "":
		return wire.InvalidRequest // no id, and not null
	case r.TransactionTimeoutMillis <= 0 || int64(r.TransactionTimeoutMillis) > b.config.Long("transaction.max.timeout.ms"):
		return wire.InvalidTransactionTimeout
	}
	b.notServed(s, fmt.Sprintf("a producer with the transactional id %q", *r.TransactionalID))
	return describe.NoTransactions
}

func (b *Broker) giveProducerID(resp *kmsg.InitProducerIDResponse) {
	resp.ProducerID, resp.ProducerEpoch = int64(b.nextID), 0
	b.nextID++
}

// takeBlock asks the controller for the next block of ids. One that was begun before a restart is not gone on with.
func (b *Broker) takeBlock(now env.Now) {
	req := kmsg.NewPtrAllocateProducerIDsRequest()
	req.BrokerID, req.BrokerEpoch = int32(b.id), int64(b.registration.Epoch())
	b.toController(now, req, b.config.Millis("request.timeout.ms"), func(now env.Now, r kmsg.Response, err error) {
		code := wire.CoordinatorNotAvailable // which clients take for a reason to try again
		if resp, ok := r.(*kmsg.AllocateProducerIDsResponse); ok && err == nil && resp.ErrorCode == 0 && resp.ProducerIDLen > 0 {
			b.nextID, code = env.ProducerID(resp.ProducerIDStart), wire.None
			b.endID = b.nextID + env.ProducerID(resp.ProducerIDLen)
		}
		b.giveProducerIDs(now, code)
	})
}

// giveProducerIDs answers those who wait, as far as the block reaches.
func (b *Broker) giveProducerIDs(now env.Now, code wire.ErrorCode) {
	for len(b.wanting) > 0 && (code != wire.None || b.nextID < b.endID) {
		t := b.wanting[0]
		b.wanting = b.wanting[1:]
		resp := kmsg.NewPtrInitProducerIDResponse()
		resp.ProducerID, resp.ProducerEpoch, resp.ErrorCode = -1, -1, int16(code)
		if code == wire.None {
			b.giveProducerID(resp)
		}
		b.replyTo(t, resp)
	}
	if len(b.wanting) > 0 {
		b.takeBlock(now)
	}
}
