package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gregor/checkers"
)

// ShrinkOptions bound a shrink, and watch it.
type ShrinkOptions struct {
	Runs     int         // the most runs; 0: 5000
	Stop     func() bool // asked before each run whether to stop; nil: never
	Progress func(s Shrunk)
}

const shrinkRuns = 5000

// Shrunk is the result of a shrink.
type Shrunk struct {
	Token  Token  // the smallest scenario, and the seed
	Result Result // its run
	Reason string // the same as that of the first run
	Runs   int    // how many candidates were run
	Whole  bool   // nothing more can be removed; false: it was stopped before
}

// Shrink looks for the smallest scenario that ends with the same verdict, for the same reason, as a token's run.
// What the seed drew is written out first. Then statements and settings are removed, length and rates reduced, many at
// once and then fewer (delta debugging), as long as the run ends the same. It is an error if
// the token's run holds.
//
// run is [Do], or stands for it; Shrink depends on nothing else, so that one token always shrinks to the same
// scenario.
func Shrink(t Token, o ShrinkOptions, run func(Token) Result) (Shrunk, error) {
	first := run(t)
	switch first.Verdict {
	case Holds:
		return Shrunk{}, fmt.Errorf("%s holds: there is nothing to shrink", t)
	case Differs, Refused:
		return Shrunk{}, errors.New(first.Sentence)
	}
	if o.Runs == 0 {
		o.Runs = shrinkRuns
	}
	s := &shrinker{run: run, o: o, verdict: first.Verdict, now: t.Scenario.Expand(t.Seed), tried: map[string]bool{}}
	s.best = Shrunk{Token: t, Result: first, Reason: first.Reason(), Runs: 1}
	s.now.Seed, s.now.Seeded = t.Seed, true
	s.now.Story = story(t, s.best)
	if !s.try(s.now) {
		return s.best, fmt.Errorf("%s ends differently with its faults written out: that is a bug of the simulator", t)
	}
	s.cutShort()
	for s.round() {
	}
	s.best.Whole = !s.over()
	return s.best, nil
}

// story is the comment at the top of a shrunk scenario.
func story(t Token, s Shrunk) string {
	from := t.Scenario.Name
	if _, own := Embedded(from); own {
		from = fmt.Sprintf("%s@%d", from, t.Seed)
	}
	text := fmt.Sprintf("The smallest part of %s that ends with verdict %s", from, s.Result.Verdict)
	if s.Reason != "" {
		text += ", " + s.Reason
	}
	return text + ".\n"
}

// shrinker is a shrink under way. now is the smallest scenario so far that ends the same.
type shrinker struct {
	run     func(Token) Result
	o       ShrinkOptions
	verdict Verdict
	now     *Scenario
	best    Shrunk
	tried   map[string]bool
}

func (s *shrinker) over() bool {
	return s.best.Runs >= s.o.Runs || s.o.Stop != nil && s.o.Stop()
}

// try runs a candidate, which becomes the smallest scenario if it ends the same.
func (s *shrinker) try(c *Scenario) bool {
	text := c.String()
	if s.tried[text] || s.over() {
		return false
	}
	s.tried[text] = true
	c, err := Parse(c.Name, text)
	if err != nil {
		return false // what is left needs what was removed
	}
	t := Token{Scenario: c, Text: text, Seed: c.Seed}
	r := s.run(t)
	s.best.Runs++
	same := r.Verdict == s.verdict && r.Reason() == s.best.Reason
	if same {
		s.now, s.best.Token, s.best.Result = c, t, r
	}
	if s.o.Progress != nil {
		s.o.Progress(s.best)
	}
	return same
}

// round tries everything once, and reports whether the scenario became smaller.
func (s *shrinker) round() bool {
	before := s.now.String()
	for _, l := range removables {
		s.reduce(l)
	}
	s.calm()
	s.dismantle()
	s.shorten()
	s.lessen()
	s.roundTimes()
	return s.now.String() != before && !s.over()
}

// reduce removes ranges from a list: all of it, halves, quarters, down to single entries.
func (s *shrinker) reduce(l removable) {
	for size := l.count(s.now); size > 0; size /= 2 {
		for at := 0; at < l.count(s.now); {
			c := s.now.clone()
			l.cut(c, at, min(at+size, l.count(c)))
			if !s.try(c) {
				at += size
			}
		}
	}
}

// cutShort tries to end the run soon after the event of the first finding.
func (s *shrinker) cutShort() {
	r := s.best.Result
	check, _, _ := strings.Cut(s.best.Reason, " ")
	i := slices.IndexFunc(r.Findings, func(f checkers.Finding) bool { return f.Check == check })
	if i < 0 {
		return
	}
	for _, f := range r.History.Facts {
		if f.Event >= r.Findings[i].Event {
			s.tryRun(f.At.Sub(r.Begin).Truncate(time.Second) + time.Second)
			return
		}
	}
}

// tryRun tries a shorter run, without the steps that come after it.
func (s *shrinker) tryRun(d time.Duration) bool {
	if d <= 0 || d >= s.now.Run {
		return false
	}
	c := s.now.clone()
	c.Run = d
	c.Steps = slices.DeleteFunc(c.Steps, func(st Step) bool { return st.At > d })
	return s.try(c)
}

func (s *shrinker) shorten() {
	for _, part := range []time.Duration{4, 2} { // down to a quarter, a half, three quarters
		for s.tryRun((s.now.Run / part).Round(time.Second)) {
		}
	}
	s.tryRun((s.now.Run * 3 / 4).Round(time.Second))
}

// calm tries to leave network, disks and configs at their defaults instead of drawing them.
func (s *shrinker) calm() {
	if s.now.Swarm {
		c := s.now.clone()
		c.Swarm = false
		s.try(c)
	}
}

// lessen tries one partition a topic, and lower rates.
func (s *shrinker) lessen() {
	for i := range s.now.Topics {
		if s.now.Topics[i].Partitions > 1 {
			c := s.now.clone()
			c.Topics[i].Partitions = 1
			s.try(c)
		}
	}
	for i := range s.now.Clients {
		for j, set := range s.now.Clients[i].Settings {
			if set.Name == "rate" {
				s.lessenRate(i, j)
			}
		}
	}
}

// rates are tried from the lowest on.
var rates = []string{"1/s", "5/s", "10/s", "20/s", "50/s", "100/s", "200/s"}

func (s *shrinker) lessenRate(client, setting int) {
	for _, rate := range rates {
		c := s.now.clone()
		set := &c.Clients[client].Settings[setting]
		if set.Value == rate {
			return
		}
		set.Value = rate
		if s.try(c) {
			return
		}
	}
}

// units are what times are rounded to, the coarsest first.
var units = []time.Duration{time.Second, 100 * time.Millisecond, 10 * time.Millisecond}

// roundTimes makes the times of faults easy to read.
func (s *shrinker) roundTimes() {
	for i, st := range s.now.Steps {
		if st.Action.Condition != nil || st.After > 0 {
			continue // its moment is part of the reason
		}
		s.roundTime(i, func(st *Step, unit time.Duration) { st.At = min(st.At.Round(unit), s.now.Run) })
		s.roundTime(i, func(st *Step, unit time.Duration) { st.For = cmp.Or(st.For.Round(unit), st.For) })
	}
}

func (s *shrinker) roundTime(step int, round func(st *Step, unit time.Duration)) {
	for _, unit := range units {
		c := s.now.clone()
		round(&c.Steps[step], unit)
		if s.try(c) {
			return
		}
	}
}

// removable is a list of a scenario that ranges can be removed from.
type removable struct {
	count func(s *Scenario) int
	cut   func(s *Scenario, from, to int)
}

// removables are all of them, those whose removal saves most first.
var removables = []removable{
	{func(s *Scenario) int {
		return len(s.Steps)
	}, func(s *Scenario, i, j int) { s.Steps = slices.Delete(s.Steps, i, j) }},
	{func(s *Scenario) int {
		return len(s.Clients)
	}, func(s *Scenario, i, j int) { s.Clients = slices.Delete(s.Clients, i, j) }},
	{func(s *Scenario) int { return len(s.Topics) }, cutTopics},
	{func(s *Scenario) int { return len(s.settings()) }, cutSettings},
	{func(s *Scenario) int { return len(s.spare()) }, cutExpectations},
	{func(s *Scenario) int {
		return len(s.Allow)
	}, func(s *Scenario, i, j int) { s.Allow = slices.Delete(s.Allow, i, j) }},
}

// cutTopics removes topics that no client names: a broker would create the others again.
func cutTopics(s *Scenario, from, to int) {
	i := -1
	s.Topics = slices.DeleteFunc(s.Topics, func(t Topic) bool {
		i++
		return i >= from && i < to && !s.used(t.Name)
	})
}

func (s *Scenario) used(topic string) bool {
	for _, c := range s.Clients {
		for _, set := range c.Settings {
			if set.Name == "topic" && slices.Contains(strings.Split(set.Value, ","), topic) {
				return true
			}
		}
	}
	return false
}

// spare lists the expectations that may be removed: conditions, and what is expected of some seeds only. An outcome
// that is expected of every seed decides what is checked and which faults are drawn.
func (s *Scenario) spare() (all []int) {
	for i, e := range s.Expect {
		if e.Condition != nil || e.Some > 0 {
			all = append(all, i)
		}
	}
	return all
}

func cutExpectations(s *Scenario, from, to int) {
	all := s.spare()
	for k := to - 1; k >= from; k-- {
		s.Expect = slices.Delete(s.Expect, all[k], all[k]+1)
	}
}

// settings lists where there are settings.
func (s *Scenario) settings() (all []*[]Setting) {
	count := func(l *[]Setting) {
		for range *l {
			all = append(all, l)
		}
	}
	count(&s.Cluster.Settings)
	for i := range s.Topics {
		count(&s.Topics[i].Settings)
	}
	for i := range s.Clients {
		count(&s.Clients[i].Settings)
	}
	count(&s.Network)
	count(&s.Disk)
	return all
}

func cutSettings(s *Scenario, from, to int) {
	all := s.settings()
	for k := to - 1; k >= from; k-- {
		l := all[k]
		i := k - slices.Index(all, l)
		*l = slices.Delete(*l, i, i+1)
	}
}

// clone is a copy that shares nothing that a shrink changes.
func (s *Scenario) clone() *Scenario {
	c := *s
	c.Steps, c.Random = slices.Clone(s.Steps), slices.Clone(s.Random)
	c.Topics, c.Clients = slices.Clone(s.Topics), slices.Clone(s.Clients)
	c.Expect, c.Allow = slices.Clone(s.Expect), slices.Clone(s.Allow)
	c.Cluster.Settings = slices.Clone(s.Cluster.Settings)
	c.Network, c.Disk = slices.Clone(s.Network), slices.Clone(s.Disk)
	for i := range c.Topics {
		c.Topics[i].Settings = slices.Clone(c.Topics[i].Settings)
	}
	for i := range c.Clients {
		c.Clients[i].Settings = slices.Clone(c.Clients[i].Settings)
	}
	return &c
}
