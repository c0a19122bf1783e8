package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gregor/checkers"
	"gregor/cmd/internal/story"
	"gregor/core/env"
	"gregor/scenarios"
	"gregor/sim"
)

// runOptions are the flags of gregor run.
type runOptions struct {
	seed   uint64
	seeded bool // --seed was given
	seeds  string
	json   bool
	trace  string
	html   string
	twice  bool
	world  string
	expect string
}

func runCommand() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run [SCENARIO | FILE.scenario | TOKEN] ...",
		Short: "Simulate a scenario, print its story and judge it",
		Long: `Simulate scenarios with the very code that serve runs, and judge what came of it.

Without an argument it runs a tour. A scenario is named (gregor run list), read from a file, or given as a
token. The same token is the same run on any machine:

  tour@42                      scenario and seed; my.scenario@42 of a file
  tour@42:5f1a9a50e79da5f5     and the hash that the run must have: a build that runs it otherwise reports that
  tour@42#1187                 and the event to stop the story at, with what caused it

What a scenario expects in some of N seeds is judged over N runs, of seeds from 1 on, unless --seed or --seeds
names others. gregor help scenario explains the format of scenario files; gregor run show NAME prints one.

With --world real the same scenario happens to real processes on loopback, in real time: a crash is SIGKILL, a
pause SIGSTOP, and links are cut in proxies between them. No two such runs are the same. What only the simulator
can do, power cuts and bad disks, clocks and networks, is refused.

Exit codes: 0 everything held, 2 a crash or assertion, 3 no progress, 4 a guarantee broken,
5 two runs of one token differed, or the run has another hash than its token, 64 a mistake on the command line.`,
		Example: `  gregor run
  gregor run storm --seed 7
  gregor run --seeds 1..200
  gregor run my.scenario --json
  gregor run storm@7 --trace trace.txt
  gregor run failover --world real`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.seeded = cmd.Flags().Changed("seed")
			return run(cmd.Context(), o, args, cmd.OutOrStdout())
		},
	}
	f := c.Flags()
	f.Var(atLeast(&o.seed, 1, 0), "seed", "the `seed` of the run, unless the scenario names one")
	f.StringVar(&o.seeds, "seeds", "", "run every seed of a range, `A..B`; without a scenario, over all of them")
	f.BoolVar(&o.json, "json", false, "print one JSON object a run")
	f.StringVar(&o.trace, "trace", "", "write every event of the run to a `file`; as JSON lines if its name ends with .jsonl (gregor help trace)")
	f.StringVar(&o.html, "html", "", "write porcupine's picture of each partition's history to files in a `directory`")
	f.StringVar(&o.expect, "expect", "", "the `hash` that the run must have; exit code 5 if it has another")
	f.BoolVar(&o.twice, "twice", false, "run everything twice and compare")
	f.StringVar(&o.world, "world", worldSim, "where to run it: sim, or real for processes on this machine, which are killed, paused and partitioned")
	list := &cobra.Command{Use: "list", Short: "List the embedded scenarios", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return listScenarios(cmd.OutOrStdout()) }}
	show := &cobra.Command{Use: "show SCENARIO...", Short: "Print the text of embedded scenarios", Args: arguments(1, -1),
		Example: "  gregor run show tour > my.scenario",
		RunE:    func(cmd *cobra.Command, args []string) error { return showScenarios(args, cmd.OutOrStdout()) }}
	c.AddCommand(list, show)
	return c
}

// showScenarios prints the text of scenarios.
func showScenarios(names []string, out io.Writer) error {
	for _, name := range names {
		a, err := named(name)
		if err != nil {
			return usage(err)
		}
		fmt.Fprint(out, a.Text)
	}
	return nil
}

// scenarioHelp is what gregor help scenario prints.
func scenarioHelp() *cobra.Command {
	return &cobra.Command{Use: "scenario", Short: "The format of scenario files: statements, actions, settings, outcomes",
		Long: scenarios.Help()}
}

// traceHelp is what gregor help trace prints.
func traceHelp() *cobra.Command {
	return &cobra.Command{Use: "trace", Short: "The format of trace files: events, causes, facts",
		Long: scenarios.TraceHelp}
}

func listScenarios(out io.Writer) error {
	for _, name := range scenarios.Names() {
		text, _ := scenarios.Embedded(name)
		s, err := scenarios.Parse(name, text)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-28s %s\n", name, s.Summary())
	}
	return nil
}

// tour is what runs when nothing is named.
const tour = "tour"

func run(ctx context.Context, o runOptions, args []string, out io.Writer) error {
	all, err := asksFor(o, args)
	if err != nil {
		return usage(err)
	}
	switch o.world {
	case worldReal:
		return runReal(ctx, o, all, out)
	case worldSim, "":
	default:
		return usage(fmt.Errorf("--world %q: write sim or real", o.world))
	}
	story.Tune()
	if len(all) == 1 {
		return runOne(o, all[0], out)
	}
	return sweep(o, all, out)
}

// jsonRun is a run as a program reads it.
type jsonRun struct {
	Token     string        `json:"token"`
	Scenario  string        `json:"scenario"`
	Seed      uint64        `json:"seed"`
	World     string        `json:"world,omitempty"`
	Verdict   string        `json:"verdict"`
	Sentence  string        `json:"sentence,omitempty"`
	Hash      string        `json:"hash"`
	Events    uint64        `json:"events"`
	VirtualMS int64         `json:"virtual_ms"`
	Findings  []jsonFinding `json:"findings"`
}

type jsonFinding struct {
	Check     string `json:"check"`
	Sentence  string `json:"sentence"`
	Partition string `json:"partition,omitempty"`
	Offset    int64  `json:"offset"`
	Event     uint64 `json:"event"`
	Permitted string `json:"permitted,omitempty"`
}

func toJSON(r scenarios.Result) jsonRun {
	j := jsonRun{Token: r.Token.String(), Scenario: r.Token.Scenario.Name, Seed: r.Token.Seed, Verdict: string(r.Verdict),
		Sentence: r.Sentence,
		Hash:     fmt.Sprintf("%016x", r.Hash), Events: r.Stats.Events, VirtualMS: r.Stats.VirtualNanos / 1e6,
		Findings: []jsonFinding{}}
	for _, f := range r.Findings {
		p := ""
		if f.Partition.Topic != "" {
			p = f.Partition.String()
		}
		j.Findings = append(j.Findings, jsonFinding{f.Check, f.Sentence, p, int64(f.Offset), f.Event, f.Attributed})
	}
	return j
}

// runOne runs one token and narrates it.
func runOne(o runOptions, a story.Run, out io.Writer) error {
	opts := scenarios.Options{Trace: story.TraceEvents}
	if o.trace != "" || o.twice || a.Step > 0 {
		opts.Trace = sim.TraceAll
	}
	begin := time.Now()
	bar := bar(o.json, 0, "s simulated")
	bar.Describe("%s", a.Label())
	opts.Progress = func(at env.Instant) { bar.Set(int64(at) / int64(time.Second)) }
	r := scenarios.Do(a.Token, opts)
	took := time.Since(begin)
	if o.twice {
		compare(&r, scenarios.Do(a.Token, opts))
	}
	bar.End()
	if err := writeFiles(o, r); err != nil {
		return err
	}
	if !o.json {
		story.Print(out, a, r, took, o.twice)
		printSome(out, a, r)
	} else if err := json.NewEncoder(out).Encode(toJSON(r)); err != nil {
		return err
	}
	return exitOf(r.Verdict)
}

// writeFiles writes what --trace and --html ask for.
func writeFiles(o runOptions, r scenarios.Result) error {
	if o.trace != "" {
		if err := writeTrace(o.trace, r); err != nil {
			return err
		}
	}
	if o.html != "" {
		return pictures(o.html, r)
	}
	return nil
}

// eventsSuffix is that of trace files which are JSON lines.
const eventsSuffix = ".jsonl"

// writeTrace writes every event of a run to a file: as JSON lines if its name ends so, else for a person.
func writeTrace(name string, r scenarios.Result) error {
	if !strings.HasSuffix(name, eventsSuffix) {
		return os.WriteFile(name, []byte(r.Trace.String()), 0o644)
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(f)
	return errors.Join(scenarios.WriteEvents(out, r), out.Flush(), f.Close())
}

// pictures writes porcupine's page of every partition, with its judgement where the history is small enough.
func pictures(dir string, r scenarios.Result) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, l := range r.History.Logs {
		name := filepath.Join(dir, l.TopicPartition.String()+".html")
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		err = errors.Join(checkers.Visualize(f, r.History, l.TopicPartition, false), f.Close())
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// compare notes where two runs of one token first differ.
func compare(r *scenarios.Result, again scenarios.Result) {
	if r.Hash == again.Hash && r.Stats.Events == again.Stats.Events {
		return
	}
	r.Verdict = scenarios.Nondeterministic
	r.Sentence = fmt.Sprintf("two runs of this token differ: hash %016x and %016x", r.Hash, again.Hash)
	if d := sim.Diverge(r.Trace, again.Trace); d != nil {
		r.Sentence += "\n" + d.String()
	}
}

func exitOf(v scenarios.Verdict) error {
	if code := exitCode(v); code != exitHolds {
		return &exitError{code: code}
	}
	return nil
}

func exitCode(v scenarios.Verdict) int {
	return map[scenarios.Verdict]int{scenarios.Crashed: exitCrashed, scenarios.Stuck: exitStuck,
		scenarios.Broken:           exitBroken,
		scenarios.Nondeterministic: exitNondeterministic, scenarios.Differs: exitNondeterministic,
		scenarios.Refused: exitUsage}[v]
}
