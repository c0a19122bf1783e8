package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"gregor/checkers"
	"gregor/checkers/history"
)

// Expectation is what a run of a scenario must show: an outcome, or a condition after recovery.
type Expectation struct {
	Outcome   string     // safe, a grade, or the name of what is found; "" where Condition is not nil
	Condition *Condition // judged after recovery, when everything has been read
	Some      int        // at least one of so many seeds must show it; 0: every seed
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

// The outcomes that are not the name of a check.
const (
	safe        = "safe"        // nothing but what is allowed
	unavailable = "unavailable" // the cluster need not recover: a disk is lost for good
)

// grades are guarantees that not every correct run gives: they are checked where a scenario expects them.
var grades = []struct{ promise, check, text string }{
	{"at-least-once", "not-at-least-once", "a group commits only what it has processed"},
	{"at-most-once", "not-at-most-once", "a group processes no record twice"},
	{"fresh", "freshness", "a read returns every record acknowledged before it began"},
	{"answered", "no-answer", "every call of a client returns"},
}

// Outcome describes what a scenario may expect or allow.
type Outcome struct {
	Name, Text string
	promise    bool // can be expected, not allowed
}

// Outcomes lists what a scenario may expect or allow: safe, unavailable, gave-up, a guarantee, or the name of a check.
func Outcomes() []Outcome {
	all := []Outcome{
		{safe, "no check finds anything that is not allowed; the faults that the seed draws stay within what the configuration promises to survive", true},
		{unavailable, "the cluster does not recover after all faults have ended", false},
		{gaveUp, "a broker or controller ends by itself, with a reason", false},
		{clientFailed, "a consumer closes by itself, with an error", false},
		{clientFenced, "a static member closes by itself with FENCED_INSTANCE_ID: its group has another member with its group.instance.id", false},
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

// expected parses what follows expect.
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
			p.fail(e.String(), fmt.Sprintf("already expected by line %d", old.Line), "remove one")
		}
	}
	if e.Some > 0 && p.isPromise(e.Outcome) {
		p.fail(e.Outcome, "cannot be expected of some seeds: it must hold with every seed",
			fmt.Sprintf("write: expect %s", e.Outcome))
	}
	return e
}

// seedsMost is the most seeds that an expectation may be about.
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

// allowed parses what follows allow.
func (p *parser) allowed() string {
	name := p.outcome()
	switch check := checkOf(name); {
	case check != "":
		p.fail(name, "a guarantee can only be expected", fmt.Sprintf("to allow runs that break it write: allow %s", check))
	case name == safe:
		p.fail(name, "a guarantee can only be expected", "write: expect safe")
	case contains(p.s.Allow, name):
		p.fail(name, "allowed twice", "remove one")
	}
	return name
}

func (p *parser) outcome() string {
	word := p.next("the outcome")
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
			p.fail("expect safe", "cannot be combined with another expected outcome", `write "allow" for what may happen`)
		}
		if contains(p.s.Allow, e.Outcome) {
			p.fail(e.Outcome, "both expected and allowed", `remove "allow": what is expected is allowed`)
		}
	}
}

// expects reports whether an outcome is expected with every seed.
func (s *Scenario) expects(outcome string) bool {
	return slices.ContainsFunc(s.Expect, func(e Expectation) bool { return e.Outcome == outcome && e.Some == 0 })
}

// names reports whether a scenario expects or allows an outcome: what it expects of some seeds it allows with any.
func (s *Scenario) names(outcome string) bool {
	return contains(s.Allow, outcome) || slices.ContainsFunc(s.Expect, func(e Expectation) bool {
		return e.Outcome == outcome
	})
}

// judged runs the checks: those of every run, and those that the scenario names. A guarantee that is expected must
// hold; for one whose check is expected or allowed, findings are reported as permitted.
func (s *Scenario) judged(h history.History) []checkers.Finding {
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
			f.Attributed = "the scenario names this check"
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

// disappointed is the sentence about a broken guarantee or expectation, "" if there is none. It notes the decisive
// finding.
//
// A finding that the configuration does not permit is always a broken guarantee. One that it permits must be named by
// an expect or allow line, so that a scenario in which acknowledged records may be lost declares it.
func (s *Scenario) disappointed(r *Result) string {
	for i, f := range r.Findings {
		r.decisive = i + 1
		switch {
		case f.Bug() && !(f.Check == committedTooFar && s.names(f.Check)):
			return f.String()
		case !s.names(f.Check):
			return f.String() + " (the configuration permits it, but the scenario neither expects nor allows it)"
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

// onlySome reports whether a condition is expected of some seeds only.
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

// committedTooFar is an application's own mistake, which a scenario may be about.
const committedTooFar = "committed-too-far"
