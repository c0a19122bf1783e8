package model

import (
	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

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
var _ = onNode(func(f env.Started) kafka.NodeID { return f.Node }, func(s *Step, f env.Started) {
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
		r.disk.closed = r.disk.closed || !r.Recovering
	}
	s.Cluster.endLife(n, s.Event)
})

// A node that cannot go on ends as in a crash.
var _ = onNode(nil, func(s *Step, f env.GaveUp) {
	n := s.Emitter
	n.Stopped, n.endedBy = false, history.Fault{Event: s.Event, Node: n.Name, Kind: history.Killed}
	s.Cluster.endLife(n, s.Event)
})

// A registration is the first fact of a new life, if the end of the one before was not noticed. A process that
// registers again lives on: its logs stay open, and its replicas stay in their epochs.
var _ = onNode(func(f env.Registered) kafka.NodeID { return f.Node }, func(s *Step, f env.Registered) {
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
