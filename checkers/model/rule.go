package model

import (
	"reflect"

	"gregor/core/env"
	"gregor/core/kafka"
)

// Rule is how the model treats one type of fact. The zero Rule ignores it.
type Rule struct {
	bind, apply func(s *Step)
}

// RuleOf returns the rule of a type of fact.
func RuleOf(fact reflect.Type) Rule { return rules[fact] }

// Bind finds what a step's fact is about.
func (r Rule) Bind(s *Step) {
	s.Emitter, s.Replica, s.Partition = nil, nil, nil
	if r.bind != nil {
		r.bind(s)
	}
}

// Apply changes the model by a step's fact.
func (r Rule) Apply(s *Step) {
	if r.apply != nil {
		r.apply(s)
	}
}

var rules = map[reflect.Type]Rule{}

// aboutPartition is a fact about a partition on the node that emits it.
type aboutPartition interface {
	env.Fact
	About() kafka.TopicPartition
}

// onReplica registers what a fact about a node's replica changes.
func onReplica[F aboutPartition](change func(s *Step, f F)) bool {
	return onFact(func(s *Step, f F) { s.at(s.Cluster.replica(s.Node, f.About())) }, func(s *Step, f F) {
		if s.Replica != nil {
			change(s, f)
		}
	})
}

// onNode registers what a fact of a broker or controller changes. id is the node's id in the fact; nil: it has none.
func onNode[F env.Fact](id func(F) kafka.NodeID, change func(s *Step, f F)) bool {
	return onFact(func(s *Step, f F) {
		if id == nil {
			s.Emitter = s.Cluster.node(s.Node)
		} else {
			s.Emitter = s.Cluster.identify(s.Node, id(f))
		}
	}, change)
}

// onClient registers what a fact of a client changes.
func onClient[F env.Fact](change func(s *Step, f F)) bool { return onFact(nil, change) }

// onFact registers a rule.
func onFact[F env.Fact](bind, change func(s *Step, f F)) bool {
	r := Rule{apply: func(s *Step) { change(s, s.Fact.(F)) }}
	if bind != nil {
		r.bind = func(s *Step) { bind(s, s.Fact.(F)) }
	}
	rules[reflect.TypeFor[F]()] = r
	return true
}

// at has a step be about a replica, nil: one that is not known.
func (s *Step) at(r *Replica) {
	if s.Replica = r; r != nil {
		s.Emitter, s.Partition = r.Node, r.Partition
	}
}
