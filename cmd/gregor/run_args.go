package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gregor/cmd/internal/story"
	"gregor/scenarios"
)

// asksFor lists the runs that the arguments of gregor run and gregor shrink ask for. Flags that contradict an argument
// are refused.
func asksFor(o runOptions, args []string) ([]story.Run, error) {
	lo, hi, err := seedRange(o)
	if err != nil {
		return nil, err
	}
	if len(args) == 0 {
		args = []string{tour}
		if o.seeds != "" {
			args = scenarios.Names()
		}
	}
	var all []story.Run
	for _, arg := range args {
		if isToken(arg) {
			a, err := tokenOf(o, arg)
			if err != nil {
				return nil, err
			}
			all = append(all, a)
			continue
		}
		a, err := named(arg)
		if err != nil {
			return nil, err
		}
		from, to := lo, hi
		if !o.seeded && o.seeds == "" {
			from, to = ownSeeds(a.Scenario, lo)
		}
		if n := to - from; n >= runsMax || len(all)+int(n) >= runsMax {
			return nil, fmt.Errorf("--seeds %s of %d scenarios are more than %d runs: ask for fewer", o.seeds, len(args),
				runsMax)
		}
		for n := range to - from + 1 {
			a.Seed = from + n
			all = append(all, a)
		}
	}
	return all, expected(o, all)
}

// ownSeeds are the seeds that a scenario is run with where the command line names none.
func ownSeeds(s *scenarios.Scenario, otherwise uint64) (from, to uint64) {
	from = otherwise
	if s.Seeded {
		from = s.Seed
	}
	to = from + s.Seeds() - 1
	return from, max(to, from) // the greatest seed has no next one
}

// isToken reports whether an argument names its seed.
func isToken(arg string) bool {
	return strings.Contains(arg, "@") && !strings.HasSuffix(arg, scenarioSuffix)
}

// tokenOf reads an argument that names its seed: a token, or FILE.scenario@SEED.
func tokenOf(o runOptions, arg string) (a story.Run, err error) {
	if a, err = resolved(arg); err != nil {
		return a, err
	}
	switch {
	case o.seeds != "":
		return a, fmt.Errorf("%s names one seed, and --seeds %s asks for others: leave one of them out", brief(arg), o.seeds)
	case o.seeded && o.seed != a.Seed:
		return a, fmt.Errorf("%s names seed %d, and --seed %d another: leave one of them out", brief(arg), a.Seed, o.seed)
	}
	return a, nil
}

// resolved finds the scenario of a token, which may be a file's.
func resolved(arg string) (story.Run, error) {
	name, t, err := scenarios.SplitToken(arg)
	if err != nil {
		return story.Run{}, err
	}
	if !strings.HasSuffix(name, scenarioSuffix) {
		t, err = scenarios.ParseToken(arg)
		return story.Run{Token: t}, err
	}
	a, err := named(name)
	a.Seed, a.Hash, a.Step = t.Seed, t.Hash, t.Step
	return a, err
}

// expected puts the hash of --expect into the run asked for, and refuses what only one run can be asked for.
func expected(o runOptions, all []story.Run) error {
	if len(all) != 1 {
		return onlyOne(o, all)
	}
	if o.expect == "" {
		return nil
	}
	hash, err := scenarios.ParseHash(o.expect)
	switch {
	case err != nil:
		return fmt.Errorf("--expect: %w", err)
	case all[0].Hash != 0 && all[0].Hash != hash:
		return fmt.Errorf("the token carries hash %016x, and --expect %016x: leave one of them out", all[0].Hash, hash)
	}
	all[0].Hash = hash
	return nil
}

// onlyOne refuses what is about one run where several are asked for.
func onlyOne(o runOptions, all []story.Run) error {
	for _, f := range []struct{ flag, value string }{{"--expect", o.expect}, {"--trace", o.trace}, {"--html", o.html}} {
		if f.value != "" {
			return fmt.Errorf("%s is about one run, and %d are asked for: name one token", f.flag, len(all))
		}
	}
	for _, a := range all {
		if a.Step > 0 {
			return fmt.Errorf("%s narrates one run up to event %d, and %d are asked for: name one token", a.Label(), a.Step,
				len(all))
		}
	}
	return nil
}

const scenarioSuffix = ".scenario"

// named finds a scenario by its name, or in a file.
func named(arg string) (story.Run, error) {
	name := arg
	text, ok := scenarios.Embedded(arg)
	file := ""
	if strings.HasSuffix(arg, scenarioSuffix) {
		b, err := os.ReadFile(arg)
		if err != nil {
			return story.Run{}, err
		}
		name, text, ok, file = strings.TrimSuffix(filepath.Base(arg), scenarioSuffix), string(b), true, arg
	}
	if !ok {
		_, err := scenarios.ParseToken(arg + "@0")
		return story.Run{}, err
	}
	s, err := scenarios.Parse(name, text)
	var wrong *scenarios.Error
	if errors.As(err, &wrong) && file != "" {
		wrong.Name = file // where an editor finds it
	}
	return story.Run{Token: scenarios.Token{Scenario: s, Text: text}, File: file}, err
}

// runsMax bounds what one command runs.
const runsMax = 1_000_000

func seedRange(o runOptions) (lo, hi uint64, err error) {
	if o.seeds == "" {
		return o.seed, o.seed, nil
	}
	if o.seeded {
		return 0, 0, errors.New("--seed names one seed, and --seeds several: leave one of them out")
	}
	a, b, ok := strings.Cut(o.seeds, "..")
	lo, err1 := strconv.ParseUint(a, 10, 64)
	hi, err2 := strconv.ParseUint(b, 10, 64)
	if !ok || err1 != nil || err2 != nil || hi < lo || hi-lo >= runsMax {
		return 0, 0, fmt.Errorf("--seeds %q: write A..B, at most %d of them, as in --seeds 1..200", o.seeds, runsMax)
	}
	return lo, hi, nil
}

// brief shortens what the user wrote for an error line.
func brief(text string) string {
	if len(text) > 60 {
		return text[:60] + "…"
	}
	return text
}
