package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"gregor/scenarios"
)

// tell prints the story, the verdict and the commands to run next.
func tell(out io.Writer, a asked, r scenarios.Result, took time.Duration, twice bool) {
	for _, line := range scenarios.Timeline(r) {
		fmt.Fprintln(out, line)
	}
	virtual := time.Duration(r.Stats.VirtualNanos)
	tellVerdict(out, r, fmt.Sprintf("seed %d, %d events, %s simulated in %s, %.0f times real time", r.Token.Seed, r.Stats.Events,
		virtual.Round(time.Millisecond), took.Round(time.Millisecond), virtual.Seconds()/took.Seconds()))
	if twice && r.Verdict != scenarios.Nondeterministic {
		fmt.Fprintln(out, "both runs have the same hash and the same events")
	}
	fmt.Fprintln(out)
	tellNext(out, a, r)
}

// tellVerdict prints the verdict, and what was found.
func tellVerdict(out io.Writer, r scenarios.Result, how string) {
	fmt.Fprintf(out, "\n%s: %s  (%s)\n", strings.ToUpper(string(r.Verdict)), r.Token.Scenario.Name, how)
	if r.Sentence != "" {
		fmt.Fprintln(out, r.Sentence)
	}
	for i, f := range r.Findings {
		if i == findingsShown {
			fmt.Fprintf(out, "  … and %d more\n", len(r.Findings)-i)
			break
		}
		fmt.Fprintf(out, "  %s\n", f)
	}
	if r.Verdict != scenarios.Holds {
		for _, line := range scenarios.LastSteps(r) {
			fmt.Fprintln(out, "  "+line)
		}
	}
}

// findingsShown bounds the list a person has to read.
const findingsShown = 10

// tellNext prints the token and what can be done with it. A token that holds the text of its scenario is long: it is
// printed once, and not at all where a file has the text.
func tellNext(out io.Writer, a asked, r scenarios.Result) {
	a.Hash, a.Step = r.Hash, 0
	exact := a.arg()
	a.Hash = 0
	arg := a.arg()
	if len(exact) > longToken && a.file == "" {
		fmt.Fprintf(out, "token   %s\n", exact)
		exact, arg = "TOKEN", "TOKEN"
	}
	next := []struct{ command, what string }{{"run " + exact, "the same run, on any machine"}}
	if r.Verdict != scenarios.Holds && r.Verdict != scenarios.Differs {
		next = append(next, struct{ command, what string }{"shrink " + arg, "the smallest scenario that ends the same way"})
	}
	next = append(next, struct{ command, what string }{"run " + arg + " --trace trace.txt", "every event, in a file"})
	label, width := "next  ", 0
	for _, n := range next {
		width = max(width, len(n.command))
	}
	for _, n := range next {
		fmt.Fprintf(out, "%s  gregor %-*s  %s\n", label, width, n.command, n.what)
		label = "      "
	}
}

// longToken is the length from which a token is not repeated.
const longToken = 80
