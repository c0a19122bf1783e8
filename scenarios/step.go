package scenarios

import (
	"slices"
	"strings"

	"gregor/core/env"
)

// push has the steps happen now whose event has happened.
func (r *run) push() {
	for len(r.pushes) > 0 && r.w.Event() >= r.pushes[0].After {
		st := r.pushes[0]
		r.pushes = r.pushes[1:]
		r.scheduleAt(st, r.w.Now())
	}
}

// schedule has a step happen at its time.
func (r *run) schedule(st Step) { r.scheduleAt(st, r.begin.Add(st.At)) }

// scheduleAt has a step happen at an instant, and undone after its For.
func (r *run) scheduleAt(st Step, at env.Instant) {
	r.w.At(at, func() {
		if !r.faulty {
			return
		}
		id := len(r.records) + 1
		undo := r.act(st)
		if undo != nil && st.For > 0 {
			r.w.At(r.w.Now().Add(st.For), func() {
				if r.faulty {
					r.over(st, id)
					undo()
				}
			})
		}
	})
}

// act carries out a step now and returns what undoes it, nil if nothing does. A node that the action does not change (a
// crash of a node that is down) is left alone, and the fault record gives the reason: a scenario without one of its
// steps must still run. A step that must be survivable and would not be is left out.
func (r *run) act(st Step) (undo func()) {
	a, v := st.Action, verbOf(st.Action.Verb)
	if v.moment {
		v.cluster(r, st)
		return nil
	}
	nodes := r.nodes(a.Nodes, a.Others)
	others := slices.DeleteFunc(r.nodes(a.Others, a.Nodes), func(n string) bool { return slices.Contains(nodes, n) })
	t := r.targets(a, nodes, others)
	if st.Atlas && slices.ContainsFunc(t.nodes, func(n string) bool { return !r.survivable(n, a) }) {
		r.record("%s: left out, the configuration does not promise to survive it now", a)
		return nil
	}
	r.acting(st, t)
	if len(t.idle) > 0 && (t.without || len(t.nodes) == 0) {
		return nil
	}
	return together(r.carryOut(v, st, t))
}

// carryOut does to each target what the verb does, and returns what undoes that.
func (r *run) carryOut(v *verb, st Step, t targets) (undos []func()) {
	a := st.Action
	if v.cluster != nil {
		v.cluster(r, st)
	}
	if v.network != nil {
		undos = append(undos, r.forces.put(v, "", a, func(now []Action) { v.network(r, now) }))
	}
	if v.link != nil {
		return r.onLinks(v, a, t)
	}
	for _, n := range t.nodes {
		if v.each != nil {
			undos = append(undos, v.each(r, n, a))
		}
		if v.node != nil {
			undos = append(undos, r.forces.put(v, n, a, func(now []Action) { v.node(r, n, now) }))
		}
	}
	return undos
}

// onLinks does it to every link from one side to the other; back, too, where the verb knows one-way and the step is
// not.
func (r *run) onLinks(v *verb, a Action, t targets) (undos []func()) {
	one := func(from, to string) {
		undos = append(undos, r.forces.put(v, from+" > "+to, a, func(now []Action) { v.link(r, from, to, now) }))
	}
	for _, x := range t.nodes {
		for _, y := range t.others {
			one(x, y)
			if v.oneWay && !a.OneWay {
				one(y, x)
			}
		}
	}
	return undos
}

// together undoes everything, in the order in which it was done; nil: there is nothing to undo.
func together(undos []func()) func() {
	undos = slices.DeleteFunc(undos, func(u func()) bool { return u == nil })
	if len(undos) == 0 {
		return nil
	}
	return func() {
		for _, u := range undos {
			u()
		}
	}
}

// targets are the nodes that an action changes, and the reasons why it does not change others.
type targets struct {
	nodes, others []string
	met           string   // the nodes meant, where the action's words do not say
	idle          []string // "b1 is down"
	without       bool     // one side of a partition is empty
}

// targets divides the nodes that an action names into those that it changes and those that it does not.
func (r *run) targets(a Action, nodes, others []string) targets {
	v := verbOf(a.Verb)
	t := targets{others: others, met: met(a.Nodes, nodes)}
	for _, n := range nodes {
		if why := v.idleNow(r, n); why != "" {
			t.idle = append(t.idle, n+" "+why)
		} else {
			t.nodes = append(t.nodes, n)
		}
	}
	for i, side := range [][]string{nodes, others} {
		if words := [][]string{a.Nodes, a.Others}[i]; len(words) > 0 && len(side) == 0 {
			t.idle, t.without = append(t.idle, "no node is "+strings.Join(words, ",")+" now"), true
		}
	}
	if met(a.Others, others) != "" && !contains(a.Others, "rest") {
		t.met = " (" + strings.Join(nodes, ",") + " | " + strings.Join(others, ",") + ")"
	}
	return t
}

// idleNow is why the verb would change nothing about a node now, "" if it would.
func (v *verb) idleNow(r *run, n string) string {
	if v.idle == nil {
		return ""
	}
	return v.idle(r, n)
}

// acting notes a step, the nodes it acts on where its words do not say, and those it does not change.
func (r *run) acting(st Step, t targets) {
	text := st.Action.String() + t.met
	if st.For > 0 {
		text += " for " + short(st.For)
	}
	if len(t.idle) > 0 {
		text += t.effect() + strings.Join(t.idle, ", ")
	}
	r.recordStep(text, st.Action.Verb, t.nodes, t.others)
}

// effect introduces why nodes are left alone: all of them, or some.
func (t targets) effect() string {
	if t.without || len(t.nodes) == 0 {
		return ": no effect, "
	}
	return ": some are left alone, "
}

// met names the nodes that words stood for, "" if they say so themselves or stand for none.
func met(words, nodes []string) string {
	text := strings.Join(nodes, ",")
	if text == "" || text == strings.Join(words, ",") {
		return ""
	}
	return " (" + text + ")"
}

// over records the end of a fault that lasts; id is that of its beginning.
func (r *run) over(st Step, id int) {
	if verbOf(st.Action.Verb).story.ends {
		r.record(overPrefix+"%s", st.Action)
		r.records[len(r.records)-1].Ends = id
	}
}

// nodes resolves names, words for several, and roles, as things stand now. rest is everybody but these.
func (r *run) nodes(names, rest []string) []string {
	var out []string
	for _, n := range names {
		switch role, of, ok := parseRole(n); {
		case ok:
			out = append(out, r.roles.role(role, of)...)
		case n == "rest":
			mine := r.nodes(rest, nil)
			for _, o := range r.everybody() {
				if !slices.Contains(mine, o) {
					out = append(out, o)
				}
			}
		case n == "controller":
			out = append(out, r.roles.controller()...)
		case contains(words, n):
			out = append(out, r.s.several(n)...)
		default:
			out = append(out, n)
		}
	}
	return out
}

func (r *run) everybody() []string {
	var names []string
	for _, m := range r.s.Cluster.members() {
		names = append(names, m.name)
	}
	return append(names, r.s.several("client")...)
}
