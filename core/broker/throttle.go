package broker

import (
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/quota"
	"gregor/core/replica"
)

// throttles are the two quotas of a broker.
type throttles struct{ leader, follower quota.Quota }

func (b *Broker) readThrottles(now env.Now) {
	b.throttles.leader.Set(now, b.config.Long("leader.replication.throttled.rate"))
	b.throttles.follower.Set(now, b.config.Long("follower.replication.throttled.rate"))
}

// throttled reports whether a topic's list names a replica of this broker.
func (b *Broker) throttled(c *config.Topic, list string, id env.PartitionID) bool {
	names := c.List(list)
	return slices.Contains(names, "*") || slices.Contains(names, fmt.Sprintf("%d:%d", id, b.id))
}

// throttle reads what of a partition is throttled here.
func (p *partition) throttle() {
	p.throttledLeader = p.broker.throttled(p.config, "leader.replication.throttled.replicas", p.Partition)
	p.throttledFollower = p.broker.throttled(p.config, "follower.replication.throttled.replicas", p.Partition)
}

// holdsBack reports whether a leader sends a follower nothing now: it is not in sync, and the quota is used up.
func (p *partition) holdsBack(now env.Now, follower env.NodeID) bool {
	return p.slows(follower) && !p.broker.throttles.leader.Open(now)
}

// slows reports whether what a follower is sent counts against the leader's quota.
func (p *partition) slows(follower env.NodeID) bool {
	return follower >= 0 && p.throttledLeader && !slices.Contains(p.replica.ISR(), follower)
}

// countFetched takes what a response brought out of the followers' quota, and delays the replicas that have used it up.
func (b *Broker) countFetched(now env.Now, resp kmsg.Response) {
	r, ok := resp.(*kmsg.FetchResponse)
	if !ok || !b.throttles.follower.IsSet() {
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
	if q.Take(n); !q.Open(now) {
		p.replica.Delay(now.Mono.Add(q.Wait()))
	}
}
