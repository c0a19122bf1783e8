package scenarios

import (
	"slices"

	"gregor/core/env"
)

// Moment is an event of a run that stands out.
type Moment struct {
	Event uint64
	Nanos int64  // since the clients began
	Kind  string // a name of [Stops]
	Text  string
}

// Seen is how much of a run's moments its reader has had; the zero value is nothing.
type Seen struct{ facts, faults, findings int }

// Moments returns what has stood out since, in three runs: facts, faults, findings. High watermarks, which advance with
// every record, are left out, and so are the partitions of internal topics.
func (s *Session) Moments(seen *Seen) (all []Moment) {
	r := s.run
	if r == nil {
		return nil
	}
	nanos := func(at env.Instant) int64 { return int64(at.Sub(s.Zero())) }
	for _, f := range r.h.Facts[min(seen.facts, len(r.h.Facts)):] {
		if kind := kindOf(f.Fact); kind != "" {
			m := Moment{Event: f.Event, Nanos: nanos(f.At), Kind: kind}
			if kind != ackKind {
				m.Text = f.Node + ": " + env.Describe(f.Fact)
			}
			all = append(all, m)
		}
	}
	seen.facts = len(r.h.Facts)
	for _, f := range r.records[min(seen.faults, len(r.records)):] {
		all = append(all, Moment{Event: f.Event, Nanos: nanos(f.At), Kind: faultKind, Text: f.Text})
	}
	seen.faults = len(r.records)
	findings := s.found()
	for _, f := range findings[min(seen.findings, len(findings)):] {
		all = append(all, Moment{Event: f.Event, Nanos: s.nanosOf(f.Event), Kind: findingKind, Text: f.String()})
	}
	seen.findings = len(findings)
	return all
}

// nanosOf is the time of an event, as far as a fact or a fault has it.
func (s *Session) nanosOf(event uint64) int64 {
	facts := s.run.h.Facts
	for i := len(facts) - 1; i >= 0; i-- {
		if facts[i].Event <= event {
			return int64(facts[i].At.Sub(s.Zero()))
		}
	}
	return 0
}

// The kinds of moments that are more than a name of a stop.
const (
	ackKind     = "ack"
	findingKind = "finding"
)

// quiet are the kinds of moments that are too frequent to stand out.
var quiet = []string{"event", "message", "hw"}

// kindOf is the kind of the moment at which a fact is reported, "" if it does not stand out.
func kindOf(f env.Fact) string {
	for _, s := range stops {
		if s.fact != nil && !slices.Contains(quiet, s.Name) && s.fact(f) {
			return s.Name
		}
	}
	return ""
}

var stops = Stops()
