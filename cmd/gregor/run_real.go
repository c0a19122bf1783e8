package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"gregor/checkers/history"
	"gregor/cmd/internal/live"
	"gregor/cmd/internal/progress"
	"gregor/cmd/internal/story"
	"gregor/scenarios"
)

// The worlds a scenario can happen in.
const (
	worldSim  = "sim"
	worldReal = "real"
)

// runReal runs tokens with real processes, one after the other.
func runReal(ctx context.Context, o runOptions, tokens []story.Run, out io.Writer) error {
	if err := refuseReal(o, tokens); err != nil {
		return usage(err)
	}
	ctx, stop := signal.NotifyContext(orBackground(ctx), os.Interrupt, syscall.SIGTERM)
	defer stop()
	worst := scenarios.Holds
	for _, t := range tokens {
		fmt.Fprintf(os.Stderr, "%s: %s of real time with faults, and some more to start, to recover and to read everything\n",
			t.Scenario.Name, t.Scenario.Run)
		verdict, err := realOne(ctx, o, t.Token, out)
		if err != nil {
			return err
		}
		if worse(verdict, worst) {
			worst = verdict
		}
	}
	return exitOf(worst)
}

// refuseReal reports what only the simulator can do, before anything is started.
func refuseReal(o runOptions, tokens []story.Run) error {
	switch {
	case !live.Possible:
		return errors.New("--world real: this operating system cannot pause and resume a process")
	case o.trace != "":
		return errors.New("--trace: only the simulator records every event; use --world sim")
	case o.twice:
		return errors.New("--twice: no two runs of real processes are the same; use --world sim")
	case o.html != "":
		return errors.New("--html: only for simulated runs; use --world sim")
	}
	for _, t := range tokens {
		if t.Hash != 0 || t.Step != 0 {
			return fmt.Errorf("%s: a run of real processes has neither a hash nor numbered events; write %s@%d", t.Label(),
				t.Scenario.Name, t.Seed)
		}
		if err := t.Scenario.OnlySimulated(); err != nil {
			return err
		}
	}
	return nil
}

// realOne runs one token with real processes. Their files stay if something was wrong.
func realOne(ctx context.Context, o runOptions, t scenarios.Token, out io.Writer) (scenarios.Verdict, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "gregor-run-")
	if err != nil {
		return "", err
	}
	bar := bar(o.json, 0, "s")
	bar.Describe("%s with real processes", t.Scenario.Name)
	r := inProcesses(ctx, live.Options{Program: self, Dir: dir}, t, bar)
	bar.End()
	if r.Verdict == scenarios.Holds || ctx.Err() != nil {
		err = os.RemoveAll(dir)
	}
	if ctx.Err() != nil {
		return "", errors.Join(errors.New("stopped; nothing is left behind"), err)
	}
	if err != nil {
		return "", err
	}
	if o.json {
		j := toJSON(r)
		j.Token, j.Hash, j.World = "", "", worldReal
		return r.Verdict, json.NewEncoder(out).Encode(j)
	}
	printReal(out, r, dir)
	return r.Verdict, nil
}

// inProcesses runs a token in a world of its own, of which nothing runs on afterwards.
func inProcesses(ctx context.Context, o live.Options, t scenarios.Token, bar *progress.Bar) scenarios.Result {
	var w *live.World
	defer func() { w.Close() }()
	return scenarios.DoIn(t, func(tell func(history.Stamped)) scenarios.World {
		w = live.New(ctx, o, func(s history.Stamped) {
			bar.Set(int64(s.At) / int64(time.Second))
			tell(s)
		})
		return w
	})
}

func printReal(out io.Writer, r scenarios.Result, dir string) {
	for _, line := range scenarios.Timeline(r) {
		fmt.Fprintln(out, line)
	}
	took := time.Duration(r.Stats.VirtualNanos)
	story.Verdict(out, r, fmt.Sprintf("world real, seed %d, %d facts in %s", r.Token.Seed, r.Stats.Events,
		took.Round(time.Millisecond)))
	if r.Verdict != scenarios.Holds {
		fmt.Fprintf(out, "\nfiles and logs of all processes are left in %s\n", dir)
	}
	fmt.Fprintf(out, "\nno token: a run of real processes cannot be replayed; with --world sim --seed %d the same scenario can\n", r.Token.Seed)
}
