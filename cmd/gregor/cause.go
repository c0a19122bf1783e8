package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"gregor/cmd/internal/story"
	"gregor/scenarios"
)

func causeCommand() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "cause TOKEN | FILE.scenario",
		Short: "Find the last moment at which a run that breaks would still have held",
		Long: `Find the point of no return of a run that breaks: the last moment at which it would still have held if all its later
faults had been taken away. What happens then is the cause. The run is made again with all faults ending earlier and
earlier, and then without one fault after the other, to find which of them made it possible.

Exit codes: 0 there is such a moment, 1 there is none, 64 a mistake on the command line.`,
		Example: `  gregor cause storm@17
  gregor cause my.scenario --seed 4`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.seeded = cmd.Flags().Changed("seed")
			return cause(o, args, cmd.OutOrStdout())
		},
	}
	f := c.Flags()
	f.Var(atLeast(&o.seed, 1, 0), "seed", "the `seed` for a scenario file that names none")
	f.BoolVar(&o.json, "json", false, "print one JSON object")
	return c
}

// jsonCause is a cause as a program reads it.
type jsonCause struct {
	Token   string          `json:"token"`
	Reason  string          `json:"reason"`
	Point   scenarios.Event `json:"point"`
	Finding uint64          `json:"finding"`
	Saved   string          `json:"saved"` // the token of a run that is the same up to the point, and holds
	Needed  []string        `json:"needed"`
	Runs    int             `json:"runs"`
}

func cause(o runOptions, args []string, out io.Writer) error {
	all, err := asksFor(o, args)
	if err != nil {
		return usage(err)
	}
	story.Tune()
	a := all[0]
	b := bar(o.json, 0, "runs")
	c, err := scenarios.FindCause(a.Token, func(int) { b.Add(1) })
	b.End()
	if err != nil {
		return err
	}
	if o.json {
		return json.NewEncoder(out).Encode(jsonCause{a.String(), c.Reason, c.Point, c.Finding, c.Saved.String(), c.Needed,
			c.Runs})
	}
	for _, line := range c.Lines() {
		fmt.Fprintln(out, line)
	}
	a.Hash, a.Step = 0, c.Point.Event
	fmt.Fprintf(out, "\nnext    gregor step %s   that moment\n        gregor why %s   what caused it\n", a.Arg(), a.Arg())
	return nil
}
