package describe

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// The kinds of keys that have coordinators. Only groups have one here.
const (
	GroupKey       = 0
	TransactionKey = 1
)

// NoTransactions refuses whatever has a transactional id. Kafka has no code for a broker without transactions, and this
// is the one that no client tries again: librdkafka asks for a coordinator until its timeout after INVALID_REQUEST.
const NoTransactions = kafka.TransactionalIDAuthorizationFailed

// Home returns the partition of an internal topic that a key lives in; false if keys of this type have no coordinator
// here.
type Home func(keyType int8, key string) (kafka.TopicPartition, bool)

// Coordinators finds the coordinators of keys.
func (c *Cluster) Coordinators(from From, r *kmsg.FindCoordinatorRequest, homeOf Home) *kmsg.FindCoordinatorResponse {
	resp := r.ResponseKind().(*kmsg.FindCoordinatorResponse)
	for _, key := range CoordinatorKeys(from.Version, r) {
		resp.Coordinators = append(resp.Coordinators, c.coordinator(r.CoordinatorType, key, from.Listener, homeOf))
	}
	if from.Version < 4 {
		c := resp.Coordinators[0]
		resp.NodeID, resp.Host, resp.Port = c.NodeID, c.Host, c.Port
		resp.ErrorCode, resp.ErrorMessage = c.ErrorCode, c.ErrorMessage
		resp.Coordinators = nil
	}
	return resp
}

// CoordinatorKeys lists the keys that a request names.
func CoordinatorKeys(version int16, r *kmsg.FindCoordinatorRequest) []string {
	if version < 4 {
		return []string{r.CoordinatorKey}
	}
	return r.CoordinatorKeys
}

// coordinator finds the coordinator of one key: the broker that leads the partition that the key lives in, at the
// address of the listener that the request came by.
func (c *Cluster) coordinator(kind int8, key, listener string, homeOf Home) kmsg.FindCoordinatorResponseCoordinator {
	out := kmsg.NewFindCoordinatorResponseCoordinator()
	out.Key, out.NodeID, out.Port = key, -1, -1
	refuse := func(code kafka.ErrorCode, format string, args ...any) kmsg.FindCoordinatorResponseCoordinator {
		text := fmt.Sprintf(format, args...)
		out.ErrorCode, out.ErrorMessage = int16(code), &text
		return out
	}
	tp, served := homeOf(kind, key)
	switch {
	case served:
	case kind == TransactionKey:
		return refuse(NoTransactions, "transactions are not served, so that no transactional id may be used")
	default:
		return refuse(kafka.InvalidRequest, "coordinator type %d is not served: brokers coordinate groups (0) only", kind)
	}
	leader := c.Leader(tp).ID
	at, ok := c.Alive(leader, listener)
	if !ok || c.Local.Fenced(tp) || c.Local.Full(tp) {
		return refuse(kafka.CoordinatorNotAvailable, "%s is not available", tp)
	}
	out.NodeID, out.Host, out.Port = int32(leader), at.Host, int32(at.Port)
	return out
}
