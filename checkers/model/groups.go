package model

import (
	"fmt"
	"slices"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// GroupNamed is what is known of a group.
func (c *Cluster) GroupNamed(name string) *Group {
	g := c.groups[name]
	if g == nil {
		g = new(Group)
		c.groups[name] = g
	}
	return g
}

// Coordinated reports whether any node has emitted facts as the coordinator of a group.
func (c *Cluster) Coordinated(group string) bool {
	g := c.groups[group]
	return g != nil && len(g.terms) > 0
}

// term is that of a node, nil if a new one begins: the node has started again, or become leader of a partition of
// __consumer_offsets.
func (g *Group) term(n *Node) *Term {
	i := slices.IndexFunc(g.terms, func(t *Term) bool { return t.node == n })
	if i < 0 {
		return nil
	}
	if t := g.terms[i]; (n.ended == 0 || n.ended < t.last) && n.offsetsLed <= t.last {
		return t
	}
	return nil
}

// present is the term of the node that emits a fact about the group.
func (g *Group) present(s *Step) *Term {
	t := g.term(s.Emitter)
	if t == nil {
		g.terms = slices.DeleteFunc(g.terms, func(t *Term) bool { return t.node == s.Emitter })
		g.begun++
		t = &Term{node: s.Emitter, number: g.begun}
		g.terms = append(g.terms, t)
	}
	t.last = s.Event
	return t
}

// Least is the least generation that a node may enter; false: any, since the group has no members there, and none was
// stored. A coordinator that dies, or is replaced, may take with it the generations in which no member was assigned
// partitions: nothing of them is stored.
func (g *Group) Least(n *Node) (generation int64, bound bool) {
	if t := g.term(n); t != nil && t.entered {
		return int64(t.generation) + 1, len(t.members) > 0
	}
	return int64(g.synced) + 1, g.synced > 0
}

// A group enters a generation.
var _ = onNode(nil, func(s *Step, f env.GroupRebalanced) {
	g := s.Cluster.GroupNamed(f.Group)
	if least, bound := g.Least(s.Emitter); bound && int64(f.Generation) < least {
		g.Lost = s.Cluster.GroupLoss(f.Group)
		g.synced = 0
	}
	t := g.present(s)
	g.coordinator, g.fault = s.Node, history.Fault{}
	t.entered, t.generation = true, f.Generation
	t.members = slices.Clone(f.Members)
})

var _ = onNode(nil, func(s *Step, f env.GroupMemberGone) {
	t := s.Cluster.GroupNamed(f.Group).present(s)
	t.members = slices.DeleteFunc(t.members, func(m string) bool { return m == f.Member })
})

// GroupLoss is why a coordinator may not know what was stored of a group, "" if it must.
func (c *Cluster) GroupLoss(group string) string {
	g := c.GroupNamed(group)
	why, replicated := c.offsetsLoss()
	switch f := g.fault; {
	case why != "" || replicated:
		return why
	case f.Kind == history.PowerCut || f.Kind == history.SyncFailed || f.Kind == history.Wiped:
		return fmt.Sprintf("the %s of %s at event %d may have lost what was not flushed", f.Kind, f.Node, f.Event)
	case c.node(g.coordinator).Damaged:
		return "the disk of " + g.coordinator + " was damaged"
	}
	return ""
}

// offsetsLoss is how committed records of __consumer_offsets were lost, "" if none were, or may not have been;
// replicated reports whether there was more than one replica of them.
func (c *Cluster) offsetsLoss() (why string, replicated bool) {
	c.Partitions(func(p *Partition) {
		if p.Topic != kafka.OffsetsTopic {
			return
		}
		replicated = replicated || !p.Alone()
		for i := range p.losses {
			if p.losses[i].promised && p.losses[i].why != "" {
				why = p.losses[i].why
			}
		}
	})
	return why, replicated
}

// restarted marks the groups that a node coordinates.
func (c *Cluster) restarted(n *Node) {
	//tidy:unordered each entry is changed by itself
	for _, g := range c.groups {
		if g.coordinator != n.Name {
			continue
		}
		if n.syncFailed.Kind == history.SyncFailed {
			g.fault = n.syncFailed
		}
		if n.endedBy.Kind == history.PowerCut || n.endedBy.Kind == history.Wiped {
			g.fault = n.endedBy
		}
	}
}

// Member is a member of the group as it sees itself.
func (g *Group) Member(client, member string) *Owner {
	for _, o := range g.Owners {
		if o.Client == client && o.Member == member {
			return o
		}
	}
	o := &Owner{Client: client, Member: member}
	g.Owners = append(g.Owners, o)
	return o
}

var _ = onClient(func(s *Step, f env.PartitionsAssigned) {
	g := s.Cluster.GroupNamed(f.Group)
	o := g.Member(f.Client, f.Member)
	s.Cluster.ClientNamed(f.Client).assigned(&f, o, s.Event)
	g.synced = max(g.synced, f.Generation)
	o.Generation = f.Generation
	for _, tp := range f.Partitions {
		if !slices.Contains(o.Partitions, tp) {
			o.Partitions = append(o.Partitions, tp)
		}
	}
})

var _ = onClient(func(s *Step, f env.PartitionsRevoked) {
	o := s.Cluster.GroupNamed(f.Group).Member(f.Client, f.Member)
	o.Partitions = slices.DeleteFunc(o.Partitions,
		func(tp kafka.TopicPartition) bool { return slices.Contains(f.Partitions, tp) })
})
