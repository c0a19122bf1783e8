package scenarios

import (
	"fmt"
	"strings"

	"gregor/checkers"
	"gregor/core/env"
)

// Held sums up a run that holds without any finding; "" for every other run.
func Held(r Result) string {
	if r.Verdict != Holds || len(r.Findings) > 0 || !r.Scenario.expects(safe) {
		return ""
	}
	n := 0
	for _, s := range r.History.Facts {
		if f, is := s.Fact.(env.ProduceReturned); is && f.Outcome == env.OK && !strings.HasPrefix(f.Client, prober) {
			n++
		}
	}
	return fmt.Sprintf("%d records were acknowledged; none was lost, duplicated or reordered", n)
}

// Findings are a run's findings for a person: those of one check, partition and reason on one line, in the order in
// which they came. The finding that decided the verdict is left out: it is the verdict's sentence.
func Findings(r Result) []string {
	type kind struct {
		check, partition, why string
	}
	count := map[kind]int{}
	var order []kind
	first := map[kind]checkers.Finding{}
	for i, f := range r.Findings {
		if i+1 == r.decisive {
			continue
		}
		k := kind{f.Check, f.Partition.String(), f.Attributed}
		if count[k]++; count[k] == 1 {
			order, first[k] = append(order, k), f
		}
	}
	clock := r.clock()
	var lines []string
	for _, k := range order {
		text := clock.in(first[k].String())
		if n := count[k]; n > 1 {
			text += fmt.Sprintf(" … and %d more of this kind in %s", n-1, k.partition)
		}
		lines = append(lines, text)
	}
	return lines
}
