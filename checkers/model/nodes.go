package model

import (
	"fmt"

	"gregor/checkers/history"
	"gregor/core/env"
)

// NoEpoch is an epoch that no replica is in.
const NoEpoch = -1

// Node is a broker, a controller, or both.
type Node struct {
	Name       string
	ID         env.NodeID
	Identified bool            // ID is known
	Up         bool            // it has emitted Started, and has not ended since
	Stopped    bool            // its last life ended on request
	Damaged    bool            // its disk has broken its promises once
	Registered bool            // in this life
	Epoch      env.BrokerEpoch // the newest it was registered with, NoEpoch
	Quorum     QuorumReplica

	ended      uint64        // the event at which its last life ended
	endedBy    history.Fault // what ended it; kind 0: it was asked to stop, or that is not known
	syncFailed history.Fault // a sync may have failed in this life
	offsetsLed uint64        // the event at which it last became leader of a partition of __consumer_offsets
	replicas   []*Replica
	views      map[env.TopicPartition]*View
}

func (c *Cluster) node(name string) *Node {
	n := c.nodes[name]
	if n == nil {
		n = &Node{Name: name, Epoch: NoEpoch, views: map[env.TopicPartition]*View{}, Quorum: newQuorumReplica()}
		c.nodes[name] = n
	}
	return n
}

// identify records a node's id.
func (c *Cluster) identify(name string, id env.NodeID) *Node {
	n := c.node(name)
	if id >= 0 && !n.Identified {
		n.ID, n.Identified = id, true
		c.ids[id] = n
	}
	return n
}

// NodeOf is the node with an id, nil if none has been seen.
func (c *Cluster) NodeOf(id env.NodeID) *Node { return c.ids[id] }

// NameOf is how a sentence names the node with an id.
func (c *Cluster) NameOf(id env.NodeID) string {
	if n := c.ids[id]; n != nil {
		return n.Name
	}
	if id < 0 {
		return "nobody"
	}
	return fmt.Sprintf("broker %d", id)
}

// Fault applies what the runner did to a node.
func (c *Cluster) Fault(f history.Fault) {
	n := c.node(f.Node)
	switch f.Kind {
	case history.DiskDamage:
		n.Damaged = true
		return
	case history.SyncFailed:
		n.syncFailed = f
		return
	case history.Wiped:
		n.Quorum.wiped()
	}
	n.Stopped, n.endedBy = false, f
	c.endLife(n, f.Event)
}

// A node starts. One that was up has lost its disk, and its life with it.
var _ = onNode(func(f env.Started) env.NodeID { return f.Node }, func(s *Step, f env.Started) {
	n := s.Emitter
	if n.Up {
		n.ended = s.Event
		s.Cluster.restarted(n)
	}
	n.Up, n.syncFailed = true, history.Fault{}
})

// A node stops on request. A log that was not open yet keeps what the end of an earlier life has left of it.
var _ = onNode(nil, func(s *Step, f env.Stopped) {
	n := s.Emitter
	n.Stopped, n.endedBy = true, history.Fault{}
	for _, r := range n.replicas {
		r.closed = r.closed || !r.Recovering
	}
	s.Cluster.endLife(n, s.Event)
})

// A node that cannot go on ends as in a crash.
var _ = onNode(nil, func(s *Step, f env.GaveUp) {
	n := s.Emitter
	n.Stopped, n.endedBy = false, history.Fault{Event: s.Event, Node: n.Name, Kind: history.Killed}
	s.Cluster.endLife(n, s.Event)
})

// A registration is the first fact of a new life, if the end of the one before was not noticed. A process that registers
// again lives on: its logs stay open, and its replicas stay in their epochs.
var _ = onNode(func(f env.Registered) env.NodeID { return f.Node }, func(s *Step, f env.Registered) {
	n := s.Emitter
	if n.Up && n.Registered && f.Epoch != n.Epoch && !f.Again {
		n.Stopped, n.endedBy = false, history.Fault{}
		s.Cluster.endLife(n, s.Event)
	}
	n.Registered, n.Epoch = true, max(n.Epoch, f.Epoch)
})

// endLife forgets what a node was only while it lived.
func (c *Cluster) endLife(n *Node, event uint64) {
	n.Up, n.Registered, n.ended = false, false, event
	for _, r := range n.replicas {
		r.endLeading(event)
		r.leave(NoEpoch)
		r.Role, r.Recovering = Idle, r.Known
		r.suffer(n)
	}
	//tidy:unordered each entry is changed by itself
	for _, w := range n.views {
		w.Known = false
	}
	n.Quorum.endLife()
	c.Brokers.endLife(n)
	c.restarted(n)
}

// DiskText is how a node's disk broke its promise, "" if it did not.
func (n *Node) DiskText() string {
	switch {
	case n.Quorum.Emptied:
		return "the disk of " + n.Name + " was emptied"
	case n.Damaged:
		return "the disk of " + n.Name + " was damaged"
	}
	return ""
}
