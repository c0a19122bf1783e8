package scenarios

import (
	"slices"
	"time"

	"gregor/core/env"
)

func timeOf(nanos int64) time.Duration { return time.Duration(nanos) }

// Expand returns the scenario with what is drawn from the seed written out: random faults become steps. Each
// random statement draws from a stream of its own, so that taking one away leaves the others where they are. What is
// drawn in a scenario that expects safety stays within what the configuration promises to survive.
func (s *Scenario) Expand(seed uint64) *Scenario {
	out := *s
	out.Steps = slices.Clone(s.Steps)
	out.Random = nil
	root := env.NewRand(seed)
	for i, r := range s.Random {
		out.Steps = append(out.Steps, s.draw(r, root.ForkN("random", uint64(i)))...)
	}
	slices.SortStableFunc(out.Steps, func(a, b Step) int { return int(min(max(a.At-b.At, -1), 1)) })
	return &out
}

// draw writes out one random statement.
func (s *Scenario) draw(r Random, rnd env.Rand) []Step {
	till := r.Till
	if till == 0 {
		till = s.Run
	}
	var steps []Step
	at := r.From
	for len(steps) < stepsMax/10 {
		at += between(&rnd, r.Every)
		if at > till {
			break
		}
		st := Step{At: at.Round(time.Millisecond), Atlas: s.expects(safe), Line: r.Line}
		if r.Rolling {
			st.Action = s.turn(r.Action, len(steps))
		} else {
			st.Action = s.resolve(r.Action, &rnd)
		}
		if r.For.Hi > 0 {
			st.For = max(between(&rnd, r.For).Round(time.Millisecond), time.Millisecond)
		}
		steps = append(steps, st)
	}
	return steps
}

func between(rnd *env.Rand, s Span) time.Duration {
	return time.Duration(rnd.Between(int64(s.Lo), int64(s.Hi)))
}

// resolve draws one node for each word that stands for several.
func (s *Scenario) resolve(a Action, rnd *env.Rand) Action {
	a.Nodes, a.Others = slices.Clone(a.Nodes), slices.Clone(a.Others)
	for i, n := range a.Nodes {
		if all := s.several(n); len(all) > 0 {
			a.Nodes[i] = all[rnd.IntN(len(all))]
		}
	}
	if draw := verbOf(a.Verb).draw; draw != nil {
		a.Amount = draw(a.Amount, rnd)
	}
	return a
}

// several lists the nodes that a word for several stands for, none for any other word.
func (s *Scenario) several(word string) []string {
	var names []string
	for _, m := range s.Cluster.members() {
		if word == "broker" && m.broker || word == "controllers" && m.controller {
			names = append(names, m.name)
		}
	}
	for _, c := range s.Clients {
		if word == "client" {
			names = append(names, c.Name)
		}
	}
	return names
}

// turn is an action on the one of its nodes whose turn it is.
func (s *Scenario) turn(a Action, nth int) Action {
	var all []string
	for _, n := range a.Nodes {
		if names := s.several(n); len(names) > 0 {
			all = append(all, names...)
		} else {
			all = append(all, n)
		}
	}
	if len(all) > 0 {
		a.Nodes = []string{all[nth%len(all)]}
	}
	return a
}
