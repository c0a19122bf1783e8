package scenarios

import (
	"fmt"
	"slices"
	"time"

	"gregor/sim"
)

// Cause is where a run that breaks could still have been saved: all faults end at some moment, and the run then holds;
// they end one event later, and it breaks for the same reason.
type Cause struct {
	Reason  string
	Point   Event    // the first event after which it breaks whatever follows
	Saved   Token    // a run that is the same, and holds: its faults end right before the point
	Needed  []string // the faults before the point without any one of which it holds
	Finding uint64   // the event of the finding, 0 if the verdict has none
	Runs    int      // that were made to find out
}

// neededMax bounds how many faults are left out one by one.
const neededMax = 100

// FindCause searches for the last moment at which a run that breaks would still have held if all its later faults had
// been taken away. What happens then is the cause. progress, if it is not nil, is called after each run. The error is
// why there is no such moment.
func FindCause(t Token, progress func(runs int)) (Cause, error) {
	t.Hash, t.Step = 0, 0
	whole := Do(t, Options{Trace: sim.TraceAll})
	if whole.Verdict == Holds || whole.Verdict == Refused {
		return Cause{}, fmt.Errorf("the run %s: there is nothing to explain", whole.Verdict)
	}
	first, _ := First(whole)
	s := causeSearch{s: whole.Scenario, seed: t.Seed, verdict: whole.Verdict, progress: progress,
		cause: Cause{Reason: whole.Reason(), Finding: first.Event}}
	moments := s.moments(whole)
	if len(moments) == 0 || s.breaks(s.until(0)) {
		return s.cause, fmt.Errorf("it breaks without a fault as well: %s", s.cause.Reason)
	}
	last := len(moments) - 1
	if !s.breaks(s.until(moments[last].at)) {
		return s.cause, fmt.Errorf("it holds if all faults end at %s: the reason comes after them: %s",
			short(moments[last].at), s.cause.Reason)
	}
	held, broken := -1, last
	for broken-held > 1 {
		if mid := (held + broken) / 2; s.breaks(s.until(moments[mid].at)) {
			broken = mid
		} else {
			held = mid
		}
	}
	s.cause.Point = moments[broken].event
	before := time.Duration(0)
	if held >= 0 {
		before = moments[held].at
	}
	s.cause.Saved = s.token(s.until(before))
	s.needed(moments[broken].at)
	return s.cause, nil
}

// moment is the last event of an instant at which faults are on.
type moment struct {
	at    time.Duration // since the clients began
	event Event
}

// causeSearch is a search under way.
type causeSearch struct {
	s        *Scenario // with what the seed drew written out
	seed     uint64
	verdict  Verdict
	progress func(int)
	cause    Cause
}

// moments are those of a run, up to its finding.
func (s *causeSearch) moments(whole Result) (all []moment) {
	for _, e := range EventsOf(whole) {
		at := time.Duration(e.Nanos)
		switch {
		case at <= 0:
		case at > s.s.Run, s.cause.Finding > 0 && e.Event > s.cause.Finding:
			return all
		case len(all) > 0 && all[len(all)-1].at == at:
			all[len(all)-1].event = e
		default:
			all = append(all, moment{at, e})
		}
	}
	return all
}

// until is the scenario whose faults end at a time.
func (s *causeSearch) until(at time.Duration) *Scenario {
	c := s.s.clone()
	c.Run = max(at, 1)
	c.Steps = slices.DeleteFunc(c.Steps, func(st Step) bool { return st.At > c.Run })
	return c
}

func (s *causeSearch) token(c *Scenario) Token {
	return Token{Scenario: c, Text: c.String(), Seed: s.seed}
}

// breaks reports whether a scenario ends as the whole one does.
func (s *causeSearch) breaks(c *Scenario) bool {
	r := Do(s.token(c), Options{})
	s.cause.Runs++
	if s.progress != nil {
		s.progress(s.cause.Runs)
	}
	return r.Verdict == s.verdict && r.Reason() == s.cause.Reason
}

// needed leaves out one fault before the point after the other.
func (s *causeSearch) needed(point time.Duration) {
	c := s.until(point)
	for i, st := range c.Steps[:min(len(c.Steps), neededMax)] {
		if verbOf(st.Action.Verb).moment {
			continue
		}
		without := c.clone()
		without.Steps = slices.Delete(without.Steps, i, i+1)
		if !s.breaks(without) {
			s.cause.Needed = append(s.cause.Needed, st.String())
		}
	}
}

// Lines is the cause for a person.
func (c Cause) Lines() []string {
	lines := []string{c.Reason, fmt.Sprintf("it would still have held if all faults had ended right before #%d, %s:",
		c.Point.Event, c.Point.Clock)}
	lines = append(lines, shifted("  ", c.Point)...)
	if len(c.Needed) == 0 {
		return append(lines, "no single fault before it was needed")
	}
	lines = append(lines, "without any one of these it would have held as well:")
	for _, n := range c.Needed {
		lines = append(lines, "  "+n)
	}
	return lines
}
