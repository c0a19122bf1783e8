package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/wire"
)

// The kinds of keys. Only groups have a coordinator here.
const (
	groupKey       = 0
	transactionKey = 1
)

// findCoordinator answers with this broker, once __consumer_offsets is there. Kafka tells the client to ask again
// while that is being made; here the answer waits for it.
func (b *Broker) findCoordinator(now env.Now, s *slot, r *kmsg.FindCoordinatorRequest) {
	keys := r.CoordinatorKeys
	if s.version < 4 {
		keys = []string{r.CoordinatorKey}
	}
	if r.CoordinatorType == groupKey && len(keys) > 0 && !b.hasTopic(offsetsTopic) {
		t := s.ticket
		b.makeTopics(now, []string{offsetsTopic}, func(env.Now) {
			if s := b.slots.find(t); s != nil {
				b.answerCoordinator(s, r, keys)
			}
		})
		return
	}
	b.answerCoordinator(s, r, keys)
}

func (b *Broker) answerCoordinator(s *slot, r *kmsg.FindCoordinatorRequest, keys []string) {
	resp := r.ResponseKind().(*kmsg.FindCoordinatorResponse)
	if r.CoordinatorType != groupKey {
		b.notServed(s, fmt.Sprintf("coordinators of type %d, of %d keys", r.CoordinatorType, len(keys)))
	}
	for _, key := range keys {
		resp.Coordinators = append(resp.Coordinators, b.coordinatorOf(r.CoordinatorType, key, s.conn.listener))
	}
	if s.version < 4 {
		c := resp.Coordinators[0]
		resp.NodeID, resp.Host, resp.Port = c.NodeID, c.Host, c.Port
		resp.ErrorCode, resp.ErrorMessage = c.ErrorCode, c.ErrorMessage
		resp.Coordinators = nil
	}
	b.reply(s, resp)
}

// coordinatorOf finds the coordinator of one key: the broker that leads the partition the group lives in, at the
// address of the listener that the request came by.
func (b *Broker) coordinatorOf(kind int8, key, listener string) kmsg.FindCoordinatorResponseCoordinator {
	c := kmsg.NewFindCoordinatorResponseCoordinator()
	c.Key, c.NodeID, c.Port = key, -1, -1
	refuse := func(code wire.ErrorCode, format string, args ...any) kmsg.FindCoordinatorResponseCoordinator {
		text := fmt.Sprintf(format, args...)
		c.ErrorCode, c.ErrorMessage = int16(code), &text
		return c
	}
	if kind == transactionKey {
		return refuse(noTransactions, "transactions are not served, so that no transactional id may be used")
	}
	if kind != groupKey {
		return refuse(wire.InvalidRequest, "coordinator type %d is not served: brokers coordinate groups (0) only", kind)
	}
	tp := env.TopicPartition{Topic: offsetsTopic, Partition: b.groups.coordinator.PartitionFor(key)}
	leader := b.currentLeader(tp).ID
	at, ok := b.alive(leader, listener)
	if !ok || b.fencedHere(tp) || b.fullHere(tp) {
		return refuse(wire.CoordinatorNotAvailable, "%s is not available", tp)
	}
	c.NodeID, c.Host, c.Port = int32(leader), at.Host, int32(at.Port)
	return c
}
