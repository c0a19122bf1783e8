package replication

import (
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/quota"
	"gregor/core/replica"
)

// Quotas are those of a broker's replication (KIP-73).
type Quotas struct{ leader, follower quota.Quota }

// NewQuotas returns quotas that are not set.
func NewQuotas() Quotas { return Quotas{leader: quota.New(), follower: quota.New()} }

// Configure sets the quotas.
func (t *Quotas) Configure(now env.Now, c *config.Broker) {
	t.leader.Set(now, c.Long("leader.replication.throttled.rate"))
	t.follower.Set(now, c.Long("follower.replication.throttled.rate"))
}

// throttled reports whether a topic's list names a replica of a broker.
func throttled(c *config.Topic, list string, id kafka.PartitionID, broker kafka.NodeID) bool {
	names := c.List(list)
	return slices.Contains(names, "*") || slices.Contains(names, fmt.Sprintf("%d:%d", id, broker))
}

// Throttle reads from a topic's configuration what of a partition is throttled on this broker.
func (r *Replicas) Throttle(p Partition, id kafka.PartitionID, c *config.Topic) {
	f, self := p.Following(), r.Config.Node
	f.ThrottledLeader = throttled(c, "leader.replication.throttled.replicas", id, self)
	f.ThrottledFollower = throttled(c, "follower.replication.throttled.replicas", id, self)
}

// HoldsBack reports whether a leader sends a follower nothing now: it is not in sync, and the quota is used up.
func (r *Replicas) HoldsBack(now env.Now, p Partition, follower kafka.NodeID) bool {
	return slows(p, follower) && !r.Quotas.leader.Open(now)
}

// Sent counts bytes that a follower is sent.
func (r *Replicas) Sent(p Partition, follower kafka.NodeID, n int) {
	if slows(p, follower) {
		r.Quotas.leader.Take(n)
	}
}

// slows reports whether what a follower is sent counts against the leader's quota.
func slows(p Partition, follower kafka.NodeID) bool {
	return follower >= 0 && p.Following().ThrottledLeader && !slices.Contains(p.Replica().ISR(), follower)
}

// countFetched takes what a response brought out of the followers' quota, and delays the replicas that have used it up.
func (r *Replicas) countFetched(now env.Now, resp kmsg.Response) {
	fetched, ok := resp.(*kmsg.FetchResponse)
	if !ok || !r.Quotas.follower.IsSet() {
		return
	}
	for i := range fetched.Topics {
		t, ok := r.image.TopicByID(fetched.Topics[i].TopicID)
		if !ok {
			continue
		}
		for j := range fetched.Topics[i].Partitions {
			in := &fetched.Topics[i].Partitions[j]
			r.countPartition(now, kafka.TopicPartition{Topic: t.Name, Partition: kafka.PartitionID(in.Partition)},
				len(in.RecordBatches))
		}
	}
}

func (r *Replicas) countPartition(now env.Now, tp kafka.TopicPartition, n int) {
	p, ok := r.partitions.Replicated(tp)
	if !ok || !p.Following().ThrottledFollower || p.Replica().Role() != replica.Following ||
		slices.Contains(p.Replica().ISR(), r.Config.Node) {
		return
	}
	q := &r.Quotas.follower
	if q.Take(n); !q.Open(now) {
		p.Replica().Delay(now.Mono.Add(q.Wait()))
	}
}
