package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"gregor/cmd/internal/stepper"
	"gregor/cmd/internal/story"
	"gregor/cmd/internal/terminal"
)

func stepCommand() *cobra.Command {
	var o runOptions
	var plain bool
	c := &cobra.Command{
		Use:   "step [SCENARIO | FILE.scenario | TOKEN]",
		Short: "Step through a run in a terminal: forward, back, into nodes, into branches",
		Long: `Step through a run: event by event, to the next leader, ISR change or finding, to a time, and back. Look into nodes,
partitions and groups, ask why an event happened, and make faults happen by hand: each goes into a branch of its own,
which is a scenario with one more line and has a token. A token that names an event opens there.

--plain reads one command a line and writes lines only, for scripts and screen readers. Its commands:

` + helpText(),
		Example: `  gregor step tour
  gregor step 'storm@17#9791'
  printf 'n leader\nv orders-0\nw\n' | gregor step tour --plain`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.seeded = cmd.Flags().Changed("seed")
			return step(o, plain, args, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	f := c.Flags()
	f.Var(atLeast(&o.seed, 1, 0), "seed", "the `seed` of the run, unless the scenario names one")
	f.BoolVar(&plain, "plain", false, "read commands and write lines, as where input or output is no terminal")
	return c
}

func helpText() string {
	text := ""
	for _, line := range stepper.Help() {
		text += line + "\n"
	}
	return text
}

func step(o runOptions, plain bool, args []string, in io.Reader, out io.Writer) error {
	all, err := asksFor(o, args)
	if err != nil {
		return usage(err)
	}
	if len(all) > 1 {
		return usage(fmt.Errorf("%s has %d seeds: name one with --seed", brief(args[0]), len(all)))
	}
	story.Tune()
	s := stepper.New(all[0])
	if !plain && terminal.Is(in) && terminal.Is(out) {
		return s.Full(in, out)
	}
	return s.Plain(in, out)
}
