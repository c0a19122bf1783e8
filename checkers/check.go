package checkers

import (
	"cmp"
	"slices"

	"gregor/checkers/history"
)

// Findable lists every property that a run can be found to break: what needs the whole history first, then the
// invariants.
func Findable() (all []Property) {
	for _, c := range bySubject(historyChecks) {
		all = append(all, c.properties...)
	}
	for _, c := range bySubject(invariants) {
		all = append(all, c.properties...)
	}
	return all
}

// Names lists the properties that need the whole history; optional selects those that Check leaves out unless they
// are named, because not every correct run has them.
func Names(optional bool) (names []string) {
	for _, c := range bySubject(historyChecks) {
		if c.optional == optional {
			names = append(names, c.names()...)
		}
	}
	return names
}

func (c *check) names() (names []string) {
	for _, p := range c.properties {
		names = append(names, p.Name)
	}
	return names
}

// Check judges a whole history by every property that any correct run has, and by the optional ones that are named.
func Check(h history.History, optional ...string) []Finding {
	ix := newIndex(h)
	var found []Finding
	for _, c := range bySubject(historyChecks) {
		if !c.optional || slices.Contains(optional, c.properties[0].Name) {
			found = append(found, c.run(ix)...)
		}
	}
	return found
}

// byEvent sorts findings of one check by where they show.
func byEvent(found []Finding) []Finding {
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Compare(a.Event, b.Event) })
	return found
}
