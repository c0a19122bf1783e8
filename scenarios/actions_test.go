package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/checkers/history"
	"gregor/core/env"
)

// kinds are a node of each kind there is.
var kinds = []string{"b2", "k1", "p1", "c1", "a1"}

// everyKind is a scenario with one node of each kind, all of them alive and at work until the end.
const everyKind = `cluster brokers=3 controllers=3
topic orders replication.factor=3 min.insync.replicas=2
producer p1 topic=orders rate=50/s
consumer c1 group=billing topic=orders auto.offset.reset=earliest session.timeout.ms=6000
admin a1 do=create-topic topic=late at=15s
run 20s
`

// arguments are what stands after the nodes of an action.
var arguments = map[string]string{"partition": " | rest", "hold": " | rest", "clock": " +1h", "drift": " +200ppm",
	"disk":     " stall=100ms",
	"slow-cpu": " 100us", "slow-link": " | rest latency=2ms", "slow-reader": " 100KiB/s", "bit-rot": " orders-0"}

// TestEveryActionActsOnEveryKindOfNode: it is refused when it is read, or it acts, and what it took down is back at
// work when it is over.
func TestEveryActionActsOnEveryKindOfNode(t *testing.T) {
	for _, a := range verbs {
		if a.on == onCluster {
			continue
		}
		for _, n := range kinds {
			t.Run(a.name+" "+n, func(t *testing.T) {
				t.Parallel()
				line := a.name + " " + n + arguments[a.name]
				if a.lasts {
					line += " for 2s"
				}
				if a.name == "resume" {
					line = "pause " + n + "\nat 6s " + line
				}
				text := everyKind + "at 5s " + line
				s, err := Parse("x", text)
				if a.on == onServers && !isServerName(n) {
					require.ErrorContains(t, err, "a client has no disk")
					return
				}
				require.NoError(t, err)
				r := Do(Token{Scenario: s, Text: text, Seed: 1}, Options{})
				require.Equal(t, Holds, r.Verdict, r.Sentence)
				for _, d := range r.Faults {
					require.NotContains(t, d.Text, "no effect", text)
				}
				wantAgain(t, r, a.name, n)
			})
		}
	}
}

// wantAgain checks that a node is at work after the action is over, and whether as a new incarnation.
func wantAgain(t *testing.T, r Result, verb, n string) {
	v := verbOf(verb)
	anew := v.story.state == down || slices.Contains([]string{"shutdown", "restart"}, verb)
	if anew || v.costs == nil { // what may end the process need not
		require.Equal(t, anew, starts(r, n) > 1, "%s %s: it started %d times", verb, n, starts(r, n))
	}
	over := r.Begin.Add(8e9)
	require.True(t, slices.ContainsFunc(r.History.Facts, func(s history.Stamped) bool {
		return s.Node == n && s.At > over
	}), "%s %s: it emits nothing any more", verb, n)
}

// starts counts the incarnations of a node that have done something: values of a producer's later lives have a number
// of their own, and a consumer that starts asks for its position again.
func starts(r Result, n string) int {
	lives := map[string]bool{}
	for _, s := range r.History.Facts {
		if s.Node != n {
			continue
		}
		switch f := s.Fact.(type) {
		case env.Started:
			lives[fmt.Sprint(s.Event)] = true
		case env.ProduceCalled:
			lives[f.Value[:strings.IndexByte(f.Value, '-')]] = true
		case env.PartitionsAssigned:
			lives[f.Member] = true
		case env.ClientClosed, env.ClientCrashed:
			if n == "a1" && s.At < r.Begin.Add(14e9) { // before its command: it has to come back for that
				lives["gone"] = true
			}
		case env.AdminReturned:
			lives["returned"] = true
		}
	}
	return len(lives)
}

// TestAnActionAtTheBeginningFindsTheClients: at 0s they are there.
func TestAnActionAtTheBeginningFindsTheClients(t *testing.T) {
	for _, verb := range []string{"crash", "shutdown", "power-cut", "pause"} {
		for _, n := range []string{"p1", "c1", "a1"} {
			text := everyKind + "at 0s " + verb + " " + n + " for 2s"
			r := Do(Token{Scenario: parsed(t, text), Text: text, Seed: 1}, Options{})
			require.Equal(t, Holds, r.Verdict, "%s: %s", text, r.Sentence)
			for _, d := range r.Faults {
				require.NotContains(t, d.Text, "no effect", text)
			}
			for _, s := range r.History.Facts { // it is away, or stands still; a polite leave takes a while
				if verb == "shutdown" {
					break
				}
				_, ends := s.Fact.(env.ClientClosed)
				_, dies := s.Fact.(env.ClientCrashed)
				if s.Node == n && s.At > r.Begin && s.At < r.Begin.Add(2e9) {
					require.True(t, ends || dies, "%s %s: but it emits %s", verb, n, env.Describe(s.Fact))
				}
			}
		}
	}
}

// TestWhatHasNoEffectSaysSo: the fault record names the node and the reason, and nothing is undone that was not done.
func TestWhatHasNoEffectSaysSo(t *testing.T) {
	for _, c := range []struct{ steps, want string }{
		{"at 2s crash b2 for 5s\nat 3s crash b2 for 1s", "crash b2 for 1s: no effect, b2 is down"},
		{"at 2s shutdown c1 for 5s\nat 4s pause c1 for 1s", "pause c1 for 1s: no effect, c1 is down"},
		{"at 3s resume c1", "resume c1: no effect, c1 is not paused"},
		{"at 16s crash a1 for 1s", "crash a1 for 1s: no effect, a1 has ended by itself"},
		{"at 16s restart a1", "restart a1: no effect, a1 has ended by itself"},
		{"at 2s crash b2 for 5s\nat 3s reset b2,b3", "reset b2,b3: some are left alone, b2 is down"},
		{"at 3s crash leader(late-0) for 1s", "crash leader(late-0) for 1s: no effect, no node is leader(late-0) now"},
	} {
		text := everyKind + c.steps
		r := Do(Token{Scenario: parsed(t, text), Text: text, Seed: 1}, Options{})
		require.Equal(t, Holds, r.Verdict, "%s: %s", text, r.Sentence)
		var texts []string
		for _, d := range r.Faults {
			texts = append(texts, d.Text)
		}
		require.Contains(t, texts, c.want)
	}
}

// TestUndoingLeavesWhatCameSince: a step that is over takes back its own change only.
func TestUndoingLeavesWhatCameSince(t *testing.T) {
	down := func(steps string, from, till int64) (told bool) {
		text := everyKind + steps
		r := Do(Token{Scenario: parsed(t, text), Text: text, Seed: 1}, Options{})
		require.Equal(t, Holds, r.Verdict, "%s: %s", text, r.Sentence)
		return slices.ContainsFunc(r.History.Facts, func(s history.Stamped) bool {
			return s.Node == "c1" && s.At > r.Begin.Add(0).Add(timeOf(from)) && s.At < r.Begin.Add(timeOf(till))
		})
	}
	require.False(t, down("at 2s crash c1 for 3s\nat 3s restart c1\nat 4s crash c1 for 6s", 4e9+1, 10e9-1),
		"the first crash's end brings it back")
	require.False(t, down("at 2s pause c1 for 3s\nat 3s resume c1\nat 4s pause c1 for 6s", 4e9+1, 10e9-1),
		"the first pause's end lets it go on")
	require.False(t, down("at 2s restart c1\nat 2s shutdown c1 for 8s", 3e9, 10e9-1) &&
		down("at 2s shutdown c1 for 8s\nat 2s restart c1", 3e9, 10e9-1), "either comes second")
}
