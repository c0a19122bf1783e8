package checkers

import (
	"fmt"

	"gregor/checkers/history"
	"gregor/core/env"
)

// noEpoch is an epoch nobody is in.
const noEpoch = -1

// node is a broker, a controller, or both.
type node struct {
	name       string
	id         env.NodeID
	identified bool
	up         bool // it has told Started, and nothing has befallen it since
	stopped    bool // its last life ended on request
	befell     history.Fault
	damaged    bool            // its disk has broken its promises once
	unsure     history.Fault   // a sync may have failed in this life
	epoch      env.BrokerEpoch // the newest it was registered as, noEpoch
	registered bool            // in this life
	ended      uint64          // the event at which its last life ended
	offsetsLed uint64          // the event at which it last began to lead a partition of __consumer_offsets
	replicas   []*replica
	views      map[env.TopicPartition]*view
	quorum     quorumReplica
}

func (v *Invariants) node(name string) *node {
	n := v.nodes[name]
	if n == nil {
		n = &node{name: name, epoch: noEpoch, views: map[env.TopicPartition]*view{}, quorum: newQuorumReplica()}
		v.nodes[name] = n
	}
	return n
}

// identify learns a node's id.
func (v *Invariants) identify(name string, id env.NodeID) *node {
	n := v.node(name)
	if id >= 0 && !n.identified {
		n.id, n.identified = id, true
		v.ids[id] = n
	}
	return n
}

// nameOf is how a sentence calls the node with this id.
func (v *Invariants) nameOf(id env.NodeID) string {
	if n := v.ids[id]; n != nil {
		return n.name
	}
	if id < 0 {
		return "nobody"
	}
	return fmt.Sprintf("broker %d", id)
}

// Befell takes what the runner did to a node.
func (v *Invariants) Fault(m history.Fault) {
	v.findings = v.findings[:0]
	v.settle()
	v.overdue = append(v.overdue, v.findings...)
	n := v.node(m.Node)
	switch m.Kind {
	case history.DiskDamage:
		n.damaged = true
		return
	case history.SyncFailed:
		n.unsure = m
		return
	case history.Wiped:
		n.quorum.wiped()
	}
	n.stopped, n.befell = false, m
	v.endLife(n, m.Event)
}

// started begins a node's life. One that was up has lost its disk, and its life with it.
func (v *Invariants) started(n *node) {
	if n.up {
		n.ended = v.now.Event
		v.restarted(n)
	}
	n.up, n.unsure = true, history.Fault{}
}

// stopped ends a life on request. A log that was not open yet keeps what the end of an earlier life has left of it.
func (v *Invariants) stopped(n *node) {
	n.stopped, n.befell = true, history.Fault{}
	for _, r := range n.replicas {
		r.closed = r.closed || !r.recovering
	}
	v.endLife(n, v.now.Event)
}

// gaveUp ends a life as a crash does.
func (v *Invariants) gaveUp(n *node) {
	n.stopped, n.befell = false, history.Fault{Event: v.now.Event, Node: n.name, Kind: history.Killed}
	v.endLife(n, v.now.Event)
}

// endLife forgets what a node was only as long as it lived.
func (v *Invariants) endLife(n *node, event uint64) {
	n.up, n.registered, n.ended = false, false, event
	for _, r := range n.replicas {
		v.endLeading(r)
		r.leave(noEpoch)
		r.role, r.recovering = idle, r.known
		r.suffer(n)
	}
	//tidy:unordered each entry is changed by itself
	for _, w := range n.views {
		w.known = false
	}
	n.quorum.endLife()
	v.cluster.endLife(n)
	v.restarted(n)
}

// broker-epoch-back: the epochs in which one broker is registered rise.
//
// A registration is the first fact of a new life, if the end of the one before was not noticed. A process that registers
// again lives on: its logs stay open, and its replicas stay in their epochs.
func (v *Invariants) registered(n *node, f env.Registered) {
	if n.up && n.registered && f.Epoch != n.epoch && !f.Again {
		n.stopped, n.befell = false, history.Fault{}
		v.endLife(n, v.now.Event)
	}
	if f.Epoch < n.epoch {
		v.fault("broker-epoch-back", "%s was registered as epoch %d after it had been as epoch %d", n.name, f.Epoch, n.epoch)
	}
	n.registered, n.epoch = true, max(n.epoch, f.Epoch)
}

// suffer notes what may take records from a log that is not open. A crash while it is being opened takes nothing more,
// and nothing takes more than an emptied disk.
func (r *replica) suffer(n *node) {
	switch {
	case r.took.Kind == history.Wiped:
	case n.befell.Kind == history.PowerCut, n.befell.Kind == history.Wiped:
		r.took, r.closed = n.befell, false
	case n.unsure.Kind == history.SyncFailed && r.took.Kind == 0:
		r.took = n.unsure
	}
}
