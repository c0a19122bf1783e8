package scenarios

import "slices"

// inForce are the steps of one verb under way about one thing: a node, one direction between two nodes, or the network.
// The newest decides, or adds to the others; the end of one leaves the others in force, so overlapping steps nest.
type inForce struct {
	verb  *verb
	about string
	steps []*Action
	apply func(now []Action)
}

// inForces are all of them, in the order in which they began.
type inForces []*inForce

// put puts an action into force, and returns what ends it. That does nothing when heal, or the end of the node's
// process, has ended the action before.
func (all *inForces) put(v *verb, about string, a Action, apply func(now []Action)) (end func()) {
	f := all.of(v, about)
	if f == nil {
		f = &inForce{verb: v, about: about, apply: apply}
		*all = append(*all, f)
	}
	mine := &a
	f.steps = append(f.steps, mine)
	f.changed()
	return func() {
		i := slices.Index(f.steps, mine)
		if i < 0 {
			return
		}
		f.steps = slices.Delete(f.steps, i, i+1)
		if len(f.steps) == 0 || v.amount != nil || v.set != nil { // without a value the others want what is so already
			f.changed()
		}
	}
}

func (all *inForces) of(v *verb, about string) *inForce {
	for _, f := range *all {
		if f.verb == v && f.about == about {
			return f
		}
	}
	return nil
}

func (f *inForce) changed() {
	now := make([]Action, 0, len(f.steps))
	for _, a := range f.steps {
		now = append(now, *a)
	}
	f.apply(now)
}

// end ends what is in force of the verbs that which holds of, in the order in which it began.
func (all *inForces) end(which func(v *verb) bool) {
	for _, f := range *all {
		if len(f.steps) > 0 && which(f.verb) {
			f.steps = nil
			f.changed()
		}
	}
}

// drop forgets what is in force of a verb about a node, whose process has ended or goes on: nothing is undone.
func (all *inForces) drop(v, n string) {
	if f := all.of(verbOf(v), n); f != nil {
		f.steps = nil
	}
}

// under reports whether an action of a verb is in force about a node.
func (all *inForces) under(v, n string) bool {
	f := all.of(verbOf(v), n)
	return f != nil && len(f.steps) > 0
}

// newest is the amount of the newest of the actions under way, otherwise if there is none.
func newest(now []Action, otherwise string) string {
	if len(now) == 0 {
		return otherwise
	}
	return now[len(now)-1].Amount
}
