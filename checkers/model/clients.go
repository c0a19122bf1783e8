package model

import (
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
)

// ClientNamed is what is known of a client.
func (c *Cluster) ClientNamed(name string) *Client {
	recent := &c.recentClients[0]
	if n := len(name); n > 0 {
		recent = &c.recentClients[(n+int(name[n-1]))&7]
	}
	if *recent != nil && (*recent).name == name {
		return *recent
	}
	k := c.clients[name]
	if k == nil {
		k = &Client{name: name, produces: map[uint64]kafka.Acks{}, reached: map[GroupPartition]*kafka.Offset{},
			started: map[kafka.TopicPartition]kafka.Offset{},
			assigns: map[kafka.TopicPartition]*assignment{}, commits: map[uint64]*Commit{}}
		c.clients[name] = k
	}
	*recent = k
	return k
}

var (
	_ = onClient(func(s *Step, f env.ClientCrashed) { s.Cluster.clientGone(f.Client) })
	_ = onClient(func(s *Step, f env.ClientClosed) { s.Cluster.clientGone(f.Client) })
)

func (c *Cluster) clientGone(name string) {
	delete(c.clients, name)
	c.recentClients = [8]*Client{}
	//tidy:unordered each entry is changed by itself
	for _, g := range c.groups {
		g.Owners = slices.DeleteFunc(g.Owners, func(o *Owner) bool { return o.Client == name })
	}
}

// Acks is what a client's produce call under way asked for, false if there is no such call.
func (k *Client) Acks(call uint64) (acks kafka.Acks, called bool) {
	acks, called = k.produces[call]
	return acks, called
}

var (
	_ = onClient(func(s *Step, f env.ProduceCalled) { s.Cluster.ClientNamed(f.Client).produces[f.Call] = f.Acks })
	_ = onClient(func(s *Step, f env.ProduceReturned) { delete(s.Cluster.ClientNamed(f.Client).produces, f.Call) })
)

// Processed is what a member of a group has processed of a partition since it began to read it: everything below.
// false: it has not begun.
func (k *Client) Processed(group string, tp kafka.TopicPartition) (to kafka.Offset, begun bool) {
	to, begun = k.started[tp]
	if at := k.reached[GroupPartition{group, tp}]; at != nil {
		to = max(to, *at)
	}
	return to, begun
}

var _ = onClient(func(s *Step, f env.Processed) {
	k, key := s.Cluster.ClientNamed(f.Client), GroupPartition{f.Group, f.TopicPartition}
	if at := k.reached[key]; at != nil {
		*at = max(*at, f.To)
	} else {
		to := max(0, f.To)
		k.reached[key] = &to
	}
})

// A consumer begins to read a partition, or reads on elsewhere.
var _ = onClient(func(s *Step, f env.PositionSet) {
	k := s.Cluster.ClientNamed(f.Client)
	if a := k.resuming(f); a != nil {
		a.placed = true
	}
	k.started[f.TopicPartition] = f.Offset
	//tidy:unordered each entry is judged by itself
	for key := range k.reached {
		if key.TopicPartition == f.TopicPartition {
			delete(k.reached, key)
		}
	}
})
