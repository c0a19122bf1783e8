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

// throttles are the two quotas of a broker's replication (KIP-73).
type throttles struct{ leader, follower quota.Quota }

func (t *throttles) read(now env.Now, c *config.Broker) {
	t.leader.Set(now, c.Long("leader.replication.throttled.rate"))
	t.follower.Set(now, c.Long("follower.replication.throttled.rate"))
}

// throttled reports whether a topic's list names a replica of a broker.
func throttled(c *config.Topic, list string, id env.PartitionID, broker env.NodeID) bool {
	names := c.List(list)
	return slices.Contains(names, "*") || slices.Contains(names, fmt.Sprintf("%d:%d", id, broker))
}

// throttle reads what of a partition is throttled here.
func (p *partition) throttle() {
	p.throttledLeader = throttled(p.config, "leader.replication.throttled.replicas", p.Partition, p.broker.id)
	p.throttledFollower = throttled(p.config, "follower.replication.throttled.replicas", p.Partition, p.broker.id)
}

// holdsBack reports whether a leader sends a follower nothing now: it is not in sync, and the quota is used up.
func (p *partition) holdsBack(now env.Now, follower env.NodeID) bool {
	return p.slows(follower) && !p.broker.replicas.throttles.leader.Open(now)
}

// slows reports whether what a follower is sent counts against the leader's quota.
func (p *partition) slows(follower env.NodeID) bool {
	return follower >= 0 && p.throttledLeader && !slices.Contains(p.replica.ISR(), follower)
}

// countFetched takes what a response brought out of the followers' quota, and delays the replicas that have used it up.
func (r *replicas) countFetched(now env.Now, resp kmsg.Response) {
	fetched, ok := resp.(*kmsg.FetchResponse)
	if !ok || !r.throttles.follower.IsSet() {
		return
	}
	for i := range fetched.Topics {
		t, ok := r.cluster.Image.TopicByID(fetched.Topics[i].TopicID)
		if !ok {
			continue
		}
		for j := range fetched.Topics[i].Partitions {
			in := &fetched.Topics[i].Partitions[j]
			r.countPartition(now, env.TopicPartition{Topic: t.Name, Partition: env.PartitionID(in.Partition)}, len(in.RecordBatches))
		}
	}
}

func (r *replicas) countPartition(now env.Now, tp env.TopicPartition, n int) {
	p, q := r.logs.byName[tp], &r.throttles.follower
	if p == nil || !p.throttledFollower || p.replica.Role() != replica.Following || slices.Contains(p.replica.ISR(), r.self) {
		return
	}
	if q.Take(n); !q.Open(now) {
		p.replica.Delay(now.Mono.Add(q.Wait()))
	}
}
