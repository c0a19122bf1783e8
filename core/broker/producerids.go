package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/inbox"
	"gregor/core/kafka"
)

// initProducerID gives an idempotent producer its identity: always a new one. A producer without a transactional
// id raises its epoch by itself (KIP-360), and what the request has of an identity is not looked at.
func (b *Broker) initProducerID(now env.Now, q *inbox.Request, r *kmsg.InitProducerIDRequest) {
	t := q.Ticket()
	answer := func(id kafka.ProducerID, code kafka.ErrorCode) {
		resp := r.ResponseKind().(*kmsg.InitProducerIDResponse)
		resp.ProducerID, resp.ProducerEpoch, resp.ErrorCode = int64(id), -1, int16(code)
		if code == kafka.None {
			resp.ProducerEpoch = 0
		}
		b.replyTo(t, resp)
	}
	if code := b.checkInitProducerID(q, r); code != kafka.None {
		answer(-1, code)
		return
	}
	b.producerIDs.Give(now, answer)
}

// checkInitProducerID refuses transactions, of which ApiVersions names no API, in the order in which Kafka would
// find something wrong with them.
func (b *Broker) checkInitProducerID(q *inbox.Request, r *kmsg.InitProducerIDRequest) kafka.ErrorCode {
	switch id := r.TransactionalID; {
	case q.Version() >= 3 && (r.ProducerID == -1) != (r.ProducerEpoch == -1):
		return kafka.InvalidRequest // half an identity
	case id == nil:
		return kafka.None
	case *id == "":
		return kafka.InvalidRequest // no id, and not null
	case r.TransactionTimeoutMillis <= 0 ||
		int64(r.TransactionTimeoutMillis) > b.config.Long("transaction.max.timeout.ms"):
		return kafka.InvalidTransactionTimeout
	}
	b.notServed(q, fmt.Sprintf("a producer with the transactional id %q", *r.TransactionalID))
	return describe.NoTransactions
}

// producerIDSource is the broker as its block of producer ids sees it.
type producerIDSource Broker

// AllocateProducerIDs asks the controller for a block.
func (p *producerIDSource) AllocateProducerIDs(now env.Now, then func(env.Now, kafka.ProducerID, int)) {
	req := kmsg.NewPtrAllocateProducerIDsRequest()
	req.BrokerID, req.BrokerEpoch = int32(p.id), int64(p.registration.Epoch())
	p.router.Ask(now, req, p.config.Millis("request.timeout.ms"), func(now env.Now, r kmsg.Response, err error) {
		resp, ok := r.(*kmsg.AllocateProducerIDsResponse)
		if !ok || err != nil || resp.ErrorCode != 0 {
			then(now, -1, 0)
			return
		}
		then(now, kafka.ProducerID(resp.ProducerIDStart), int(resp.ProducerIDLen))
	})
}
