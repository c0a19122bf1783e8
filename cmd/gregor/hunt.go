package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"gregor/cmd/internal/progress"
	"gregor/cmd/internal/story"
	"gregor/scenarios"
)

// huntOptions are the flags of gregor hunt.
type huntOptions struct {
	seed  uint64
	limit time.Duration
	each  time.Duration
	out   string
	json  bool
}

func huntCommand() *cobra.Command {
	var o huntOptions
	c := &cobra.Command{
		Use:   "hunt [SCENARIO | FILE.scenario] ...",
		Short: "Run many seeds on all cores, and shrink every failure",
		Long: `Run scenarios with one seed after the other, on all cores, for some time, and shrink what breaks.

Without an argument it runs all scenarios that come with Gregor. The first seed is drawn, so that every hunt looks
somewhere else; --seed begins at a given one. Of each scenario and reason one run is shrunk and written into
the folder of findings as NAME-SEED.scenario, a small story that breaks the same way.

Exit codes: 0 everything held, otherwise that of the worst run; see gregor run --help.`,
		Example: `  gregor hunt
  gregor hunt storm --for 10m
  gregor hunt my.scenario --seed 1 --out /tmp/findings`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("seed") {
				o.seed = rand.Uint64N(1_000_000) * 1000
			}
			return hunt(o, args, cmd.OutOrStdout())
		},
	}
	f := c.Flags()
	f.Var(atLeast(&o.seed, 0, 0), "seed", "the first `seed`; random if not given")
	f.Var(durationOf(&o.limit, time.Minute, time.Millisecond), "for",
		"how long to start new runs; shrinking may take a little longer")
	f.Var(durationOf(&o.each, 30*time.Second, 0), "shrink-for", "how long to shrink each finding")
	f.StringVar(&o.out, "out", "findings", "the `folder` of findings")
	f.BoolVar(&o.json, "json", false, "print one JSON object a finding")
	return c
}

// hunter is a hunt under way. What is below mu is shared by its workers.
type hunter struct {
	o     huntOptions
	prey  []story.Run // of which the seed is still to be put in
	begin time.Time
	stop  chan os.Signal
	out   io.Writer
	bar   *progress.Bar

	mu      sync.Mutex
	next    uint64 // counts runs begun
	events  uint64
	virtual time.Duration
	broken  int
	tally   tally
	worst   int // exit code
	err     error
}

func hunt(o huntOptions, args []string, out io.Writer) error {
	if len(args) == 0 {
		args = scenarios.Names()
	}
	h := &hunter{o: o, begin: time.Now(), stop: make(chan os.Signal, 1), out: out}
	for _, arg := range args {
		if isToken(arg) {
			return usage(fmt.Errorf("%s names one seed, and a hunt runs many: name a scenario or a file, and set the first seed with --seed", brief(arg)))
		}
		a, err := named(arg)
		if err != nil {
			return usage(err)
		}
		h.prey = append(h.prey, a)
	}
	story.Tune()
	signal.Notify(h.stop, os.Interrupt)
	defer signal.Stop(h.stop)
	h.bar = bar(o.json, int64(o.limit.Seconds()), "s")
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(h.work)
	}
	all.Wait()
	h.bar.End()
	return h.tell()
}

// work runs one token after the other until time is up.
func (h *hunter) work() {
	for {
		a, ok := h.token()
		if !ok {
			return
		}
		r := scenarios.Do(a.Token, scenarios.Options{})
		if h.done(a, r) {
			h.examine(a, r)
		}
	}
}

// token is the next run, false once time is up or the hunt is interrupted.
func (h *hunter) token() (story.Run, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.begin) >= h.o.limit || len(h.stop) > 0 || h.err != nil {
		return story.Run{}, false
	}
	n := uint64(len(h.prey))
	a := h.prey[h.next%n]
	a.Seed = h.o.seed + h.next/n
	h.next++
	return a, true
}

// done counts a run, and reports whether it is the first to break for its reason.
func (h *hunter) done(a story.Run, r scenarios.Result) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events += r.Stats.Events
	h.virtual += time.Duration(r.Stats.VirtualNanos)
	defer func() {
		h.bar.Describe("%d runs, %d broke", h.next, h.broken)
		h.bar.Set(int64(time.Since(h.begin).Seconds()))
	}()
	if r.Verdict == scenarios.Holds {
		return false
	}
	h.broken++
	h.worst = max(h.worst, exitCode(r.Verdict))
	return h.tally.add(a, r.Verdict, r.Reason())
}

// examine shrinks a run that broke and keeps what is left of it.
func (h *hunter) examine(a story.Run, r scenarios.Result) {
	if again := scenarios.Do(r.Token, scenarios.Options{}); again.Hash != r.Hash {
		compareHashes(&r, again, a)
		h.report(scenarios.Shrunk{Token: r.Token, Result: r}, a, r, "")
		return
	}
	s, err := shrinkFor(r.Token, h.o.each, nil)
	if err != nil {
		s = scenarios.Shrunk{Token: r.Token, Result: r, Reason: r.Reason()}
	}
	file := filepath.Join(h.o.out, fmt.Sprintf("%s-%d.scenario", r.Token.Scenario.Name, r.Token.Seed))
	err = os.MkdirAll(h.o.out, 0o755)
	if err == nil {
		err = os.WriteFile(file, []byte(s.Token.Text), 0o644)
	}
	if err != nil {
		h.mu.Lock()
		h.err = err
		h.mu.Unlock()
		return
	}
	h.report(s, a, r, file)
}

// jsonFound is a finding of a hunt as a program reads it.
type jsonFound struct {
	jsonShrunk
	File string `json:"file"`
}

func (h *hunter) report(s scenarios.Shrunk, a story.Run, from scenarios.Result, file string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.worst = max(h.worst, exitCode(s.Result.Verdict))
	if h.o.json {
		_ = json.NewEncoder(h.out).Encode(jsonFound{jsonShrunk{toJSON(s.Result), s.Reason, from.Token.String(),
			len(s.Token.Scenario.Steps), s.Runs, s.Whole, s.Token.Text}, file})
		return
	}
	sentence, _, _ := strings.Cut(s.Result.Sentence, "\n")
	fmt.Fprintf(h.out, "%s  %s  %s\n    %s\n", strings.ToUpper(string(s.Result.Verdict)), a.Label(), s.Reason, sentence)
	if file != "" {
		fmt.Fprintf(h.out, "    %d faults became %d in %d runs: gregor run %s\n", len(from.Scenario.Steps),
			len(s.Token.Scenario.Steps), s.Runs, story.Quoted([]string{file}))
	}
}

// tell sums the hunt up.
func (h *hunter) tell() error {
	if h.err != nil {
		return h.err
	}
	if !h.o.json {
		took := time.Since(h.begin)
		fmt.Fprintf(h.out, "%d runs, seeds %d..%d, %d broke; %d events, %s simulated in %s (%.0f times real time)\n", h.next,
			h.o.seed,
			h.o.seed+(max(h.next, 1)-1)/uint64(len(h.prey)), h.broken, h.events, h.virtual.Round(time.Second),
			took.Round(time.Millisecond), h.virtual.Seconds()/took.Seconds())
		h.tally.print(h.out, false)
	}
	if h.worst != exitHolds {
		return &exitError{code: h.worst}
	}
	return nil
}
