package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gregor/checkers"
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
}

func runCommand() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run [SCENARIO | FILE.scenario | TOKEN] ...",
		Short: "Simulate a scenario and judge what came of it",
		Long: `Simulate scenarios with the very code that serve runs, and judge what came of it.

Without an argument it runs a tour. A scenario is named (gregor run --list), read from a file, or given as a
token, which also holds the seed. The same token is the same run on any machine.

With --world real the same scenario happens to real processes on loopback, in real time: a crash is SIGKILL, a
pause SIGSTOP, and links are cut in proxies between them. No two such runs are the same. What only the simulator
can do, power cuts and bad disks, clocks and networks, is refused.

Exit codes: 0 everything held, 2 a crash or assertion, 3 no progress, 4 a guarantee broken,
5 two runs of one token differed, 64 a mistake on the command line.`,
		Example: `  gregor run
  gregor run power-cut --seed 7
  gregor run --seeds 1..200
  gregor run my.scenario --json
  gregor run power-cut@7 --trace trace.txt
  gregor run failover --world real`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.seeded = cmd.Flags().Changed("seed")
			return run(cmd.Context(), o, args, cmd.OutOrStdout())
		},
	}
	f := c.Flags()
	f.Uint64Var(&o.seed, "seed", 1, "the `seed` of the run, unless the scenario names one")
	f.StringVar(&o.seeds, "seeds", "", "run every seed of a range, `A..B`; without a scenario, over all of them")
	f.BoolVar(&o.json, "json", false, "print one JSON object a run")
	f.StringVar(&o.trace, "trace", "", "write every event of the run to a `file`")
	f.StringVar(&o.html, "html", "", "write porcupine's picture of each partition's history to files in a `directory`")
	f.BoolVar(&o.twice, "twice", false, "run everything twice and compare")
	f.StringVar(&o.world, "world", worldSim, "where it happens: sim, or real for processes on this machine, which are killed, stopped and cut off")
	list := &cobra.Command{Use: "list", Short: "List the scenarios that come with Gregor", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return listScenarios(cmd.OutOrStdout()) }}
	c.AddCommand(list)
	return c
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
	tokens, err := tokensOf(o, args)
	if err != nil {
		return usage(err)
	}
	switch o.world {
	case worldReal:
		return runReal(ctx, o, tokens, out)
	case worldSim, "":
	default:
		return usage(fmt.Errorf("--world %q: write sim or real", o.world))
	}
	tuneForRuns()
	if len(tokens) == 1 {
		return runOne(o, tokens[0], out)
	}
	return sweep(o, tokens, out)
}

// tokensOf lists the runs asked for.
func tokensOf(o runOptions, args []string) ([]scenarios.Token, error) {
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
	var tokens []scenarios.Token
	for _, arg := range args {
		if strings.Contains(arg, "@") {
			t, err := scenarios.ParseToken(arg)
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, t)
			continue
		}
		t, err := named(arg)
		if err != nil {
			return nil, err
		}
		from, to := lo, hi
		if t.Scenario.Seeded && !o.seeded && o.seeds == "" {
			from, to = t.Scenario.Seed, t.Scenario.Seed
		}
		for seed := from; seed <= to; seed++ {
			t.Seed = seed
			tokens = append(tokens, t)
		}
	}
	return tokens, nil
}

// named finds a scenario by its name, or in a file.
func named(arg string) (scenarios.Token, error) {
	var t scenarios.Token
	name := arg
	text, ok := scenarios.Embedded(arg)
	if strings.HasSuffix(arg, ".scenario") {
		b, err := os.ReadFile(arg)
		if err != nil {
			return t, err
		}
		name, text, ok = strings.TrimSuffix(filepath.Base(arg), ".scenario"), string(b), true
	}
	if !ok {
		_, err := scenarios.ParseToken(arg + "@0")
		return t, err
	}
	s, err := scenarios.Parse(name, text)
	t.Scenario, t.Text = s, text
	return t, err
}

// seedsMax bounds a range of seeds.
const seedsMax = 10_000_000

func seedRange(o runOptions) (lo, hi uint64, err error) {
	if o.seeds == "" {
		return o.seed, o.seed, nil
	}
	a, b, ok := strings.Cut(o.seeds, "..")
	lo, err1 := strconv.ParseUint(a, 10, 64)
	hi, err2 := strconv.ParseUint(b, 10, 64)
	if !ok || err1 != nil || err2 != nil || hi < lo || hi-lo >= seedsMax {
		return 0, 0, fmt.Errorf("--seeds %q: write A..B, at most %d of them, as in --seeds 1..200", o.seeds, seedsMax)
	}
	return lo, hi, nil
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
	j := jsonRun{Token: r.Token.String(), Scenario: r.Token.Scenario.Name, Seed: r.Token.Seed, Verdict: string(r.Verdict), Sentence: r.Sentence,
		Hash: fmt.Sprintf("%016x", r.Hash), Events: r.Stats.Events, VirtualMS: r.Stats.VirtualNanos / 1e6, Findings: []jsonFinding{}}
	for _, f := range r.Findings {
		p := ""
		if f.Partition.Topic != "" {
			p = f.Partition.String()
		}
		j.Findings = append(j.Findings, jsonFinding{f.Check, f.Sentence, p, int64(f.Offset), f.Event, f.Attributed})
	}
	return j
}

// runOne runs one token and tells its story.
func runOne(o runOptions, t scenarios.Token, out io.Writer) error {
	opts := scenarios.Options{Trace: 2000}
	if o.trace != "" || o.twice {
		opts.Trace = sim.TraceAll
	}
	begin := time.Now()
	r := scenarios.Do(t, opts)
	took := time.Since(begin)
	if o.twice {
		compare(&r, scenarios.Do(t, opts))
	}
	if o.trace != "" {
		if err := os.WriteFile(o.trace, []byte(r.Trace.String()), 0o644); err != nil {
			return err
		}
	}
	if o.html != "" {
		if err := pictures(o.html, r); err != nil {
			return err
		}
	}
	if o.json {
		if err := json.NewEncoder(out).Encode(toJSON(r)); err != nil {
			return err
		}
	} else {
		tell(out, r, took)
	}
	return exitOf(r.Verdict)
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
	return map[scenarios.Verdict]int{scenarios.Crashed: exitCrashed, scenarios.Stuck: exitStuck, scenarios.Broken: exitBroken,
		scenarios.Nondeterministic: exitNondeterministic}[v]
}

// tell prints the timeline, the verdict and what to do next.
func tell(out io.Writer, r scenarios.Result, took time.Duration) {
	for _, line := range scenarios.Timeline(r) {
		fmt.Fprintln(out, line)
	}
	virtual := time.Duration(r.Stats.VirtualNanos)
	tellVerdict(out, r, fmt.Sprintf("seed %d, %d events, %s simulated in %s, %.0f times real time", r.Token.Seed, r.Stats.Events,
		virtual.Round(time.Millisecond), took.Round(time.Millisecond), virtual.Seconds()/took.Seconds()))
	fmt.Fprintf(out, "\ntoken   %s\nhash    %016x\nreplay  gregor run '%s'\ntrace   gregor run '%s' --trace trace.txt\n", r.Token, r.Hash, r.Token, r.Token)
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

// sweep runs many tokens on all cores and tells what failed.
func sweep(o runOptions, tokens []scenarios.Token, out io.Writer) error {
	begin := time.Now()
	jobs, results := make(chan scenarios.Token), make(chan scenarios.Result)
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for t := range jobs {
				r := scenarios.Do(t, scenarios.Options{})
				if o.twice {
					compareHashes(&r, scenarios.Do(t, scenarios.Options{}))
				}
				results <- r
			}
		}()
	}
	go func() {
		for _, t := range tokens {
			jobs <- t
		}
		close(jobs)
	}()
	worst := scenarios.Holds
	bar := progress(o, len(tokens))
	failed, events, virtual := 0, uint64(0), time.Duration(0)
	for range tokens {
		r := <-results
		bar.add(1)
		events += r.Stats.Events
		virtual += time.Duration(r.Stats.VirtualNanos)
		if o.json {
			if err := json.NewEncoder(out).Encode(toJSON(r)); err != nil {
				return err
			}
		}
		if r.Verdict == scenarios.Holds {
			continue
		}
		failed++
		if worse(r.Verdict, worst) {
			worst = r.Verdict
		}
		if !o.json && failed <= findingsShown {
			first, _, _ := strings.Cut(r.Sentence, "\n")
			fmt.Fprintf(out, "%s  %s\n    %s\n", strings.ToUpper(string(r.Verdict)), r.Token, first)
		}
	}
	bar.end()
	if !o.json {
		took := time.Since(begin)
		fmt.Fprintf(out, "%d runs, %d failed; %d events, %s simulated in %s (%.0f times real time)\n", len(tokens), failed, events,
			virtual.Round(time.Second), took.Round(time.Millisecond), virtual.Seconds()/took.Seconds())
	}
	return exitOf(worst)
}

// worse says which of two verdicts a sweep's exit code tells: a run that cannot be repeated says nothing for sure,
// a crash hides what else is wrong, and a broken guarantee is worse than none that was reached.
func worse(a, b scenarios.Verdict) bool {
	order := []scenarios.Verdict{scenarios.Holds, scenarios.Stuck, scenarios.Broken, scenarios.Crashed, scenarios.Nondeterministic}
	return slices.Index(order, a) > slices.Index(order, b)
}

func compareHashes(r *scenarios.Result, again scenarios.Result) {
	if r.Hash != again.Hash {
		r.Verdict = scenarios.Nondeterministic
		r.Sentence = fmt.Sprintf("two runs of this token differ: hash %016x and %016x; see gregor run '%s' --twice", r.Hash, again.Hash, r.Token)
	}
}
