package scenarios

// Sighting counts, over the runs of one scenario, how often something came of it that is expected in some of several seeds.
type Sighting struct {
	Expectation
	Runs, Met int
	First     uint64 // the seed of the first run that it came of
}

// Sightings begins to count what a scenario expects in some of several seeds.
func (s *Scenario) Sightings() (all []Sighting) {
	for _, e := range s.Expect {
		if e.Some > 0 {
			all = append(all, Sighting{Expectation: e})
		}
	}
	return all
}

// Seeds is with how many seeds a scenario is to be run, so that everything it expects can be judged.
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

// Judged reports whether the runs suffice to judge: it came of one, or as many were run as the scenario names.
func (s *Sighting) Judged() bool { return s.Met > 0 || s.Runs >= s.Some }

// Missed reports whether it came of none of enough runs.
func (s *Sighting) Missed() bool { return s.Judged() && s.Met == 0 }
