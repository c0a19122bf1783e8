package scenarios_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gregor/scenarios"
)

// TestEveryScenarioHolds runs every story with a few seeds; `gregor run --seeds 1..2000` runs it with many.
func TestEveryScenarioHolds(t *testing.T) {
	seeds := uint64(3)
	for _, name := range scenarios.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, _ := scenarios.Embedded(name)
			s, err := scenarios.Parse(name, text)
			if err != nil {
				t.Fatal(err)
			}
			for seed := uint64(1); seed <= seeds; seed++ {
				tok := scenarios.Token{Scenario: s, Text: text, Seed: seed}
				if r := scenarios.Do(tok, scenarios.Options{}); r.Verdict != scenarios.Holds {
					t.Errorf("%s: %s: %s\nnext: go run ./cmd/gregor run '%s'", tok, r.Verdict, r.Sentence, tok)
				}
			}
		})
	}
}

// TestFormatReadsBack parses what String writes, also of what a seed drew.
func TestFormatReadsBack(t *testing.T) {
	for _, name := range scenarios.Names() {
		text, _ := scenarios.Embedded(name)
		s, err := scenarios.Parse(name, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []*scenarios.Scenario{s, s.Expand(7)} {
			again, err := scenarios.Parse(name, s.String())
			if err != nil {
				t.Fatalf("%s: what String wrote is not read back: %v\n%s", name, err, s)
			}
			if again.String() != s.String() {
				t.Errorf("%s changes when it is written and read:\n%s\nbecomes\n%s", name, s, again)
			}
		}
	}
}

func TestErrorsNameLineWordAndFix(t *testing.T) {
	for _, c := range []struct{ text, line, word, fix string }{
		{"clutser brokers=1", "x:1", `"clutser"`, `did you mean "cluster"?`},
		{"cluster brokers=0", "x:1", `"brokers=0"`, "range is 1 to 9"},
		{"topic t\ntopic t", "x:2", `"t"`, "already used by line 1"},
		{"producer p1 topic=t akcs=1", "x:1", "akcs", "acks"},
		{"at 2s crahs b1", "x:1", `"crahs"`, `did you mean "crash"?`},
		{"at 2 crash b1", "x:1", `"2"`, "write 200ms"},
		{"at 2s crash b2", "x:1", `"b2": the cluster has 1 broker`, "cluster brokers=2"},
		{"at 2s partition b1", "x:1", `"|" is missing`, "partition b1 | rest"},
		{"at 30s crash b1\nrun 20s", "x:1", `"30s"`, "make the run longer"},
		{"random crash b1", "x:1", `"every" is missing`, "every 2s..6s"},
		{"random crash b1 every 6s..2s", "x:1", `"6s..2s"`, "the shorter first"},
		{"expect sfae", "x:1", `"sfae"`, `did you mean "safe"?`},
		{"run 1000h", "x:1", `"1000h"`, "24h"},
		{"seed -1", "x:1", `"-1"`, "a number from 0 up"},
		{"network resets=5", "x:1", "resets", "250ppm"},
		{"cluster brokers=3 controllers=9", "x:1", `"controllers=9"`, "range is 0 to 7"},
		{"cluster brokers=3 racks=r1,,r2", "x:1", `"racks=r1,,r2"`, "racks=r1,r2,r3"},
		{"cluster brokers=3 directory.ids=yes", "x:1", "directory.ids=yes", "true nor false"},
		{"cluster brokers=3\nat 2s crash k1", "x:2", `"k1": the cluster has 0 controllers without a broker role`,
			"cluster controllers=1"},
		{"cluster brokers=3 controllers=3\nat 2s crash k4", "x:2",
			`"k4": the cluster has 3 controllers without a broker role`, "cluster controllers=4"},
		{"at 2s crash follower(orders-0)", "x:1", `"follower(orders-0)": unknown topic "orders"`, "add: topic orders"},
		{"at 2s crash b1 if lucky", "x:1", `"if"`, "if survivable"},
		{"topic t\nproducer k1 topic=t", "x:2", `"k1"`, "k1, k2 … the controllers"},
		{"admin a1 do=reasign topic=t", "x:1", "do=reasign", `did you mean "reassign"?`},
		{"admin a1 do=reassign topic=t replicas=1;2", "x:1", "replicas=1;2", "replicas=2,3,4"},
		{"admin a1 do=elect-leaders topic=t election=dirty", "x:1", "election=dirty", "preferred or unclean"},
		{"disk power-cut=some", "x:1", "power-cut=some", "loses, keeps or seed"},
	} {
		_, err := scenarios.Parse("x", c.text)
		var e *scenarios.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: error %v is no *scenarios.Error", c.text, err)
			continue
		}
		for _, part := range []string{c.line, c.word, c.fix} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q: error %q does not say %q", c.text, err, part)
			}
		}
	}
}

// TestEveryStoryBeginsWithASentence: that is what a list of them shows.
func TestEveryStoryBeginsWithASentence(t *testing.T) {
	for _, name := range scenarios.Names() {
		text, _ := scenarios.Embedded(name)
		s, err := scenarios.Parse(name, text)
		if err != nil {
			t.Fatal(err)
		}
		if sum := s.Summary(); !strings.HasSuffix(sum, ".") || strings.Contains(sum, "\n") || len(sum) > 200 {
			t.Errorf("%s begins with %q, which is no sentence of at most 200 letters", name, sum)
		}
	}
}

func TestTokenReadsBack(t *testing.T) {
	for _, text := range []string{"tour@42", "storm@18446744073709551615", "tour@1#99", "tour@42:5f1a9a50e79da5f5",
		"tour@42:00000000000000ff#7"} {
		if got := token(t, text).String(); got != text {
			t.Errorf("token %s reads back as %s", text, got)
		}
	}
	own := "topic t\nproducer p topic=t\nrun 1s\n"
	s, err := scenarios.Parse("mine", own)
	if err != nil {
		t.Fatal(err)
	}
	packed := scenarios.Token{Scenario: s, Text: own, Seed: 3}.String()
	if again := token(t, packed); again.Text != own || again.Seed != 3 {
		t.Errorf("token %s reads back as %q with seed %d", packed, again.Text, again.Seed)
	}
	for _, bad := range []string{"", "tour", "tour@", "tour@x", "tour@1#x", "nothing@1", "~@1", "~!!!@1", "@1", "tour@1:",
		"tour@1:12", "tour@1:0000000000000000",
		"tour@1:5f1a9a50e79da5f5:1", "tour@1#0", "tour@1#7:5f1a9a50e79da5f5"} {
		if _, err := scenarios.ParseToken(bad); err == nil {
			t.Errorf("token %q is taken", bad)
		}
	}
}

// A scenario built or changed in Go runs as its token says, and one that no text may say is refused.
func TestTokenOfAScenarioBuiltInGo(t *testing.T) {
	built := &scenarios.Scenario{Name: "built", Cluster: scenarios.Cluster{Brokers: 1}, Run: time.Second,
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 1}},
		Clients: []scenarios.Client{{Kind: "producer", Name: "p1",
			Settings: []scenarios.Setting{{Name: "topic", Value: "orders"}}}}}
	changed := token(t, "calm@1").Scenario
	changed.Run = 2 * time.Second
	for _, s := range []*scenarios.Scenario{built, changed} {
		r := scenarios.Do(scenarios.Token{Scenario: s, Seed: 5}, scenarios.Options{})
		again := scenarios.Do(token(t, r.Token.String()), scenarios.Options{})
		if r.Verdict != scenarios.Holds || again.Hash != r.Hash || again.Scenario.String() != r.Scenario.String() {
			t.Errorf("%s ends %s (%s), but its token %s is another run:\n%s", s.Name, r.Verdict, r.Sentence, r.Token,
				again.Scenario)
		}
	}
	text, _ := scenarios.Embedded("calm")
	if got := (scenarios.Token{Scenario: changed, Text: text, Seed: 1}).String(); !strings.HasPrefix(got, "~") {
		t.Errorf("the token of a changed scenario is %s, which names the unchanged one", got)
	}
	built.Topics[0].Name = "no topic\nrun 1h"
	for _, s := range []*scenarios.Scenario{built, nil} {
		if r := scenarios.Do(scenarios.Token{Scenario: s}, scenarios.Options{}); r.Verdict != scenarios.Refused ||
			r.Sentence == "" {
			t.Errorf("the scenario %v ends %s (%s), and cannot be run", s, r.Verdict, r.Sentence)
		}
	}
}

// A token that carries the hash of another run reveals that another build made it; the run itself is what it is.
func TestTokenWithAnotherHash(t *testing.T) {
	tok := token(t, "calm@1")
	tok.Hash = scenarios.Do(tok, scenarios.Options{}).Hash
	if r := scenarios.Do(tok, scenarios.Options{}); r.Verdict != scenarios.Holds {
		t.Errorf("%s ends %s: %s", tok, r.Verdict, r.Sentence)
	}
	tok.Hash++
	r := scenarios.Do(tok, scenarios.Options{})
	if r.Verdict != scenarios.Differs || r.Hash != tok.Hash-1 || !strings.Contains(r.Sentence, "another build") {
		t.Errorf("%s ends %s with hash %016x: %s", tok, r.Verdict, r.Hash, r.Sentence)
	}
	if _, err := scenarios.Shrink(tok, scenarios.ShrinkOptions{}, func(t scenarios.Token) scenarios.Result {
		return scenarios.Do(t, scenarios.Options{})
	}); err == nil {
		t.Errorf("%s is shrunk, though it is another run", tok)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range scenarios.Names() {
		text, _ := scenarios.Embedded(name)
		f.Add(text)
	}
	f.Add("at 1s disk b1 capacity=1 for 2s\nseed 7\nexpect safe")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := scenarios.Parse("fuzz", text)
		if err != nil {
			return
		}
		again, err := scenarios.Parse("fuzz", s.String())
		if err != nil {
			t.Fatalf("what String wrote is not read back: %v\n%s", err, s)
		}
		if again.String() != s.String() {
			t.Fatalf("changes when it is written and read:\n%s\nbecomes\n%s", s, again)
		}
		s.Expand(1)
	})
}

func FuzzToken(f *testing.F) {
	for _, text := range []string{"tour@42", "tour@1#2", "~abc@1", "@"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tok, err := scenarios.ParseToken(text)
		if err != nil {
			return
		}
		if again, err := scenarios.ParseToken(tok.String()); err != nil || again.Seed != tok.Seed {
			t.Fatalf("token %q becomes %q: %v", text, tok, err)
		}
	})
}
