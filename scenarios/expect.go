package scenarios

import (
	"slices"

	"gregor/checkers"
)

// The outcomes that are no check's name.
const (
	safe        = "safe"        // nothing but what is allowed
	unavailable = "unavailable" // the cluster need not come to rest: its disk is gone for good
)

// grades are promises not every correct run keeps: a scenario that expects one has it checked.
var grades = []struct{ promise, check string }{
	{"at-least-once", "not-at-least-once"},
	{"at-most-once", "not-at-most-once"},
	{"fresh", "freshness"},
	{"answered", "no-answer"},
}

// Outcomes lists what a scenario may expect or allow: safe, unavailable, gave-up, a grade, or a check's name.
func Outcomes() []string {
	names := []string{safe, unavailable, gaveUp}
	for _, g := range grades {
		names = append(names, g.promise)
	}
	names = append(names, checkers.InvariantNames()...)
	names = append(names, checkers.Names(false)...)
	return append(names, checkers.Names(true)...)
}

// judged runs the checks: those of any run, and those the scenario names. A grade that is expected must hold; one
// that is only named is asked about.
func (s *Scenario) judged(h checkers.History) []checkers.Finding {
	var expected, asked []string
	for _, name := range checkers.Names(true) {
		switch {
		case slices.Contains(s.Expect, promiseOf(name)):
			expected = append(expected, name)
		case s.names(name):
			asked = append(asked, name)
		}
	}
	found := checkers.Check(h, append(expected, asked...)...)
	for i := range found {
		f := &found[i]
		switch {
		case slices.Contains(expected, f.Check):
			f.Attributed = ""
		case slices.Contains(asked, f.Check) && f.Bug():
			f.Attributed = "the scenario asks whether it happens"
		}
	}
	return found
}

func promiseOf(check string) string {
	for _, g := range grades {
		if g.check == check {
			return g.promise
		}
	}
	return ""
}

func (s *Scenario) names(outcome string) bool {
	return slices.Contains(s.Expect, outcome) || slices.Contains(s.Allow, outcome)
}

// disappointed says in a sentence what broke a guarantee or an expectation, "" if nothing did.
//
// A finding that no configuration permits is always a broken guarantee. One that is permitted must be named by
// an expect or allow line: a story in which acknowledged records may be lost says so.
func (s *Scenario) disappointed(findings []checkers.Finding) string {
	for _, f := range findings {
		switch {
		case f.Bug() && !(f.Check == committedTooFar && s.names(f.Check)):
			return f.String()
		case !s.names(f.Check):
			return f.String() + " (permitted by the configuration, but the scenario does not allow it)"
		}
	}
	for _, e := range s.Expect {
		happens := func(f checkers.Finding) bool { return f.Check == e }
		if slices.Contains(checkers.Names(false), e) || slices.Contains(checkers.Names(true), e) || slices.Contains(checkers.InvariantNames(), e) || e == gaveUp {
			if !slices.ContainsFunc(findings, happens) {
				return "expected " + e + ", but it did not happen"
			}
		}
	}
	return ""
}

// committedTooFar is an application's own mistake: a story may be about it.
const committedTooFar = "committed-too-far"
