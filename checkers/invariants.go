package checkers

import (
	"fmt"
	"reflect"

	"gregor/checkers/history"
	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// Invariants judges a run while it goes on: what must hold after every event, of one broker or of a cluster.
//
// It expects one fact after the other, in the order of the run, and every fault. What can only be judged when a node
// has emitted every fact of an event is judged with the first fact of the next one; [Invariants.Finish] judges what
// is left.
type Invariants struct {
	cluster  *model.Cluster
	table    map[reflect.Type]*watchers
	recent   [8]*watchers // of the table: the same few types come again and again
	next     int          // the oldest of them
	step     step
	findings []Finding
	overdue  []Finding // found between two facts
	pending  []func()  // to be judged when the event is over
}

// watchers are what a type of fact is passed to.
type watchers struct {
	fact          reflect.Type
	rule          model.Rule
	before, after []func(s *step)
}

// Configuration is what a run's configuration promises, beyond what the facts say by themselves.
type Configuration = model.Configuration

// NewInvariants starts to judge a run.
func NewInvariants() *Invariants {
	v := &Invariants{cluster: model.New(), table: map[reflect.Type]*watchers{}}
	v.step = step{Step: model.Step{Cluster: v.cluster}, judge: v}
	for _, c := range bySubject(invariants) {
		for _, w := range c.start() {
			t := v.watchers(w.fact)
			if w.after {
				t.after = append(t.after, w.call)
			} else {
				t.before = append(t.before, w.call)
			}
		}
	}
	return v
}

func (v *Invariants) watchers(fact reflect.Type) *watchers {
	t := v.table[fact]
	if t == nil {
		t = &watchers{fact: fact, rule: model.RuleOf(fact)}
		v.table[fact] = t
	}
	return t
}

// of finds the watchers of a type among the recent ones first.
func (v *Invariants) of(fact reflect.Type) *watchers {
	for _, t := range v.recent {
		if t != nil && t.fact == fact {
			return t
		}
	}
	t := v.watchers(fact)
	v.recent[v.next%len(v.recent)] = t
	v.next++
	return t
}

// Configure sets what the run's configuration promises. Call it before the first fact.
func (v *Invariants) Configure(c Configuration) { v.cluster.Config = c }

// Observe judges the next fact and returns what is wrong with it, most often nothing. The slice is good until the
// next call.
func (v *Invariants) Observe(s history.Stamped) []Finding {
	v.findings = append(v.findings[:0], v.overdue...)
	v.overdue = v.overdue[:0]
	if s.Event != v.step.Event {
		v.settle()
	}
	v.step.Stamped = s
	t := v.of(reflect.TypeOf(s.Fact))
	t.rule.Bind(&v.step.Step)
	for _, check := range t.before {
		check(&v.step)
	}
	t.rule.Apply(&v.step.Step)
	for _, check := range t.after {
		check(&v.step)
	}
	return v.findings
}

// Fault applies what the runner did to a node, before the node emits anything more.
func (v *Invariants) Fault(f history.Fault) {
	v.findings = v.findings[:0]
	v.settle()
	v.overdue = append(v.overdue, v.findings...)
	v.cluster.Fault(f)
}

// Finish judges what waited for the end of the last event. Call it when the run is over.
func (v *Invariants) Finish() []Finding {
	v.findings = append(v.findings[:0], v.overdue...)
	v.overdue = v.overdue[:0]
	v.settle()
	return v.findings
}

// settle judges what waited for the end of the event. Judging adds nothing to the list.
func (v *Invariants) settle() {
	for _, judge := range v.pending {
		judge()
	}
	v.pending = v.pending[:0]
}

// Unhealthy names the first thing that keeps the cluster from being at rest, "" if nothing does.
func (v *Invariants) Unhealthy() string { return v.cluster.Unhealthy() }

// Explain returns why what a partition held at an offset may be gone: see [history.History].
func (v *Invariants) Explain(tp kafka.TopicPartition, o kafka.Offset, written, gone uint64, promised bool) (why string,
	known bool) {
	return v.cluster.Explain(tp, o, written, gone, promised)
}

// step is one fact as a check sees it, with the model of the cluster and what the fact is about.
type step struct {
	model.Step
	judge *Invariants
}

// find adds a finding about an offset of a partition, -1 if it is about none.
func (s *step) find(check string, tp kafka.TopicPartition, o kafka.Offset, format string, args ...any) *Finding {
	v := s.judge
	v.findings = append(v.findings, Finding{Check: check, Sentence: fmt.Sprintf(format, args...), Partition: tp,
		Offset: o, Event: s.Event})
	return &v.findings[len(v.findings)-1]
}

// findNode adds a finding about no partition.
func (s *step) findNode(check, format string, args ...any) *Finding {
	return s.find(check, kafka.TopicPartition{}, -1, format, args...)
}

// later judges when the event is over: a node emits piece by piece what it does in one step.
func (s *step) later(judge func()) { s.judge.pending = append(s.judge.pending, judge) }

// name is how a sentence names the node with an id.
func (s *step) name(id kafka.NodeID) string { return s.Cluster.NameOf(id) }

// names is how a sentence lists nodes: [b2 b3].
func (s *step) names(ids []kafka.NodeID) string { return env.Names(s.name).List(ids) }
