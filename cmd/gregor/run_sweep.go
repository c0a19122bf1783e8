package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"gregor/cmd/internal/progress"
	"gregor/cmd/internal/story"
	"gregor/scenarios"
)

// outcome is what a sweep keeps of a run.
type outcome struct {
	nth             int
	verdict         scenarios.Verdict
	reason, summary string
	events          uint64
	virtual         time.Duration
	json            jsonRun
	met             []bool // what the scenario expects in some of several seeds
}

// sweep runs many tokens on all cores, and reports in their order what failed, and how often for which reason.
func sweep(o runOptions, all []story.Run, out io.Writer) error {
	begin := time.Now()
	results := outcomes(o, all)
	s := sweeping{o: o, all: all, out: out, bar: bar(o.json, int64(len(all)), "runs"), worst: scenarios.Holds}
	early := map[int]outcome{} // of runs that ended before one asked for earlier
	for nth := range all {
		for _, ended := early[nth]; !ended; _, ended = early[nth] {
			r := <-results
			early[r.nth] = r
			s.bar.Add(1)
		}
		if err := s.report(early[nth]); err != nil {
			return err
		}
		delete(early, nth)
	}
	s.bar.End()
	if !o.json {
		s.sum(time.Since(begin))
	}
	if err := s.judgeSightings(); err != nil {
		return err
	}
	return exitOf(s.worst)
}

// outcomes runs everything, and returns where the outcomes arrive as the runs end.
func outcomes(o runOptions, all []story.Run) <-chan outcome {
	jobs, results := make(chan int), make(chan outcome)
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for nth := range jobs {
				results <- outcomeOf(o, nth, all[nth])
			}
		}()
	}
	go func() {
		for nth := range all {
			jobs <- nth
		}
		close(jobs)
	}()
	return results
}

func outcomeOf(o runOptions, nth int, a story.Run) outcome {
	r := scenarios.Do(a.Token, scenarios.Options{})
	if o.twice {
		compareHashes(&r, scenarios.Do(a.Token, scenarios.Options{}), a)
	}
	first, _, _ := strings.Cut(r.Sentence, "\n")
	end := outcome{nth: nth, verdict: r.Verdict, reason: r.Reason(), summary: first, events: r.Stats.Events,
		virtual: time.Duration(r.Stats.VirtualNanos)}
	for _, e := range a.Scenario.Sightings() {
		end.met = append(end.met, r.Met(e.Expectation))
	}
	if o.json {
		end.json = toJSON(r)
	}
	return end
}

// sweeping is a sweep under way.
type sweeping struct {
	o       runOptions
	all     []story.Run
	out     io.Writer
	bar     *progress.Bar
	worst   scenarios.Verdict
	failed  int
	events  uint64
	virtual time.Duration
	tally   tally
	some    []seen
}

// report prints one run that failed, or every one as JSON.
func (s *sweeping) report(r outcome) error {
	s.events += r.events
	s.virtual += r.virtual
	s.sight(s.all[r.nth], r.met)
	if s.o.json {
		if err := json.NewEncoder(s.out).Encode(r.json); err != nil {
			return err
		}
	}
	if r.verdict == scenarios.Holds {
		return nil
	}
	s.failed++
	if worse(r.verdict, s.worst) {
		s.worst = r.verdict
	}
	a := s.all[r.nth]
	s.tally.add(a, r.verdict, r.reason)
	if !s.o.json && s.failed <= story.Shown {
		fmt.Fprintf(s.out, "%s  %s\n    %s\n", strings.ToUpper(string(r.verdict)), a.Label(), r.summary)
	}
	return nil
}

// sum prints how many runs failed, for which reasons, and what to run next.
func (s *sweeping) sum(took time.Duration) {
	if s.failed > story.Shown {
		fmt.Fprintf(s.out, "… and %d more\n", s.failed-story.Shown)
	}
	fmt.Fprintf(s.out, "%d runs: %d held, %d did not; %d events, %s simulated in %s (%.0f times real time)\n", len(s.all),
		len(s.all)-s.failed, s.failed,
		s.events, s.virtual.Round(time.Second), took.Round(time.Millisecond), s.virtual.Seconds()/took.Seconds())
	if s.o.twice {
		fmt.Fprintf(s.out, "every token was run twice\n")
	}
	s.tally.print(s.out, true)
}

// tally counts runs that failed by scenario, verdict and reason.
type tally struct{ reasons []failures }

type failures struct {
	what  string
	count int
	first story.Run
}

// add counts a run, and reports whether it is the first for its reason.
func (t *tally) add(a story.Run, v scenarios.Verdict, reason string) (first bool) {
	what := fmt.Sprintf("%s  %s: %s", a.Scenario.Name, v, reason)
	i := slices.IndexFunc(t.reasons, func(f failures) bool { return f.what == what })
	if i < 0 {
		t.reasons = append(t.reasons, failures{what, 1, a})
		return true
	}
	t.reasons[i].count++
	return false
}

// print lists the reasons, the most frequent first; next has each followed by the command that shrinks its first run.
func (t *tally) print(out io.Writer, next bool) {
	slices.SortStableFunc(t.reasons, func(a, b failures) int { return b.count - a.count })
	for _, f := range t.reasons {
		fmt.Fprintf(out, "%6d  %s\n", f.count, f.what)
		if next {
			fmt.Fprintf(out, "        gregor shrink %s\n", f.first.Arg())
		}
	}
}

// worse orders verdicts by what a sweep's exit code is to be: a run that cannot be repeated proves nothing, a crash
// hides what else is wrong, and a broken guarantee is worse than a run that makes no progress.
func worse(a, b scenarios.Verdict) bool {
	order := []scenarios.Verdict{scenarios.Holds, scenarios.Stuck, scenarios.Broken, scenarios.Crashed, scenarios.Refused,
		scenarios.Differs, scenarios.Nondeterministic}
	return slices.Index(order, a) > slices.Index(order, b)
}

func compareHashes(r *scenarios.Result, again scenarios.Result, a story.Run) {
	if r.Hash != again.Hash {
		r.Verdict = scenarios.Nondeterministic
		r.Sentence = fmt.Sprintf("two runs of this token differ: hash %016x and %016x; see gregor run %s --twice", r.Hash,
			again.Hash, a.Arg())
	}
}
