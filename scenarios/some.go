package scenarios

// Sighting counts the runs of one scenario that met an expectation about some of several seeds.
type Sighting struct {
	Expectation
	Runs, Met int
	First     uint64 // the seed of the first run that met it
}

// Sightings returns a counter for each expectation of a scenario about some of several seeds.
func (s *Scenario) Sightings() (all []Sighting) {
	for _, e := range s.Expect {
		if e.Some > 0 {
			all = append(all, Sighting{Expectation: e})
		}
	}
	return all
}

// Seeds is how many seeds a scenario has to be run with to judge all its expectations.
func (s *Scenario) Seeds() uint64 {
	n := 1
	for _, e := range s.Expect {
		n = max(n, e.Some)
	}
	return uint64(n)
}

// Add counts a run.
func (s *Sighting) Add(seed uint64, met bool) {
	s.Runs++
	if !met {
		return
	}
	if s.Met == 0 {
		s.First = seed
	}
	s.Met++
}

// Judged reports whether the runs suffice to judge: one met the expectation, or there were as many as the scenario
// names.
func (s *Sighting) Judged() bool { return s.Met > 0 || s.Runs >= s.Some }

// Missed reports whether no run met the expectation, of as many as the scenario names.
func (s *Sighting) Missed() bool { return s.Judged() && s.Met == 0 }
