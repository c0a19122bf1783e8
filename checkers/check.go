package checkers

import (
	"cmp"
	"slices"
)

// check is one file's worth of properties.
type check struct {
	names    []string
	optional bool // only when asked for by name
	run      func(ix *index) []Finding
}

// checks are all that need the whole history, in the order in which their findings are best read.
func checks() []check {
	return []check{
		{names: []string{"acked-loss", "wrong-offset"}, run: ackedLoss},
		{names: []string{"lost-write"}, run: lostWrite},
		{names: []string{"inconsistent-offsets"}, run: inconsistentOffsets},
		{names: []string{"duplicate"}, run: duplicates},
		{names: []string{"failed-append-seen"}, run: failedSeen},
		{names: []string{"phantom-record"}, run: phantoms},
		{names: []string{"nonmonotonic-send", "key-order"}, run: sendOrder},
		{names: []string{"poll-skip", "nonmonotonic-poll", "int-poll-skip", "int-nonmonotonic-poll", "poll-below-position"}, run: pollOrder},
		{names: []string{"linearizable"}, run: linearizable},
		{names: []string{"unseen"}, run: unseen},
		{names: []string{"freshness"}, optional: true, run: freshness},
		{names: []string{"no-answer"}, optional: true, run: noAnswer},
		{names: []string{"not-at-least-once"}, optional: true, run: notAtLeastOnce},
		{names: []string{"not-at-most-once"}, optional: true, run: notAtMostOnce},
	}
}

// Names lists the properties that need the whole history; optional says which ones Check leaves out because
// not every correct run has them.
func Names(optional bool) []string {
	var names []string
	for _, c := range checks() {
		if c.optional == optional {
			names = append(names, c.names...)
		}
	}
	return names
}

// Check judges a whole history by every property that any correct run has, and by those optional ones that are
// named.
func Check(h History, optional ...string) []Finding {
	ix := newIndex(h)
	var found []Finding
	for _, c := range checks() {
		if !c.optional || slices.Contains(optional, c.names[0]) {
			found = append(found, c.run(ix)...)
		}
	}
	return found
}

// Named is the checker of one property, false if there is none of that name.
func Named(name string) (Checker, bool) {
	for _, c := range checks() {
		if slices.Contains(c.names, name) {
			return named{name, c}, true
		}
	}
	return nil, false
}

type named struct {
	name string
	check
}

func (n named) Name() string { return n.name }

func (n named) Check(h History) []Finding {
	found := n.run(newIndex(h))
	return slices.DeleteFunc(found, func(f Finding) bool { return f.Check != n.name })
}

// byEvent sorts findings of one check by where they show.
func byEvent(found []Finding) []Finding {
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Compare(a.Event, b.Event) })
	return found
}
