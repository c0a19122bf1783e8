package main

import (
	"encoding/json"
	"fmt"
	"io"

	"gregor/cmd/internal/story"
	"gregor/scenarios"
)

// seen is what one scenario expects in some of several seeds, and how often it came of its runs.
type seen struct {
	story.Run // the first run
	sightings []scenarios.Sighting
}

// sight counts a run for what its scenario expects in some of several seeds.
func (s *sweeping) sight(a story.Run, met []bool) {
	if len(met) == 0 {
		return
	}
	if n := len(s.some); n == 0 || s.some[n-1].Scenario != a.Scenario {
		s.some = append(s.some, seen{a, a.Scenario.Sightings()})
	}
	last := &s.some[len(s.some)-1]
	for i := range last.sightings {
		last.sightings[i].Add(a.Seed, met[i])
	}
}

// jsonSighting is a judgement over several seeds as a program reads it.
type jsonSighting struct {
	Scenario string `json:"scenario"`
	Expected string `json:"expected"`
	Runs     int    `json:"runs"`
	Met      int    `json:"met"`
	First    uint64 `json:"first_seed,omitempty"`
	Verdict  string `json:"verdict"` // holds, broken, or not judged
}

// judgeSightings reports what came of enough seeds, and what of none.
func (s *sweeping) judgeSightings() error {
	for _, of := range s.some {
		for _, m := range of.sightings {
			if m.Missed() && worse(scenarios.Broken, s.worst) {
				s.worst = scenarios.Broken
			}
			if err := s.tellSighting(of.Run, m); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sweeping) tellSighting(a story.Run, m scenarios.Sighting) error {
	if s.o.json {
		j := jsonSighting{a.Scenario.Name, m.String(), m.Runs, m.Met, m.First, string(scenarios.Holds)}
		switch {
		case m.Missed():
			j.Verdict = string(scenarios.Broken)
		case !m.Judged():
			j.Verdict = "not judged"
		}
		return json.NewEncoder(s.out).Encode(j)
	}
	printSighting(s.out, a, m)
	return nil
}

// printSighting prints one line about what is expected in some of several seeds.
func printSighting(out io.Writer, a story.Run, m scenarios.Sighting) {
	switch {
	case m.Missed():
		fmt.Fprintf(out, "BROKEN  %s: expected %s, but none of %d runs showed it\n", a.Scenario.Name, m, m.Runs)
	case !m.Judged():
		fmt.Fprintf(out, "%s: expected %s: not judged, none of the first %d runs showed it; run it without --seed and --seeds to judge it\n", a.Scenario.Name, m, m.Runs)
	default:
		a.Seed, a.Hash = m.First, 0
		fmt.Fprintf(out, "HOLDS   %s: %s: shown by %d of %d runs, first by gregor run %s\n", a.Scenario.Name, m, m.Met,
			m.Runs, a.Arg())
	}
}

// printSome prints whether one run met what its scenario expects of some of several seeds.
func printSome(out io.Writer, a story.Run, r scenarios.Result) {
	for _, m := range a.Scenario.Sightings() {
		met := "not shown by this seed"
		if r.Met(m.Expectation) {
			met = "shown by this seed"
		}
		fmt.Fprintf(out, "\nexpected %s: %s; run it without --seed to run them all\n", m, met)
	}
}
