package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"gregor/scenarios"
)

// printRun prints the story, the verdict and the commands to run next.
func printRun(out io.Writer, a asked, r scenarios.Result, took time.Duration, twice bool) {
	for _, line := range scenarios.Timeline(r) {
		fmt.Fprintln(out, line)
	}
	if step := r.Token.Step; step > 0 {
		fmt.Fprintln(out)
		for _, line := range scenarios.Event(r, step) {
			fmt.Fprintln(out, line)
		}
	}
	virtual := time.Duration(r.Stats.VirtualNanos)
	printVerdict(out, r, fmt.Sprintf("seed %d, %d events, %s simulated in %s, %.0f times real time", r.Token.Seed, r.Stats.Events,
		virtual.Round(time.Millisecond), took.Round(time.Millisecond), virtual.Seconds()/took.Seconds()))
	if twice && r.Verdict != scenarios.Nondeterministic {
		fmt.Fprintln(out, "both runs have the same hash and the same events")
	}
	fmt.Fprintln(out)
	printNext(out, a, r)
}

// printVerdict prints the verdict, and what was found.
func printVerdict(out io.Writer, r scenarios.Result, how string) {
	fmt.Fprintf(out, "\n%s: %s  (%s)\n", strings.ToUpper(string(r.Verdict)), r.Token.Scenario.Name, how)
	if r.Sentence != "" {
		fmt.Fprintln(out, r.Sentence)
	}
	if r.Token.Step > 0 { // the run was shown up to an event, not judged
		return
	}
	if text := scenarios.Held(r); text != "" {
		fmt.Fprintln(out, text)
	}
	for i, line := range scenarios.Findings(r) {
		if i == 0 && r.Verdict == scenarios.Holds {
			fmt.Fprintln(out, "findings that the configuration permits and the scenario expects:")
		}
		if i == findingsShown {
			fmt.Fprintln(out, "  … and more")
			break
		}
		fmt.Fprintln(out, "  "+line)
	}
	if r.Verdict != scenarios.Holds {
		for _, line := range scenarios.LastSteps(r) {
			fmt.Fprintln(out, "  "+line)
		}
	}
}

// findingsShown bounds the list a person has to read.
const findingsShown = 10

// printNext prints the token and what can be done with it. A token that holds the text of its scenario is long: it is
// printed once, and not at all where a file has the text.
func printNext(out io.Writer, a asked, r scenarios.Result) {
	a.Hash, a.Step = r.Hash, 0
	exact := a.arg()
	a.Hash = 0
	arg := a.arg()
	finding, found := scenarios.First(r)
	a.Step = finding.Event
	stepped := a.arg()
	if len(exact) > longToken && a.file == "" {
		fmt.Fprintf(out, "token   %s\n", exact)
		exact, arg, stepped = "TOKEN", "TOKEN", fmt.Sprintf("TOKEN#%d", a.Step)
	}
	type command struct{ command, what string }
	next := []command{{"run " + exact, "the same run, on any machine"}}
	if r.Verdict != scenarios.Holds && r.Verdict != scenarios.Differs {
		next = append(next, command{"shrink " + arg, "the smallest scenario that ends the same way"})
		if found {
			next = append(next, command{"run " + stepped, "the story up to the first finding, and what caused it"})
		}
	}
	next = append(next, command{"run " + arg + " --trace trace.txt", "every event, in a file"})
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
