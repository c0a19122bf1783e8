package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"

	"gregor/cmd/internal/progress"
	"gregor/cmd/internal/story"
	"gregor/scenarios"
)

// shrinkOptions are the flags of gregor shrink.
type shrinkOptions struct {
	runOptions
	out   string
	limit time.Duration
}

func shrinkCommand() *cobra.Command {
	var o shrinkOptions
	c := &cobra.Command{
		Use:   "shrink TOKEN | FILE.scenario",
		Short: "Find the smallest scenario that breaks for the same reason",
		Long: `Find the smallest scenario that ends with the same verdict, for the same reason, as a run that broke.

What the seed drew is written out first. Then faults, clients, topics and settings are taken away, many at once and
then fewer, and the run is made shorter and calmer, as long as it breaks the same way. The result is a scenario file
that names its seed: read it, edit it, run it. It goes to standard output, or to a file with --out.

Exit codes: 0 there is a smaller scenario, 1 the run holds and there is nothing to shrink, 64 a mistake on the
command line.`,
		Example: `  gregor shrink storm@17
  gregor shrink my.scenario --seed 4 --out small.scenario
  gregor run small.scenario`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.seeded = cmd.Flags().Changed("seed")
			return shrink(o, args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.Var(atLeast(&o.seed, 1, 0), "seed", "the `seed` for a scenario file that names none")
	f.StringVar(&o.out, "out", "", "write the scenario to a `file`")
	f.Var(durationOf(&o.limit, time.Minute, time.Millisecond), "for", "stop shrinking after this `time`")
	f.BoolVar(&o.json, "json", false, "print one JSON object")
	return c
}

// jsonShrunk is a shrunk run as a program reads it.
type jsonShrunk struct {
	jsonRun
	Reason string `json:"reason"`
	From   string `json:"from"` // the token of the run it began with
	Faults int    `json:"faults"`
	Runs   int    `json:"runs"`
	Whole  bool   `json:"whole"`
	Text   string `json:"text"`
}

func shrink(o shrinkOptions, args []string, out, errOut io.Writer) error {
	all, err := asksFor(o.runOptions, args)
	if err != nil {
		return usage(err)
	}
	story.Tune()
	from := all[0].Token
	if from.Step > 0 {
		return usage(fmt.Errorf("the whole run is shrunk: leave #%d out", from.Step))
	}
	s, err := shrinkFor(from, o.limit, bar(o.json, 0, "runs"))
	if err != nil {
		return err
	}
	if o.out != "" {
		if err := os.WriteFile(o.out, []byte(s.Token.Text), 0o644); err != nil {
			return err
		}
	}
	switch {
	case o.json:
		return json.NewEncoder(out).Encode(jsonShrunk{toJSON(s.Result), s.Reason, from.String(), len(s.Token.Scenario.Steps),
			s.Runs, s.Whole, s.Token.Text})
	case o.out != "":
		tellShrunk(out, from, s, o.out)
	default:
		fmt.Fprint(out, s.Token.Text)
		tellShrunk(errOut, from, s, "")
	}
	return nil
}

// tellShrunk says what came of a shrink and what to do with it.
func tellShrunk(out io.Writer, from scenarios.Token, s scenarios.Shrunk, file string) {
	before := len(from.Scenario.Expand(from.Seed).Steps)
	fmt.Fprintf(out, "%s: %s\n%d faults became %d in %d runs", s.Result.Verdict, s.Reason, before,
		len(s.Token.Scenario.Steps), s.Runs)
	if !s.Whole {
		fmt.Fprint(out, "; stopped after --for, so it may shrink further")
	}
	if file != "" {
		fmt.Fprintf(out, "\nfile    %s", file)
	}
	fmt.Fprintln(out)
	if file == "" {
		fmt.Fprintf(out, "token   %s\n", s.Token)
		return
	}
	fmt.Fprintf(out, "next    gregor run %s\n", story.Quoted([]string{file}))
}

// shrinkFor shrinks a token for at most so long, or until it is interrupted.
func shrinkFor(t scenarios.Token, limit time.Duration, b *progress.Bar) (scenarios.Shrunk, error) {
	end := time.Now().Add(limit)
	enough := make(chan os.Signal, 1)
	signal.Notify(enough, os.Interrupt)
	defer signal.Stop(enough)
	o := scenarios.ShrinkOptions{
		Stop: func() bool { return time.Now().After(end) || len(enough) > 0 },
		Progress: func(s scenarios.Shrunk) {
			b.Describe("%d faults, %d clients left", len(s.Token.Scenario.Steps), len(s.Token.Scenario.Clients))
			b.Add(1)
		},
	}
	defer b.End()
	return scenarios.Shrink(t, o, func(t scenarios.Token) scenarios.Result { return scenarios.Do(t, scenarios.Options{}) })
}
