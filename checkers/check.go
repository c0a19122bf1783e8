package checkers

import (
	"cmp"
	"slices"

	"gregor/checkers/history"
)

// check is one file's worth of properties.
type check struct {
	properties []Property
	optional   bool // only when asked for by name
	run        func(ix *index) []Finding
}

// checks are all that need the whole history, in the order in which their findings are best read.
func checks() []check {
	return []check{
		{properties: []Property{
			{"acked-loss", "an acknowledged record is not in the final log"},
			{"wrong-offset", "an acknowledged record lies at another offset"},
		}, run: ackedLoss},
		{properties: []Property{
			{"lost-write", "an acknowledged record was read by no consumer, and records before and after it were"},
		}, run: lostWrite},
		{properties: []Property{
			{"inconsistent-offsets", "an offset held different records at different times"},
		}, run: inconsistentOffsets},
		{properties: []Property{
			{"duplicate", "a record sent once is in the log twice"},
		}, run: duplicates},
		{properties: []Property{
			{"failed-append-seen", "a record whose send failed for certain is in the log"},
		}, run: failedSeen},
		{properties: []Property{
			{"phantom-record", "a record that no producer sent is in the log"},
		}, run: phantoms},
		{properties: []Property{
			{"nonmonotonic-send", "a producer's records are in another order than it sent them"},
			{"key-order", "a producer's records of one key are in another order than it sent them"},
		}, run: sendOrder},
		{properties: []Property{
			{"poll-skip", "a consumer was not given a record, from one poll to the next"},
			{"nonmonotonic-poll", "a consumer was given an earlier record again, from one poll to the next"},
			{"int-poll-skip", "a record is missing within one poll"},
			{"int-nonmonotonic-poll", "records are out of order within one poll"},
			{"poll-below-position", "a consumer was given a record from below its position"},
		}, run: pollOrder},
		{properties: []Property{
			{"linearizable", "a partition does not behave like one log"},
		}, run: linearizable},
		{properties: []Property{
			{"unseen", "an acknowledged record was given to no consumer, and all had read to the end"},
		}, run: unseen},
		{properties: []Property{
			{"freshness", "an end offset does not count what was acknowledged before"},
		}, optional: true, run: freshness},
		{properties: []Property{
			{"no-answer", "a send never returned"},
		}, optional: true, run: noAnswer},
		{properties: []Property{
			{"not-at-least-once", "a group committed records that none of its members has processed"},
		}, optional: true, run: notAtLeastOnce},
		{properties: []Property{
			{"not-at-most-once", "a group processed a record twice"},
		}, optional: true, run: notAtMostOnce},
	}
}

// names are the names of a check's properties.
func (c check) names() (names []string) {
	for _, p := range c.properties {
		names = append(names, p.Name)
	}
	return names
}

// historyProperties lists the properties that need the whole history.
func historyProperties() (all []Property) {
	for _, c := range checks() {
		all = append(all, c.properties...)
	}
	return all
}

// Names lists the properties that need the whole history; optional selects those that Check leaves out because
// not every correct run has them.
func Names(optional bool) []string {
	var names []string
	for _, c := range checks() {
		if c.optional == optional {
			names = append(names, c.names()...)
		}
	}
	return names
}

// Check judges a whole history by every property that any correct run has, and by those optional ones that are
// named.
func Check(h history.History, optional ...string) []Finding {
	ix := newIndex(h)
	var found []Finding
	for _, c := range checks() {
		if !c.optional || slices.Contains(optional, c.properties[0].Name) {
			found = append(found, c.run(ix)...)
		}
	}
	return found
}

// Named is the checker of one property, false if there is none of that name.
func Named(name string) (Checker, bool) {
	for _, c := range checks() {
		if slices.Contains(c.names(), name) {
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

func (n named) Check(h history.History) []Finding {
	found := n.run(newIndex(h))
	return slices.DeleteFunc(found, func(f Finding) bool { return f.Check != n.name })
}

// byEvent sorts findings of one check by where they show.
func byEvent(found []Finding) []Finding {
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Compare(a.Event, b.Event) })
	return found
}

// Checker judges a whole history.
type Checker interface {
	Name() string
	Check(h history.History) []Finding
}
