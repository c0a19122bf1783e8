package model

import (
	"fmt"
	"slices"

	"gregor/core/kafka"
)

func (c *Cluster) node(name string) *Node {
	n := c.nodes[name]
	if n == nil {
		n = &Node{Name: name, Epoch: NoEpoch, views: map[kafka.TopicPartition]*View{}, Quorum: newQuorumReplica()}
		c.nodes[name] = n
	}
	return n
}

// identify records a node's id.
func (c *Cluster) identify(name string, id kafka.NodeID) *Node {
	n := c.node(name)
	if id >= 0 && !n.Identified {
		n.ID, n.Identified = id, true
		c.ids[id] = n
	}
	return n
}

// NodeOf is the node with an id, nil if none has been seen.
func (c *Cluster) NodeOf(id kafka.NodeID) *Node { return c.ids[id] }

// NameOf is how a sentence names the node with an id.
func (c *Cluster) NameOf(id kafka.NodeID) string {
	if n := c.ids[id]; n != nil {
		return n.Name
	}
	if id < 0 {
		return "no broker"
	}
	return fmt.Sprintf("broker %d", id)
}

// maxIncarnations bounds how many topics of one name are remembered.
const maxIncarnations = 16

// Newest is the newest partition of a name, nil if no fact has been about it.
func (c *Cluster) Newest(tp kafka.TopicPartition) *Partition {
	if names := c.Named(tp); names != nil {
		return names.newest()
	}
	return nil
}

// Partitions calls do with the newest partition of each name, in the order in which they appeared.
func (c *Cluster) Partitions(do func(p *Partition)) {
	for _, names := range c.order {
		do(names.newest())
	}
}

// Named is every partition that had a name, nil if no fact has been about it.
func (c *Cluster) Named(tp kafka.TopicPartition) *Incarnations {
	recent := &c.recentNames[(len(tp.Topic)+int(tp.Partition))&7]
	if *recent == nil || (*recent).TopicPartition != tp {
		*recent = c.names[tp]
	}
	return *recent
}

func (c *Cluster) named(tp kafka.TopicPartition) *Incarnations {
	names := c.Named(tp)
	if names == nil {
		names = &Incarnations{TopicPartition: tp}
		names.begin(kafka.UUID{}, false)
		c.names[tp] = names
		c.order = append(c.order, names)
	}
	return names
}

func (s *Incarnations) newest() *Partition { return s.all[len(s.all)-1] }

// begin adds a partition.
func (s *Incarnations) begin(topic kafka.UUID, named bool) *Partition {
	if len(s.all) >= maxIncarnations {
		s.all = slices.Delete(s.all, 0, 1)
	}
	p := &Partition{TopicPartition: s.TopicPartition, topic: topic, named: named, Epoch: NoEpoch,
		Committed: nothingCommitted()}
	s.all = append(s.all, p)
	return p
}

// of is the partition of a topic id. The first id to be reported is that of the partition there is.
func (s *Incarnations) of(topic kafka.UUID) *Partition {
	for _, p := range s.all {
		if p.named && p.topic == topic {
			return p
		}
	}
	if p := s.newest(); !p.named {
		p.topic, p.named = topic, true
		return p
	}
	p := s.begin(topic, true)
	p.Recreated = true
	return p
}

// Readable is below what records could be read at some time, in any incarnation: a response may be on its way for long.
func (s *Incarnations) Readable() kafka.Offset {
	to := kafka.Offset(0)
	for _, p := range s.all {
		to = max(to, p.Readable)
	}
	return to
}

// Reported reports whether any broker has emitted a fact about the partition's log.
func (s *Incarnations) Reported() bool { return s != nil && len(s.replicas) > 0 }

func (c *Cluster) replica(node string, tp kafka.TopicPartition) *Replica {
	s := c.named(tp)
	for _, r := range s.replicas {
		if r.Node.Name == node {
			return r
		}
	}
	n, p := c.node(node), s.newest()
	w := n.views[tp]
	if w != nil {
		p = s.of(w.topic)
	}
	return s.open(p, n, w)
}

// replicaOf is a node's replica of a certain topic: while it applies the metadata of a topic that is created again,
// it may still open the log of the one before, to delete it. nil: that one is not known.
func (c *Cluster) replicaOf(node string, tp kafka.TopicPartition, topic kafka.UUID) *Replica {
	r := c.replica(node, tp)
	if topic == (kafka.UUID{}) || !r.Partition.named || r.Partition.topic == topic {
		return r
	}
	for _, o := range r.Node.replicas {
		if o.Partition.TopicPartition == tp && o.Partition.topic == topic {
			return o
		}
	}
	return nil
}

// open adds a node's replica of one of the incarnations.
func (s *Incarnations) open(p *Partition, n *Node, w *View) *Replica {
	r := &Replica{Partition: p, Node: n, view: w, Epoch: NoEpoch, producers: map[kafka.ProducerID]*Producer{}}
	for i := range r.past.ends {
		r.past.ends[i].epoch = NoEpoch
	}
	p.Replicas = append(p.Replicas, r)
	s.replicas = append(s.replicas, r)
	n.replicas = append(n.replicas, r)
	return r
}

// attach makes a node's replica the one of the incarnation that its metadata speaks of. A node that starts again
// applies the metadata of the older ones again.
func (s *Incarnations) attach(p *Partition, n *Node, w *View) {
	mine := func(r *Replica) bool { return r.Node == n }
	if i := slices.IndexFunc(s.replicas, mine); i >= 0 {
		s.replicas[i].view = w
		if s.replicas[i].Partition == p {
			return
		}
		s.replicas = slices.Delete(s.replicas, i, i+1)
	}
	if i := slices.IndexFunc(p.Replicas, mine); i >= 0 {
		s.replicas = append(s.replicas, p.Replicas[i])
	}
}
