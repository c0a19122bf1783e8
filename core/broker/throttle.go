package broker

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/replica"
)

// quota is a budget of bytes that grows with time, up to what a second gives (KIP-73). What is taken may overdraw it;
// then nothing is taken until it has grown above zero again.
type quota struct {
	rate   int64 // bytes a second; unthrottled: any
	budget int64
	at     env.Instant // when budget was worked out
}

// unthrottled is the rate of a quota that nobody has set.
const unthrottled = math.MaxInt64

// set changes the rate. A quota that had none begins with the budget of a second; one that had keeps what is left, and
// what was overdrawn: else every change of the rate would be a budget for free.
func (q *quota) set(now env.Now, rate int64) {
	switch {
	case q.rate == rate:
	case q.rate == unthrottled || rate == unthrottled:
		*q = quota{rate: rate, budget: rate, at: now.Mono}
	default:
		q.open(now)
		q.rate, q.budget = rate, min(q.budget, rate)
	}
}

// open says whether anything may be taken now.
func (q *quota) open(now env.Now) bool {
	if q.rate == unthrottled {
		return true
	}
	passed := min(max(now.Mono.Sub(q.at), 0), time.Second)
	if grown := int64(passed/time.Microsecond) * min(q.rate, maxRate) / int64(time.Second/time.Microsecond); grown > 0 {
		q.budget, q.at = min(q.budget+grown, q.rate), now.Mono
	}
	return q.budget > 0
}

// maxRate keeps the arithmetic of a quota within 64 bits: nine terabytes a second.
const maxRate = math.MaxInt64 / int64(time.Second/time.Microsecond)

// take takes bytes.
func (q *quota) take(n int) {
	if q.rate != unthrottled {
		q.budget -= int64(n)
	}
}

// wait is how long until something may be taken again, a second at most: the rate may change meanwhile.
func (q *quota) wait() time.Duration {
	perMilli := q.rate / int64(time.Second/time.Millisecond)
	if short := 1 - q.budget; perMilli > 0 && short/perMilli < int64(time.Second/time.Millisecond) {
		return time.Duration(short/perMilli+1) * time.Millisecond
	}
	return time.Second
}

// throttles are the two quotas of a broker.
type throttles struct{ leader, follower quota }

func (b *Broker) readThrottles(now env.Now) {
	b.throttles.leader.set(now, b.config.Long("leader.replication.throttled.rate"))
	b.throttles.follower.set(now, b.config.Long("follower.replication.throttled.rate"))
}

// throttled says whether a topic's list names a replica of this broker.
func (b *Broker) throttled(c *config.Topic, list string, id env.PartitionID) bool {
	names := c.List(list)
	return slices.Contains(names, "*") || slices.Contains(names, fmt.Sprintf("%d:%d", id, b.id))
}

// throttle reads what of a partition is throttled here.
func (p *partition) throttle() {
	p.throttledLeader = p.broker.throttled(p.config, "leader.replication.throttled.replicas", p.Partition)
	p.throttledFollower = p.broker.throttled(p.config, "follower.replication.throttled.replicas", p.Partition)
}

// holdsBack says whether a leader sends a follower nothing now: it is not in sync, and the quota is used up.
func (p *partition) holdsBack(now env.Now, follower env.NodeID) bool {
	return p.slows(follower) && !p.broker.throttles.leader.open(now)
}

// slows says whether what a follower is sent counts against the leader's quota.
func (p *partition) slows(follower env.NodeID) bool {
	return follower >= 0 && p.throttledLeader && !slices.Contains(p.replica.ISR(), follower)
}

// countFetched takes what an answer brought out of the followers' quota, and has those wait that used it up.
func (b *Broker) countFetched(now env.Now, resp kmsg.Response) {
	r, ok := resp.(*kmsg.FetchResponse)
	if !ok || b.throttles.follower.rate == unthrottled {
		return
	}
	for i := range r.Topics {
		t, ok := b.image.TopicByID(r.Topics[i].TopicID)
		if !ok {
			continue
		}
		for j := range r.Topics[i].Partitions {
			in := &r.Topics[i].Partitions[j]
			b.countPartition(now, env.TopicPartition{Topic: t.Name, Partition: env.PartitionID(in.Partition)}, len(in.RecordBatches))
		}
	}
}

func (b *Broker) countPartition(now env.Now, tp env.TopicPartition, n int) {
	p, q := b.logs.byName[tp], &b.throttles.follower
	if p == nil || !p.throttledFollower || p.replica.Role() != replica.Following || slices.Contains(p.replica.ISR(), b.id) {
		return
	}
	if q.take(n); !q.open(now) {
		p.replica.Delay(now.Mono.Add(q.wait()))
	}
}
