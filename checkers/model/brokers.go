package model

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

// Get is what the metadata says of a broker, false if no node has reported it.
func (b *Brokers) Get(id kafka.NodeID) (env.BrokerStanding, bool) {
	if s := b.states[id]; s != nil {
		return *s, true
	}
	return env.BrokerStanding{}, false
}

// Absent is why a broker must be in no ISR, "fenced" or "not registered", "" if it may.
func (b *Brokers) Absent(id kafka.NodeID) string {
	switch s := b.states[id]; {
	case s == nil:
		return ""
	case s.Gone:
		return "not registered"
	case s.Fenced:
		return "fenced"
	}
	return ""
}

// Epoch is the epoch with which a broker is registered, 0 if it is not.
func (b *Brokers) Epoch(id kafka.NodeID) kafka.BrokerEpoch {
	if s := b.states[id]; s != nil && !s.Gone {
		return s.Epoch
	}
	return 0
}

// Accepts reports whether a broker is unfenced and not about to stop.
func (b *Brokers) Accepts(id kafka.NodeID) bool {
	s := b.states[id]
	return s != nil && !s.Fenced && !s.Gone && !s.Stopping
}

func (b *Brokers) endLife(n *Node) {
	if b.active == n {
		b.active = nil
	}
}

var _ = onFact(nil, func(s *Step, f env.BrokerStanding) {
	b := &s.Cluster.Brokers
	old := b.states[f.Broker]
	switch {
	case old == nil:
		old = new(env.BrokerStanding)
		b.states[f.Broker], b.IDs = old, append(b.IDs, f.Broker)
	case f.At <= old.At:
		return
	}
	*old = f
})

var _ = onNode(func(f env.ActiveController) kafka.NodeID { return f.Node }, func(s *Step, f env.ActiveController) {
	b := &s.Cluster.Brokers
	b.seen = true
	if f.Epoch >= b.activeEpoch {
		b.active, b.activeEpoch = s.Emitter, f.Epoch
	}
})

var _ = onNode(nil, func(s *Step, f env.ControllerResigned) {
	if b := &s.Cluster.Brokers; b.active == s.Emitter && f.Epoch >= b.activeEpoch {
		b.active = nil
	}
})
