package sim

import "gregor/core/env"

// Stamped is a fact with its place in the run.
type Stamped struct {
	Event uint64 // the event in whose step it was emitted
	Cause uint64 // what caused that event
	At    env.Instant
	Node  string
	Fact  env.Fact
}

// Observer receives every fact as it is emitted.
type Observer interface{ Observe(s Stamped) }

// Observe adds an observer. Observers receive facts in the order in which they were added.
func (w *World) Observe(o Observer) { w.observers = append(w.observers, o) }

// Facts returns every fact emitted so far, unless Options.DropFacts.
func (w *World) Facts() []Stamped { return w.facts }

// Emit implements env.Facts.
func (n *node) Emit(f env.Fact) {
	w := n.world
	s := Stamped{Event: w.current, Cause: w.causeNow, At: w.now, Node: n.name, Fact: f}
	w.stats.Facts++
	w.mix(sumOf(f))
	if ends, _ := env.Ends(f, n.asked); ends {
		n.exiting = true
	}
	if !w.opts.DropFacts {
		w.facts = append(w.facts, s)
	}
	if w.trace != nil {
		w.trace.fact(s, n)
	}
	for _, o := range w.observers {
		o.Observe(s)
	}
}
