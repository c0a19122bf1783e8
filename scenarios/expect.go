package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"gregor/checkers"
)

// Expectation is what must come of a scenario: an outcome, or a state when all is healed.
type Expectation struct {
	Outcome   string     // safe, a grade, or the name of what is found; "" where Condition is not nil
	Condition *Condition // judged when everything is healed and read
	Some      int        // it must happen with at least one of so many seeds; 0: with every seed
	Line      int
}

func (e Expectation) String() string {
	text := e.Outcome
	if e.Condition != nil {
		text = e.Condition.String()
	}
	if e.Some > 0 {
		text += fmt.Sprintf(" in some of %d seeds", e.Some)
	}
	return text
}

// The outcomes that are no check's name.
const (
	safe        = "safe"        // nothing but what is allowed
	unavailable = "unavailable" // the cluster need not come to rest: its disk is gone for good
)

// grades are promises not every correct run keeps: a scenario that expects one has it checked.
var grades = []struct{ promise, check, text string }{
	{"at-least-once", "not-at-least-once", "what a group committed it had processed"},
	{"at-most-once", "not-at-most-once", "a group processes no record twice"},
	{"fresh", "freshness", "a read returns what was acknowledged before it began"},
	{"answered", "no-answer", "every call returns"},
}

// Outcome describes what a scenario may expect or allow.
type Outcome struct {
	Name, Text string
	promise    bool // can be expected, not allowed
}

// Outcomes lists what a scenario may expect or allow: safe, unavailable, gave-up, a grade, or a check's name.
func Outcomes() []Outcome {
	all := []Outcome{
		{safe, "nothing is found but what is allowed; faults that the seed draws stay within what the configuration promises to survive", true},
		{unavailable, "the cluster does not come to rest after everything is healed", false},
		{gaveUp, "a server ends by itself, with a reason", false},
		{clientFailed, "a consumer ends by itself, with an error", false},
		{clientFenced, "a static member ends by itself: its group has its group.instance.id under another member id", false},
	}
	for _, g := range grades {
		all = append(all, Outcome{g.promise, g.text, true})
	}
	for _, f := range checkers.Findable() {
		all = append(all, Outcome{f.Name, f.Text, false})
	}
	return all
}

func outcomeNames() (names []string) {
	for _, o := range Outcomes() {
		names = append(names, o.Name)
	}
	return names
}

// expected reads what follows expect.
func (p *parser) expected() Expectation {
	e := Expectation{Line: p.line}
	e.Some = p.some()
	if len(p.words) == 2 && !strings.ContainsAny(p.words[1], "(=<>") {
		e.Outcome = p.outcome()
	} else {
		e.Condition = p.condition()
	}
	for _, old := range p.s.Expect {
		if old.String() == e.String() {
			p.fail(e.String(), fmt.Sprintf("is expected by line %d already", old.Line), "take one out")
		}
	}
	if e.Some > 0 && p.isPromise(e.Outcome) {
		p.fail(e.Outcome, "must hold with every seed", fmt.Sprintf("write: expect %s", e.Outcome))
	}
	return e
}

// seedsMost bounds how many seeds an expectation may be about.
const seedsMost = 100_000

// some takes "in some of N seeds" from the end of a statement.
func (p *parser) some() int {
	at := len(p.words) - 5
	if at < 1 || !slices.Equal(p.words[at:at+3], []string{"in", "some", "of"}) || p.words[at+4] != "seeds" {
		return 0
	}
	n, err := wholeNumber(p.words[at+3], 2, seedsMost)
	if err != nil {
		p.fail(p.words[at+3], err.Error(), "write: expect acked-loss in some of 20 seeds")
	}
	p.words = p.words[:at]
	return int(n)
}

// allowed reads what follows allow.
func (p *parser) allowed() string {
	name := p.outcome()
	switch check := checkOf(name); {
	case check != "":
		p.fail(name, "is a promise, which can only be expected", fmt.Sprintf("to let it be broken write: allow %s", check))
	case name == safe:
		p.fail(name, "is a promise, which can only be expected", "write: expect safe")
	case contains(p.s.Allow, name):
		p.fail(name, "is allowed twice", "take one out")
	}
	return name
}

func (p *parser) outcome() string {
	word := p.next("what is expected")
	if all := outcomeNames(); !contains(all, word) {
		p.fail(word, "unknown outcome", nearest(word, all))
	}
	return word
}

func (p *parser) isPromise(name string) bool {
	return slices.ContainsFunc(Outcomes(), func(o Outcome) bool { return o.Name == name && o.promise })
}

// outcomes checks what is expected against the rest of the scenario.
func (p *parser) outcomes() {
	named := 0
	for _, e := range p.s.Expect {
		p.line = e.Line
		if e.Condition != nil {
			p.conditionKnown(e.Condition)
			continue
		}
		if named++; named > 1 && p.s.expects(safe) {
			p.fail("expect safe", "cannot go with another outcome", `use "allow" for what may happen`)
		}
		if contains(p.s.Allow, e.Outcome) {
			p.fail(e.Outcome, "is expected and allowed", `take out "allow": what is expected is allowed`)
		}
	}
}

// expects reports whether an outcome is expected with every seed.
func (s *Scenario) expects(outcome string) bool {
	return slices.ContainsFunc(s.Expect, func(e Expectation) bool { return e.Outcome == outcome && e.Some == 0 })
}

// names reports whether a scenario speaks of an outcome: what it expects with some seed it allows with any.
func (s *Scenario) names(outcome string) bool {
	return contains(s.Allow, outcome) || slices.ContainsFunc(s.Expect, func(e Expectation) bool { return e.Outcome == outcome })
}

// judged runs the checks: those of any run, and those the scenario names. A grade that is expected must hold; one
// that is only named is asked about.
func (s *Scenario) judged(h checkers.History) []checkers.Finding {
	var expected, asked []string
	for _, name := range checkers.Names(true) {
		switch {
		case s.expects(promiseOf(name)):
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

// checkOf is the check that finds a promise broken, "" of what is no promise.
func checkOf(promise string) string {
	for _, g := range grades {
		if g.promise == promise {
			return g.check
		}
	}
	return ""
}

// disappointed is the sentence about a broken guarantee or expectation, "" if there is none. It notes the finding that decides.
//
// A finding that no configuration permits is always a broken guarantee. One that is permitted must be named by
// an expect or allow line: a story in which acknowledged records may be lost says so.
func (s *Scenario) disappointed(r *Result) string {
	for i, f := range r.Findings {
		r.decisive = i + 1
		switch {
		case f.Bug() && !(f.Check == committedTooFar && s.names(f.Check)):
			return f.String()
		case !s.names(f.Check):
			return f.String() + " (permitted by the configuration, but the scenario does not allow it)"
		}
	}
	r.decisive = 0
	for _, st := range r.States {
		if !st.Held && !s.onlySome(st) {
			return st.disappointment()
		}
	}
	for _, e := range s.Expect {
		if e.Some == 0 && e.Condition == nil && !r.Met(e) {
			return "expected " + e.Outcome + ", but it did not happen"
		}
	}
	return ""
}

// onlySome reports whether a condition is only to hold with some seed.
func (s *Scenario) onlySome(st State) bool {
	return slices.ContainsFunc(s.Expect, func(e Expectation) bool {
		return e.Some > 0 && e.Condition != nil && e.Condition.String() == st.Condition
	})
}

// Met reports whether a run shows what is expected.
func (r *Result) Met(e Expectation) bool {
	switch {
	case e.Condition != nil:
		return slices.ContainsFunc(r.States, func(st State) bool { return st.Condition == e.Condition.String() && st.Held })
	case e.Outcome == unavailable:
		return r.Unavailable
	case e.Outcome == safe || checkOf(e.Outcome) != "":
		return true // what breaks it is a finding
	}
	return slices.ContainsFunc(r.Findings, func(f checkers.Finding) bool { return f.Check == e.Outcome })
}

// committedTooFar is an application's own mistake: a story may be about it.
const committedTooFar = "committed-too-far"
