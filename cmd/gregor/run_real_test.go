package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/checkers/history"
	"gregor/cmd/internal/live"
	"gregor/core/env"
	"gregor/scenarios"
)

// told parses a story and gives it a seed.
func told(t *testing.T, text string) scenarios.Token {
	t.Helper()
	s, err := scenarios.Parse("story", text)
	require.NoError(t, err)
	return scenarios.Token{Scenario: s, Text: text, Seed: 1}
}

// happens runs a story with processes of this very program.
func happens(t *testing.T, token scenarios.Token, in func(*live.World) scenarios.World) scenarios.Result {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	var w *live.World
	defer func() { w.Close() }()
	return scenarios.DoIn(token, func(tell func(history.Stamped)) scenarios.World {
		w = live.New(context.Background(), live.Options{Program: self, Dir: t.TempDir()}, tell)
		return in(w)
	})
}

func asItIs(w *live.World) scenarios.World { return w }

// acknowledged counts the records whose write was acknowledged to a run's producers.
func acknowledged(r scenarios.Result) (n int) {
	for _, s := range r.History.Facts {
		if f, ok := s.Fact.(env.ProduceReturned); ok && f.Outcome == env.OK {
			n++
		}
	}
	return n
}

// TestBothWorldsAgree: the same file, with each fault that both worlds know, comes to the same verdict, in the
// simulator and with real processes.
func TestBothWorldsAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("takes twelve seconds of real time")
	}
	token := told(t, `
cluster brokers=3 controllers=1
topic orders partitions=1 min.insync.replicas=2
producer p1 topic=orders rate=200/s
consumer c1 group=billing topic=orders auto.offset.reset=earliest
at 1s crash leader(orders-0) for 1500ms
at 3500ms partition leader(orders-0) | broker for 1s
at 4500ms pause c1 for 500ms
at 5s pause follower(orders-0) for 500ms
at 6s reset p1
at 6500ms restart controller
run 7s
expect safe`)
	simulated, real := scenarios.Do(token, scenarios.Options{}), happens(t, token, asItIs)
	for world, r := range map[string]scenarios.Result{worldSim: simulated, worldReal: real} {
		require.Equal(t, scenarios.Holds, r.Verdict, "%s: %s\n%s", world, r.Sentence,
			strings.Join(scenarios.Timeline(r), "\n"))
		require.Greater(t, acknowledged(r), 1000, world)
		require.Len(t, r.History.Faults, 1, world)
		require.NotEmpty(t, r.History.Logs[0].Entries, world)
		require.True(t, r.History.Drained, world)
	}
}

// forgetful is a world in which a server that was killed comes back without the second half of its partitions' logs: no
// process loses what it has written when it is killed, so no configuration permits this loss.
type forgetful struct {
	*live.World
	dir string
}

func (f forgetful) Restart(name string) {
	logs, _ := filepath.Glob(filepath.Join(f.dir, name, "orders-*", "*.log")) // the pattern is well formed
	for _, l := range logs {
		if info, err := os.Stat(l); err == nil {
			_ = os.Truncate(l, info.Size()/2) // if it fails nothing is found, and the test says so
		}
	}
	f.World.Restart(name)
}

// TestARealLossIsFound: real processes that lose what they acknowledged are found out, and nothing excuses them.
func TestARealLossIsFound(t *testing.T) {
	token := told(t, `
cluster brokers=1
topic orders partitions=1
producer p1 topic=orders rate=200/s
consumer c1 group=billing topic=orders auto.offset.reset=earliest
at 1s crash b1 for 200ms
run 2s
expect safe`)
	dir := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	var w *live.World
	defer func() { w.Close() }()
	r := scenarios.DoIn(token, func(tell func(history.Stamped)) scenarios.World {
		w = live.New(context.Background(), live.Options{Program: self, Dir: dir}, tell)
		return forgetful{w, dir}
	})
	require.Equal(t, scenarios.Broken, r.Verdict, r.Sentence)
	var lost int
	for _, f := range r.Findings {
		if f.Check == "acked-loss" {
			lost++
			require.True(t, f.Bug(), f.String())
		}
	}
	require.Positive(t, lost, "%v", r.Findings)
}

// TestOnlyTheSimulatorCan: what no process can be made to suffer is refused before anything starts.
func TestOnlyTheSimulatorCan(t *testing.T) {
	dir := t.TempDir()
	for line, says := range map[string]string{
		"at 1s power-cut b1":                      "s:2: power-cut b1: only the simulator can do that",
		"at 1s clock b1 +2h":                      "s:2: clock b1 +2h: only the simulator can do that",
		"at 1s hold b1 | c1":                      "s:2: hold b1 | c1: only the simulator can do that",
		"random drift b1 +2ppm every 1s":          "s:2: drift b1 +2ppm: only the simulator can do that",
		"network latency=1ms":                     "s:2: network latency: only the simulator can do that",
		"disk sync=1ms":                           "s:2: disk sync: only the simulator can do that",
		"swarm":                                   "swarm: only the simulator can do that",
		"at 1s disk b1 fail-syncs=1":              "s:2: disk b1 fail-syncs=1: only the simulator can do that",
		"at 1s network latency=1ms if survivable": "s:2: network latency=1ms: only the simulator can do that",
	} {
		file := filepath.Join(dir, "s.scenario")
		require.NoError(t, os.WriteFile(file, []byte("cluster brokers=1\n"+line+"\nadmin c1 do=create-topic topic=a\n"),
			0o600))
		_, stderr, code := gregor(t.Context(), "", "run", file, "--world", "real")
		require.Equal(t, exitUsage, code, line)
		require.Contains(t, stderr, says, line)
	}
	for _, flag := range []string{"--twice", "--trace=t", "--html=d"} {
		_, stderr, code := gregor(t.Context(), "", "run", "failover", "--world", "real", flag)
		require.Equal(t, exitUsage, code, flag)
		require.Contains(t, stderr, flag[:6])
	}
	_, stderr, code := gregor(t.Context(), "", "run", "--world", "moon")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "write sim or real")
}

// TestRealClientsLeaveAndComeBack: clients that are shut down, restarted, killed at once or late are there again, with
// what the language can say about them. Each consumer is alone in its group: the lag comes down to 0 only if the
// consumer reads in its second life what p1 has sent since, however long each life took to join.
func TestRealClientsLeaveAndComeBack(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds of real time")
	}
	r := happens(t, told(t, `
topic orders partitions=2
producer p1 topic=orders rate=50/s
producer p2 topic=orders value=x1,x2,x3 key=a,b partition=1 rate=1/s start=2s
consumer c1 group=billing topic=orders auto.offset.reset=earliest
consumer c2 group=shipping topic=orders auto.offset.reset=earliest
at 0s crash p1 for 500ms
at 1s say "c2 leaves the group"
at 1s shutdown c2 for 2s
at 3500ms crash p2 for 1s
at 5s restart c1
at 6s expect leader(orders-0) = b1
run 8s
expect acked(p2) = 3
expect lag(billing) = 0
expect lag(shipping) = 0
expect failed(p2) = 0`), asItIs)
	require.Equal(t, scenarios.Holds, r.Verdict, "%s\n%s", r.Sentence, strings.Join(scenarios.Timeline(r), "\n"))
	for _, c := range []string{"c1", "c2"} {
		joined := membersOf(r, c)
		require.Len(t, joined, 2, "%s has two lives; as members of its group: %v", c, joined)
		require.Len(t, joined[1], 1, "%s is one member of its group in its second life: %v", c, joined)
		require.NotContains(t, joined[0], joined[1][0], "%s joins its group again in its second life", c)
	}
}

// membersOf lists, for each life of a consumer that has ended, the member ids under which partitions were assigned to
// it.
func membersOf(r scenarios.Result, client string) (lives [][]string) {
	var life []string
	for _, s := range r.History.Facts {
		switch f := s.Fact.(type) {
		case env.PartitionsAssigned:
			if f.Client == client && !slices.Contains(life, f.Member) {
				life = append(life, f.Member)
			}
		case env.ClientClosed:
			if f.Client == client {
				lives, life = append(lives, life), nil
			}
		}
	}
	return lives
}
