package scenarios_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gregor/checkers"
	"gregor/scenarios"
)

func parse(t testing.TB, name, text string) scenarios.Token {
	t.Helper()
	s, err := scenarios.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return scenarios.Token{Scenario: s, Text: text, Seed: 1}
}

// pretend stands for a run: broken if the scenario has all of these lines, as the check called so.
func pretend(check string, lines ...string) func(scenarios.Token) scenarios.Result {
	return func(t scenarios.Token) scenarios.Result {
		for _, l := range lines {
			if !strings.Contains("\n"+t.Scenario.String(), "\n"+l) {
				return scenarios.Result{Token: t, Verdict: scenarios.Holds}
			}
		}
		f := checkers.Finding{Check: check, Sentence: "numbers differ: " + fmt.Sprint(len(t.Text)), Offset: -1}
		return scenarios.Result{Token: t, Scenario: t.Scenario, Verdict: scenarios.Broken, Sentence: f.String(),
			Findings: []checkers.Finding{f}}
	}
}

// many is a scenario with everything in it that can be taken away.
func many() string {
	text := `# A long story.
cluster brokers=3 log.flush.interval.messages=1 num.partitions=4
topic orders partitions=3 cleanup.policy=delete
topic idle partitions=9
producer p1 topic=orders rate=200/s keys=10
producer p2 topic=orders rate=50/s
consumer c1 group=billing topic=orders auto.offset.reset=earliest
network latency=1ms..5ms splits=3%
disk sync=2ms
swarm
random crash b1 every 1s..2s for 10ms..100ms
run 1m
expect safe
allow duplicate
allow poll-skip
`
	for i := range 40 {
		text += fmt.Sprintf("at %dms %s b%d for 7ms\n", 1013*i, []string{"crash", "pause", "power-cut"}[i%3], 1+i%3)
	}
	return text
}

func TestShrinkKeepsWhatIsNeeded(t *testing.T) {
	tok := parse(t, "many", many())
	// The 8th, 23rd and 30th step together, a client, a setting and a length are what this bug needs.
	needed := []string{"at 7.091s pause b2", "at 22.286s pause b2", "at 29.377s power-cut b3", "producer p2 topic=orders",
		"cluster brokers=3 log.flush.interval.messages=1"}
	s, err := scenarios.Shrink(tok, scenarios.ShrinkOptions{}, pretend("acked-loss", needed...))
	if err != nil {
		t.Fatal(err)
	}
	want := `# The smallest part of many that ends with verdict broken, acked-loss.
cluster brokers=3 log.flush.interval.messages=1
topic orders partitions=1
producer p2 topic=orders
at 7.091s pause b2 for 10ms
at 22.286s pause b2 for 10ms
at 29.377s power-cut b3 for 10ms
run 30s
seed 1
expect safe
`
	if s.Token.Text != want {
		t.Errorf("shrunk to\n%s\nwant\n%s", s.Token.Text, want)
	}
	if !s.Whole || s.Runs > 200 || s.Reason != "acked-loss" {
		t.Errorf("%d runs, whole %v, reason %q; about 40 steps should not take so many", s.Runs, s.Whole, s.Reason)
	}
	again, err := scenarios.ParseToken(s.Token.String())
	if err != nil || again.Text != want || again.Seed != 1 {
		t.Errorf("the token %s does not read back: %v", s.Token, err)
	}
}

// TestShrinkKeepsTheReason: a smaller scenario that breaks another promise is no shrunk one.
func TestShrinkKeepsTheReason(t *testing.T) {
	loss, other := pretend("acked-loss", "at 1.013s pause", "at 2.026s power-cut"), pretend("duplicate", "at 1.013s pause")
	run := func(tok scenarios.Token) scenarios.Result {
		if r := loss(tok); r.Verdict != scenarios.Holds {
			return r
		}
		return other(tok)
	}
	s, err := scenarios.Shrink(parse(t, "many", many()), scenarios.ShrinkOptions{}, run)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Token.Scenario.Steps); n != 2 || s.Result.Reason() != "acked-loss" {
		t.Errorf("shrunk to %d steps that come to %q, want 2 that come to acked-loss:\n%s", n, s.Result.Reason(),
			s.Token.Text)
	}
}

// TestShrinkTakesTheClusterDown: what needs no cluster ends on one broker, with its faults moved there; what needs a
// node that is a controller and nothing else keeps one; what needs two brokers keeps those, and no number of replicas
// above that.
func TestShrinkTakesTheClusterDown(t *testing.T) {
	text := strings.Replace(many(), "cluster brokers=3", "cluster brokers=5 controllers=3 racks=r1,r2", 1)
	text = strings.Replace(text, "cleanup.policy=delete", "replication.factor=3 min.insync.replicas=2", 1)
	text += "at 5s crash k3\nat 3s power-cut b5,b2\n"
	for _, c := range []struct {
		needs func(s *scenarios.Scenario) bool
		want  string
	}{
		{lines("at 7.091s pause", "at 29.377s power-cut"),
			"cluster brokers=1, at 7.091s pause b1 for 10ms, at 29.377s power-cut b1 for 10ms"},
		{lines("at 5s crash k"), "cluster brokers=1 controllers=1, at 5s crash k1"},
		{func(s *scenarios.Scenario) bool {
			return slices.ContainsFunc(s.Steps, func(st scenarios.Step) bool {
				return st.Action.Verb == "power-cut" && len(st.Action.Nodes) == 2
			})
		}, "cluster brokers=2, at 3s power-cut b1,b2"},
		{func(s *scenarios.Scenario) bool {
			return s.Cluster.Brokers > 1 && len(s.Topics[0].Settings) == 2
		}, "cluster brokers=2"},
	} {
		run := func(tok scenarios.Token) scenarios.Result {
			r := scenarios.Result{Token: tok, Scenario: tok.Scenario, Verdict: scenarios.Holds}
			if len(tok.Scenario.Topics) > 0 && c.needs(tok.Scenario) {
				r.Verdict, r.Sentence = scenarios.Broken, "acked-loss, event 1: gone"
			}
			return r
		}
		s, err := scenarios.Shrink(parse(t, "many", text), scenarios.ShrinkOptions{}, run)
		if err != nil {
			t.Fatal(err)
		}
		got := s.Token.Scenario.Cluster.String()
		for _, st := range s.Token.Scenario.Steps {
			got += ", " + st.String()
		}
		if got != c.want || strings.Contains(s.Token.Text, "=3") {
			t.Errorf("shrunk to %q, want %q:\n%s", got, c.want, s.Token.Text)
		}
	}
}

// lines reports whether a scenario has lines that begin like this.
func lines(all ...string) func(s *scenarios.Scenario) bool {
	return func(s *scenarios.Scenario) bool {
		return !slices.ContainsFunc(all, func(l string) bool { return !strings.Contains("\n"+s.String(), "\n"+l) })
	}
}

func TestShrinkStops(t *testing.T) {
	tok := parse(t, "many", many())
	run := pretend("acked-loss", "at 7.091s pause b2")
	s, err := scenarios.Shrink(tok, scenarios.ShrinkOptions{Runs: 9}, run)
	if err != nil || s.Runs != 9 || s.Whole {
		t.Errorf("stopped after %d runs (whole %v, %v), want 9", s.Runs, s.Whole, err)
	}
	asked := 0
	s, err = scenarios.Shrink(tok, scenarios.ShrinkOptions{Stop: func() bool { asked++; return asked > 5 }}, run)
	if err != nil || s.Runs > 7 || s.Whole {
		t.Errorf("stopped after %d runs (whole %v, %v), want at most 7", s.Runs, s.Whole, err)
	}
	if _, err := scenarios.Shrink(tok, scenarios.ShrinkOptions{}, pretend("acked-loss", "not there")); err == nil {
		t.Error("a run that holds is shrunk")
	}
}

// unflushed is a planted bug: a broker that flushes nothing, expected to be safe under everything that may happen.
const unflushed = `
cluster brokers=1
topic orders partitions=2
topic events partitions=1
producer p1 topic=orders rate=100/s keys=10
producer p2 topic=events rate=50/s
consumer c1 group=billing topic=orders auto.offset.reset=earliest
consumer c2 group=audit topic=events auto.offset.reset=earliest enable.auto.commit=false commit=after
swarm
random crash b1 every 2s..6s for 10ms..1s
random power-cut b1 every 2s..6s for 10ms..1s
random partition b1 | client every 2s..6s for 10ms..2s
random reset client every 1s..3s
random pause client every 2s..6s for 10ms..1s
random clock b1 +2h every 3s..6s
run 20s
expect safe
`

// TestShrinkFindsPlantedBug runs the real thing: of dozens of faults one power cut is left.
func TestShrinkFindsPlantedBug(t *testing.T) {
	drawn := parse(t, "unflushed", unflushed).Scenario.Expand(3).String()
	tok := parse(t, "unflushed", strings.ReplaceAll(drawn, " if survivable", "")) // which the power cuts are not
	tok.Seed = 3
	runs := 0
	run := func(tok scenarios.Token) scenarios.Result { runs++; return scenarios.Do(tok, scenarios.Options{}) }
	before := len(tok.Scenario.Expand(tok.Seed).Steps)
	s, err := scenarios.Shrink(tok, scenarios.ShrinkOptions{}, run)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d faults became %d in %d runs:\n%s", before, len(s.Token.Scenario.Steps), s.Runs, s.Token.Text)
	steps := s.Token.Scenario.Steps
	if !s.Whole || runs != s.Runs || len(steps) != 1 || steps[0].Action.Verb != "power-cut" {
		t.Errorf("whole %v after %d (%d) runs, and %d steps are left, want a single power cut", s.Whole, s.Runs, runs,
			len(steps))
	}
	r := scenarios.Do(s.Token, scenarios.Options{})
	if r.Verdict != scenarios.Broken || r.Hash != s.Result.Hash || r.Reason() != s.Reason {
		t.Errorf("the shrunk token comes to %s (%s), not to what was promised: %s", r.Verdict, r.Reason(), s.Reason)
	}
}

// TestShrinkTakesAStormDown: a storm over six nodes, whose power cuts no configuration promises to survive, comes to a
// few faults on a smaller cluster.
func TestShrinkTakesAStormDown(t *testing.T) {
	text, _ := scenarios.Embedded("cluster-storm")
	drawn := parse(t, "cluster-storm", text).Scenario.Expand(3).String()
	tok := parse(t, "unsafe", strings.ReplaceAll(drawn, " if survivable", ""))
	tok.Seed = 3
	s, err := scenarios.Shrink(tok, scenarios.ShrinkOptions{}, func(t scenarios.Token) scenarios.Result {
		return scenarios.Do(t, scenarios.Options{})
	})
	if err != nil {
		t.Fatal(err)
	}
	least := s.Token.Scenario
	t.Logf("%d faults became %d in %d runs:\n%s", len(tok.Scenario.Steps), len(least.Steps), s.Runs, s.Token.Text)
	if !s.Whole || len(least.Steps) > 5 || least.Cluster.Brokers+least.Cluster.Controllers > 4 {
		t.Errorf("whole %v: %d faults are left on %s, want at most five and a smaller cluster", s.Whole, len(least.Steps),
			least.Cluster.String())
	}
}

// TestExpandedRunIsTheSame: writing out what the seed drew changes nothing.
func TestExpandedRunIsTheSame(t *testing.T) {
	for _, text := range []string{"storm@2", "key-order@4", "torn-tail@1", "cluster-storm@3", "rolling-restart@1"} {
		tok := token(t, text)
		flat := parse(t, tok.Scenario.Name, tok.Scenario.Expand(tok.Seed).String())
		flat.Seed = tok.Seed
		if a, b := scenarios.Do(tok, scenarios.Options{}), scenarios.Do(flat, scenarios.Options{}); a.Hash != b.Hash {
			t.Errorf("%s: hash %016x, with its faults written out %016x", text, a.Hash, b.Hash)
		}
	}
}

func TestReason(t *testing.T) {
	for _, c := range []struct {
		verdict        scenarios.Verdict
		sentence, want string
	}{
		{scenarios.Holds, "", ""},
		{scenarios.Broken, `acked-loss orders-0@5, event 7: "x" is lost`, "acked-loss"},
		{scenarios.Broken, `gave-up, event 7: the disk is full`, "gave-up"},
		{scenarios.Broken, `acked-loss orders-0@5, event 7: "x" is lost [permitted: a power cut] (permitted by the configuration, but not allowed)`, "acked-loss (permitted)"},
		{scenarios.Broken, "expected acked-loss, but it did not happen", "expected acked-loss"},
		{scenarios.Broken, "expected at 6s isr(orders-0) = b1 b2, but it was b1 b2 b3",
			"expected at 6s isr(orders-0) = b1 b2"},
		{scenarios.Crashed, "event 12 at 1.5s: b1 panicked while handling message: index 7 of 5\nstack",
			"message: index # of #"},
		{scenarios.Crashed, "tour: no topic 7", "tour: no topic #"},
		{scenarios.Stuck, "the reading to the end (group g is at 7 of 9) did not happen", "the reading to the end "},
	} {
		if got := (scenarios.Result{Verdict: c.verdict, Sentence: c.sentence}).Reason(); got != c.want {
			t.Errorf("%s, %q: reason %q, want %q", c.verdict, c.sentence, got, c.want)
		}
	}
}
