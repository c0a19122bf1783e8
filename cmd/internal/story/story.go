package story

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"gregor/scenarios"
)

// Print prints the story, the verdict and the commands to run next.
func Print(out io.Writer, a Run, r scenarios.Result, took time.Duration, twice bool) {
	for _, line := range scenarios.Timeline(r) {
		fmt.Fprintln(out, line)
	}
	if step := r.Token.Step; step > 0 {
		fmt.Fprintln(out)
		for _, line := range scenarios.Around(r, step) {
			fmt.Fprintln(out, line)
		}
	}
	virtual := time.Duration(r.Stats.VirtualNanos)
	Verdict(out, r, fmt.Sprintf("seed %d, %d events, %s simulated in %s, %.0f times real time", r.Token.Seed,
		r.Stats.Events,
		virtual.Round(time.Millisecond), took.Round(time.Millisecond), virtual.Seconds()/took.Seconds()))
	if twice && r.Verdict != scenarios.Nondeterministic {
		fmt.Fprintln(out, "both runs have the same hash and the same events")
	}
	fmt.Fprintln(out)
	Next(out, a, r)
}

// Verdict prints the verdict, and what was found.
func Verdict(out io.Writer, r scenarios.Result, how string) {
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
		if i == Shown {
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

// Shown bounds the list a person has to read.
const Shown = 10

// Next prints the token and what can be done with it. A token that holds the text of its scenario is long: it is
// printed once, and not at all where a file has the text.
func Next(out io.Writer, a Run, r scenarios.Result) {
	a.Hash, a.Step = r.Hash, 0
	exact := a.Arg()
	a.Hash = 0
	arg := a.Arg()
	finding, found := scenarios.First(r)
	a.Step = finding.Event
	stepped := a.Arg()
	if len(exact) > long && a.File == "" {
		fmt.Fprintf(out, "token   %s\n", exact)
		exact, arg, stepped = "TOKEN", "TOKEN", fmt.Sprintf("TOKEN#%d", a.Step)
	}
	type command struct{ command, what string }
	next := []command{{"run " + exact, "the same run, on any machine"}}
	if r.Verdict != scenarios.Holds && r.Verdict != scenarios.Differs {
		next = append(next, command{"shrink " + arg, "the smallest scenario that ends the same way"},
			command{"cause " + arg, "the last moment at which it would still have held"})
		if found {
			next = append(next, command{"run " + stepped, "the story up to the first finding, and what caused it"},
				command{"step " + stepped, "that moment: look into it, go back, branch"},
				command{"ui " + stepped, "the same on a page"})
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

// long is the length from which a token is not repeated.
const long = 80

// Run is a run as it was asked for: its token, and the file that the scenario was read from.
type Run struct {
	scenarios.Token
	File string // "": the scenario comes with Gregor, or its text is in the token
}

// Arg is what to write after gregor run or gregor shrink for this run.
func (a Run) Arg() string {
	if a.File != "" {
		return Quoted([]string{a.File + a.Suffix()})
	}
	return Quoted([]string{a.String()})
}

// Label names the run on one line: it is Arg, with the text in a token left out.
func (a Run) Label() string {
	text := a.Arg()
	if a.File == "" && len(text) > long {
		return text[:20] + "…" + a.Suffix()
	}
	return text
}

// Quoted returns a command line for a shell.
func Quoted(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a
		if a == "" || strings.ContainsAny(a, " \t\n'\"\\$`&|;<>()*?[]#~!{}") {
			out[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(out, " ")
}

// TraceEvents is how many of a run's last events are kept for its story.
const TraceEvents = 2000

// heapFloor is never touched, so it costs addresses and no memory. The collector counts it as live: with it, a
// collection begins at 80 MiB instead of at 20, and a run has a quarter of them.
var heapFloor []byte

// Tune lets garbage lie longer: a run's memory is small and short-lived, and collecting it often costs more than it
// saves. GOGC is obeyed if it is set.
func Tune() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
		heapFloor = make([]byte, 16<<20)
	}
}
