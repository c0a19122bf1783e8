// Command gregor is a Kafka-compatible broker that runs in two worlds: on real sockets and files, and inside a
// seeded simulator that breaks things while checkers watch.
//
//tidy:size every command with its flags; the work is in packages of its own where it is large
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"gregor/cmd/internal/terminal"
	"gregor/core/near"
	"gregor/scenarios"
)

// Exit codes. A run that judges ends with one of these; see `gregor run --help`.
const (
	exitHolds            = 0
	exitFailed           = 1 // a command could not do what it was asked
	exitCrashed          = 2
	exitStuck            = 3
	exitBroken           = 4
	exitNondeterministic = 5
	exitUsage            = 64
)

// exitError ends the process with a code of its own.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil { // everything has been said
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}
func (e *exitError) Unwrap() error { return e.err }

func main() {
	err := command().Execute()
	if err == nil {
		return
	}
	code := exitFailed
	var e *exitError
	if errors.As(err, &e) {
		code, err = e.code, e.err
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gregor:", terminal.Sentence(err))
	}
	os.Exit(code)
}

// knownCommand refuses a word that is no command, and suggests the one that was probably meant.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	fix := "see: gregor --help"
	if _, isScenario := scenarios.Embedded(args[0]); isScenario {
		fix = "did you mean: gregor run " + args[0] + "?"
	} else if meant := near.Name(args[0], names); meant != "" {
		fix = fmt.Sprintf("did you mean %q?", meant)
	}
	return usage(fmt.Errorf("unknown command %q; %s", args[0], fix))
}

// usage makes an error of the command line.
func usage(err error) error { return &exitError{exitUsage, err} }

func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "gregor",
		Short: "A Kafka-compatible broker, and a simulator that runs the very same code",
		Long: `Gregor is a Kafka-compatible broker whose core is a deterministic state machine.

  gregor           takes a simulated cluster through a leader crash, a partition and a power cut, and judges it
  gregor serve     runs it on real sockets and files, for any Kafka client
  gregor run       runs it in a seeded simulator, breaks things, and judges what came of it
  gregor hunt      does so with many seeds, and shrinks what breaks to a small story

Every simulated run has a token; the same token is the same run, byte for byte, on any machine.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { // without a word: the tour
			return run(cmd.Context(), runOptions{seed: 1}, nil, cmd.OutOrStdout())
		},
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage(fmt.Errorf("%w\nsee: %s --help", err, c.CommandPath()))
	})
	root.AddCommand(serveCommand(), runCommand(), huntCommand(), shrinkCommand(), causeCommand(), whyCommand(),
		uiCommand(), stepCommand(), quorumCommand(), topicCommand(), produceCommand(), consumeCommand(), groupCommand(),
		configCommand(), dumpCommand(), straysCommand(), benchCommand(), versionCommand(), scenarioHelp(), traceHelp())
	return root
}
