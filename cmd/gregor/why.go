package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"gregor/cmd/internal/story"
	"gregor/scenarios"
	"gregor/sim"
)

func whyCommand() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "why TOKEN#EVENT | FILE.scenario@SEED#EVENT",
		Short: "Explain an event of a run: what caused it, and what it led to",
		Long: `Explain an event of a run: the chain of causes back to a fault or a start, and what the event led to.

Every cause is the event in whose step the next one was asked for: a message was sent, a disk operation was submitted,
a timer was set. Under each event stand the facts that the node reported in its step. Stories, findings and traces show
the numbers of events.`,
		Example: `  gregor why 'tour@1#9000'
  gregor why 'my.scenario@3#1187' --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return why(o, args, cmd.OutOrStdout()) },
	}
	c.Flags().BoolVar(&o.json, "json", false, "print one JSON object")
	return c
}

// jsonWhy is an explanation as a program reads it.
type jsonWhy struct {
	Token   string             `json:"token"`
	Version int                `json:"version"`
	Causes  []scenarios.Event  `json:"causes"` // the event itself is the first
	Effects []scenarios.Effect `json:"effects"`
}

func why(o runOptions, args []string, out io.Writer) error {
	all, err := asksFor(o, args)
	if err != nil {
		return usage(err)
	}
	token := all[0].Token
	if token.Step == 0 {
		return usage(fmt.Errorf("%s names no event: write %s#EVENT", brief(args[0]), brief(args[0])))
	}
	story.Tune()
	r := scenarios.Do(token, scenarios.Options{Trace: sim.TraceAll})
	events := scenarios.EventsOf(r)
	causes := scenarios.Why(events, token.Step)
	if len(causes) == 0 {
		return usage(fmt.Errorf("the run has no event #%d; the last is #%d", token.Step, r.Stats.Events))
	}
	if o.json {
		return json.NewEncoder(out).Encode(jsonWhy{token.String(), scenarios.EventsVersion, causes,
			scenarios.Effects(events, token.Step)})
	}
	for _, line := range scenarios.Explain(events, token.Step) {
		fmt.Fprintln(out, line)
	}
	return nil
}
