package checkers

import "gregor/core/env"

// client is what the invariants know of a client.
type client struct {
	name     string
	produces map[uint64]int16 // acks of the calls under way
	reached  map[progressKey]*env.Offset
	started  map[env.TopicPartition]env.Offset
	group    string                             // it is a member of, as far as it has told
	given    map[env.TopicPartition]*assignment // partitions of it
	commits  map[uint64]*commit                 // under way
}

func (v *Invariants) client(name string) *client {
	recent := &v.recentClients[0]
	if n := len(name); n > 0 {
		recent = &v.recentClients[(n+int(name[n-1]))&7]
	}
	if *recent != nil && (*recent).name == name {
		return *recent
	}
	c := v.clients[name]
	if c == nil {
		c = &client{name: name, produces: map[uint64]int16{}, reached: map[progressKey]*env.Offset{},
			started: map[env.TopicPartition]env.Offset{}, given: map[env.TopicPartition]*assignment{}, commits: map[uint64]*commit{}}
		v.clients[name] = c
	}
	*recent = c
	return c
}

func (v *Invariants) clientGone(name string) {
	delete(v.clients, name)
	v.recentClients = [8]*client{}
	v.ownerGone(name)
}
