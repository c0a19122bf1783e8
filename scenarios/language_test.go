package scenarios_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/scenarios"
)

// cluster3 is where each of the stories below happens.
const cluster3 = `cluster brokers=3 controllers=3
topic orders replication.factor=3 min.insync.replicas=2
producer p1 topic=orders rate=50/s
consumer c1 group=billing topic=orders auto.offset.reset=earliest
run 12s
`

func do(t *testing.T, text string) scenarios.Result {
	t.Helper()
	return scenarios.Do(parse(t, "x", text), scenarios.Options{})
}

// TestConditions: each holds, and is broken by what is put in its place.
func TestConditions(t *testing.T) {
	for _, c := range []struct{ steps, condition, instead, sentence string }{
		{"", "at 4s expect isr(orders-0) = b3 b1,b2", "at 4s expect isr(orders-0) = b1 b2",
			"expected at 4s isr(orders-0) = b1 b2, but it was b1 b2 b3"},
		{"at 3s crash b2 for 5s", "at 7s expect isr(orders-0) = b1 b3", "at 7s expect isr(orders-0) != b1 b3",
			"expected at 7s isr(orders-0) != b1 b3, but it was b1 b3"},
		{"at 3s crash leader(orders-0) for 5s", "expect epoch(orders-0) >= 1", "expect epoch(orders-0) = 0",
			"expected epoch(orders-0) = 0, but it was "},
		{"at 3s partition broker | controllers for 1s", "expect leader(orders-0) != none", "expect leader(orders-0) = none",
			"expected leader(orders-0) = none, but it was b"},
		{"", "expect replicas(orders-0) = b1 b2 b3", "expect replicas(orders-0) = b1", "but it was b1 b2 b3"},
		{"at 3s crash k1,k2,k3 for 4s", "at 5s expect isr(orders-0) = b1 b2 b3", "at 5s expect isr(orders-0) = none",
			"but it was b1 b2 b3"},
		{"", "expect controller != none", "expect controller = b1", "expected controller = b1, but it was k"},
		{"", "expect coordinator(billing) != none", "expect coordinator(billing) = none",
			"expected coordinator(billing) = none"},
		{"", "at 4s expect members(billing) = 1", "at 4s expect members(billing) > 1",
			"expected at 4s members(billing) > 1, but it was 1"},
		{"at 4s shutdown c1 for 4s", "at 6s expect members(billing) = 0", "at 6s expect members(billing) = 1",
			"but it was 0"},
		{"at 4s pause c1 for 4s", "at 7s expect lag(billing) >= 100", "at 7s expect lag(billing) < 100",
			"expected at 7s lag(billing) < 100, but it was "},
		{"", "expect lag(billing) <= 0", "expect lag(billing) > 1000", "expected lag(billing) > 1000, but it was 0"},
		{"", "expect acked(p1) >= 500", "expect acked(orders) < 500", "expected acked(orders) < 500, but it was "},
		{"", "expect read(billing) >= 500", "expect read(c1) < 500", "expected read(c1) < 500, but it was "},
		{"admin a1 do=create-partitions topic=orders partitions=2", "expect failed(a1) = 0", "expect acked(a1) = 0",
			"expected acked(a1) = 0, but it was 1"},
		{"admin a1 do=delete-topic topic=gone\nadmin a2 do=create-topic topic=gone at=11s", "expect failed(a1) = 1",
			"expect failed(a1) = 0", "expected failed(a1) = 0, but it was 1"},
	} {
		r := do(t, cluster3+c.steps+"\n"+c.condition)
		require.Equal(t, scenarios.Holds, r.Verdict, "%s\n%s: %s", c.steps, c.condition, r.Sentence)
		r = do(t, cluster3+c.steps+"\n"+c.instead)
		require.Equal(t, scenarios.Broken, r.Verdict, "%s\n%s", c.steps, c.instead)
		require.Contains(t, r.Sentence, c.sentence)
		require.Equal(t, strings.TrimPrefix(strings.Replace(c.instead, "expect ", "", 1), "expect "),
			strings.TrimPrefix(r.Reason(), "expected "), "a reason names no value of this run")
	}
}

// TestConditionsAreRefused before the run, where they can never be judged.
func TestConditionsAreRefused(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"expect leadr(orders-0) = b1", `"leadr(orders-0)": unknown subject; did you mean "leader"?`},
		{"expect leader(orders-0)", "not a condition; write: expect isr(orders-0) = b2 b3"},
		{"expect leader(orders-0) =", "no node follows"},
		{"expect leader(orders-0) = b4", `"b4": unknown server`},
		{"expect leader(orders-0) = p1", `"p1": unknown server`},
		{"expect leader(orders-0) < b1", `"<": leader is a set of nodes; compare with = or !=`},
		{"expect leader(orders-3) = b1", "orders has 1 partition"},
		{"expect leader = b1", "the argument is missing; write: leader(TOPIC-N)"},
		{"expect controller(orders-0) = k1", "controller takes no argument"},
		{"expect lag(biling) = 0", `did you mean "billing"?`},
		{"expect lag(billing) = few", "want a whole number"},
		{"expect lag(billing) = 1 2", "needs one number"},
		{"expect acked(p2) = 1", `"acked(p2)": unknown name`},
		{"at 13s expect lag(billing) = 0", `is after the end of the run, 12s`},
		{"at 3s expect lag(billing) = 0 in some of 5 seeds", "needs one number"},
		{"random expect lag(billing) = 0 every 2s", "expect"},
		{"random say hello every 2s", `"say": needs a time of its own`},
		{"at 3s say", "what it says is missing"},
		{"at 3s say hello world", `"world": unexpected word after the statement`},
		{`at 3s say ""`, "the text is empty"},
		{`at 3s say "a" for 5s`, "say has no duration"},
		{"expect safe in some of 5 seeds", `"safe": cannot be expected of some seeds`},
		{"expect at-least-once in some of 5 seeds", `"at-least-once": cannot be expected of some seeds`},
		{"expect acked-loss in some of 1 seeds", "want a whole number from 2"},
		{"expect acked-loss in some of seeds", "not a condition"},
	} {
		_, err := scenarios.Parse("x", cluster3+c.line)
		require.Error(t, err, c.line)
		require.Contains(t, err.Error(), "x:6: ", c.line)
		require.Contains(t, err.Error(), c.want, c.line)
	}
}

// TestUnavailableMustHappen: what is expected and does not happen breaks the scenario.
func TestUnavailableMustHappen(t *testing.T) {
	r := do(t, cluster3+"expect unavailable")
	require.Equal(t, scenarios.Broken, r.Verdict)
	require.Equal(t, "expected unavailable, but it did not happen", r.Sentence)
}

// TestLateClients: a client of any kind starts at its time and not before, and a step can start it earlier.
func TestLateClients(t *testing.T) {
	late := func(client, steps string, from env.Instant) (first env.Instant) {
		r := do(t, cluster3+client+"\n"+steps)
		require.Equal(t, scenarios.Holds, r.Verdict, "%s: %s", client, r.Sentence)
		for _, s := range r.History.Facts {
			if strings.HasPrefix(s.Node, "late") {
				return s.At - r.Begin
			}
		}
		t.Fatalf("%s: it has emitted nothing", client)
		return 0
	}
	for _, client := range []string{
		"producer late topic=orders start=5s", "consumer late group=other topic=orders start=5s",
		"admin late do=end-offset topic=orders start=5s",
		"producer late topic=orders value=a,b start=5s",
	} {
		require.InDelta(t, 5e9, int64(late(client, "", 0)), 1e9, client)
		require.InDelta(t, 2e9, int64(late(client, "at 2s restart late", 0)), 1e9, client)
		require.InDelta(t, 5e9, int64(late(client, "at 2s crash late for 1s", 0)), 1e9, client)
	}
}

// TestGivenRecords are sent as they are written, each once, also by a producer that is killed in between.
func TestGivenRecords(t *testing.T) {
	const given = `producer p2 topic=prices key=apple,pear value=10,12,"1 1",9 partition=0,2 rate=1/s` + "\n"
	for _, steps := range []string{"", "at 1500ms crash p2 for 1s\n",
		"at 1500ms shutdown p2 for 1s\nat 3500ms restart p2\n"} {
		r := do(t, cluster3+"topic prices partitions=3\n"+given+steps+"expect acked(p2) = 4")
		require.Equal(t, scenarios.Holds, r.Verdict, "%s: %s", steps, r.Sentence)
		var got []string
		for _, l := range r.History.Logs {
			for _, e := range l.Entries {
				if l.Topic == "prices" && !strings.HasPrefix(e.Value, "probe") {
					got = append(got, l.String()+" "+e.Key+"="+e.Value)
				}
			}
		}
		require.Equal(t, []string{"prices-0 apple=10", "prices-0 apple=1 1", "prices-2 pear=12", "prices-2 pear=9"}, got,
			steps)
	}
	require.Equal(t, scenarios.Broken, do(t, cluster3+"topic prices partitions=3\n"+given+"expect acked(p2) = 5").Verdict)
}

// TestSayStandsInTheTimeline, and changes nothing.
func TestSayStandsInTheTimeline(t *testing.T) {
	r := do(t, cluster3+`at 5s say "b1 is alone # now"`)
	require.Equal(t, scenarios.Holds, r.Verdict, r.Sentence)
	require.Contains(t, strings.Join(scenarios.Timeline(r), "\n"), `"b1 is alone # now"`)
}

// TestInSomeOfSeveralSeeds: one run neither needs it nor is broken by it; over the seeds it must come of one at least.
func TestInSomeOfSeveralSeeds(t *testing.T) {
	lossy := strings.Replace(cluster3, "rate=50/s", "rate=200/s acks=1 linger.ms=0", 1) +
		"network latency=1ms..20ms\nat 3s crash leader(orders-0) for 8s\n" +
		"allow inconsistent-offsets\nallow nonmonotonic-send\nallow duplicate\nexpect acked-loss in some of 8 seeds\n"
	sound := cluster3 + "expect acked-loss in some of 8 seeds\nexpect epoch(orders-0) > 0 in some of 8 seeds\n"
	for _, c := range []struct {
		text   string
		missed bool
	}{{lossy, false}, {sound, true}} {
		tok := parse(t, "x", c.text)
		require.EqualValues(t, 8, tok.Scenario.Seeds())
		counted := tok.Scenario.Sightings()
		for seed := range tok.Scenario.Seeds() {
			tok.Seed = seed + 1
			r := scenarios.Do(tok, scenarios.Options{})
			require.Equal(t, scenarios.Holds, r.Verdict, r.Sentence)
			for i := range counted {
				require.False(t, counted[i].Missed(), "not all were run yet")
				counted[i].Add(tok.Seed, r.Met(counted[i].Expectation))
			}
		}
		for _, m := range counted {
			require.Equal(t, c.missed, m.Missed(), "%s: %d of %d", m, m.Met, m.Runs)
		}
	}
}

// TestTheLanguageIsShrunk: what a failure does not need is taken away, what it needs stays.
func TestTheLanguageIsShrunk(t *testing.T) {
	const text = cluster3 + `topic prices
producer p2 topic=prices key=a,b value=1,2 start=2s
at 2s say "one"
at 3s crash b2 for 5s
at 4s say "two"
at 5s expect isr(orders-0) = b1 b3
at 6s expect isr(orders-0) = b1 b2 b3
expect lag(billing) = 0
expect acked-loss in some of 20 seeds
`
	s, err := scenarios.Shrink(parse(t, "x", text), scenarios.ShrinkOptions{Runs: 300},
		func(tok scenarios.Token) scenarios.Result {
			return scenarios.Do(tok, scenarios.Options{})
		})
	require.NoError(t, err)
	require.Equal(t, "expected at 6s isr(orders-0) = b1 b2 b3", s.Reason)
	for _, gone := range []string{"say", "isr(orders-0) = b1 b3", "lag", "in some of", "start=", "key=", "value="} {
		require.NotContains(t, s.Token.Text, gone)
	}
	require.Contains(t, s.Token.Text, "at 6s expect isr(orders-0) = b1 b2 b3")
	require.Contains(t, s.Token.Text, "crash b2")
}

// TestOnlySimulatedConditions are refused before a run of processes begins.
func TestOnlySimulatedConditions(t *testing.T) {
	for line, want := range map[string]string{
		"at 5s expect members(billing) = 1":     "x:6: expect members(billing) = 1: only the simulator can do that",
		"expect members(billing) = 1":           "x:6: expect members(billing) = 1: only the simulator can do that",
		"expect acked-loss in some of 20 seeds": "x:6: expect acked-loss in some of 20 seeds: only the simulator runs seeds",
		"at 5s expect lag(billing) <= 100":      "",
		`at 5s say "hello"`:                     "",
		"producer p2 topic=orders start=4s":     "",
	} {
		err := parse(t, "x", cluster3+line).Scenario.OnlySimulated()
		if want == "" {
			require.NoError(t, err, line)
			continue
		}
		require.ErrorContains(t, err, want)
	}
}

// TestAConsumerThatEndsByItselfIsNotCountedAsFine: it has read nothing, and the run used to hold.
func TestAConsumerThatEndsByItselfIsNotCountedAsFine(t *testing.T) {
	const fails = cluster3 + "consumer c2 group=other topic=orders auto.offset.reset=none\n"
	r := do(t, fails)
	require.Equal(t, scenarios.Broken, r.Verdict)
	require.Contains(t, r.Sentence, "client-failed")
	require.Contains(t, r.Sentence, "c2 closed by itself: orders-0 has no valid offset and auto.offset.reset=none")
	require.Equal(t, scenarios.Holds, do(t, fails+"expect client-failed").Verdict)
	require.Equal(t, scenarios.Broken, do(t, cluster3+"expect client-failed").Verdict)
}

// TestAStaticMemberThatIsReplacedIsFenced: that is an outcome of its own, so that a scenario can allow it and nothing
// else.
func TestAStaticMemberThatIsReplacedIsFenced(t *testing.T) {
	const both = cluster3 + "consumer s1 group=twice topic=orders group.instance.id=one\nconsumer s2 group=twice topic=orders group.instance.id=one start=3s\n"
	r := do(t, both)
	found := map[string]bool{} // and whether that is permitted
	for _, f := range r.Findings {
		found[f.Check] = f.Attributed != ""
	}
	require.True(t, found["client-fenced"], "%v", r.Findings)
	require.NotContains(t, found, "client-failed")
}
