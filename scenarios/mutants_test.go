//go:build mutants

package scenarios

import (
	"cmp"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gregor/checkers"
	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/mutants"
)

var (
	mutantSeeds  = flag.Uint64("mutant-seeds", 40, "how many seeds a planted bug may take to be found")
	mutantPart   = flag.String("mutant-part", "1/1", "which bugs are looked for: 2/3 is every third from the second on")
	mutantRounds = flag.Uint64("mutant-rounds", 5, "how often each is searched for, each time from another seed on")
)

// mutantCase is a planted bug, the story that brings it out, and the checks that may find it: the first one is the
// guarantee it breaks, the others see the same from another side.
type mutantCase struct {
	name   string // in the catalogue
	source string // its row there, or where it happened
	set    mutants.Set
	story  string // a scenario that comes with Gregor, or the text of one
	checks []string
}

// besides are the bugs that another one needs to show at all, or that it would have hidden. They alone are not found by
// its checks.
var besides = map[string]mutants.Set{
	"isr.allow_fenced_join":        {ProposeFenced: true},
	"raft.allow_truncate_below_hw": {QuorumNoFlush: true},
}

var mutantCases = slices.Concat(brokerMutants, replicaMutants, controllerMutants, quorumMutants)

// TestMutants switches every planted bug on and looks for it, from several seeds on: each time the named check must
// find it. The table says how many seeds that took, and the broker without bugs must pass the same seeds.
func TestMutants(t *testing.T) {
	var table []string
	var part, parts int
	if n, _ := fmt.Sscanf(*mutantPart, "%d/%d", &part, &parts); n < 2 || part < 1 || part > parts {
		t.Fatalf("-mutant-part %s: wants K/N, K from 1 to N", *mutantPart)
	}
	for i, c := range mutantCases {
		if i%parts != part-1 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			var took []uint64
			found := map[string]int{}
			for round := range *mutantRounds {
				n, check := c.hunt(t, 1+round*1000)
				if n == 0 {
					t.Errorf("not found by %s within %d seeds from %d on", strings.Join(c.checks, " or "), *mutantSeeds, 1+round*1000)
					continue
				}
				took = append(took, n)
				found[check]++
			}
			table = append(table, c.row(took, found))
		})
	}
	fmt.Printf(mutantRow, "planted bug", "row", "found by", "seeds to find", "median")
	for _, row := range table {
		fmt.Print(row)
	}
}

func (c mutantCase) row(took []uint64, found map[string]int) string {
	median := "never"
	if len(took) > 0 {
		sorted := slices.Sorted(slices.Values(took))
		median = fmt.Sprint(sorted[len(sorted)/2])
	}
	var by []string
	for check := range found {
		by = append(by, check)
	}
	slices.SortFunc(by, func(a, b string) int { return cmp.Compare(found[b], found[a]) })
	return fmt.Sprintf(mutantRow, c.name, c.source, strings.Join(by, " "), fmt.Sprint(took), median)
}

const mutantRow = "%-36s %-14s %-32s %-20s %s\n"

// hunt runs seeds until a check finds the bug, and says how many that took: 0 if none did. Every seed must be sound
// without the bug.
func (c mutantCase) hunt(t *testing.T, first uint64) (n uint64, check string) {
	for n := uint64(1); n <= *mutantSeeds; n++ {
		token := c.token(t, first+n-1)
		mutants.Switch(mutants.Set{})
		sound := Do(token, Options{})
		if sound.Verdict != Holds || slices.ContainsFunc(c.checks, sound.found) {
			t.Fatalf("%s without the bug: %s: %s; findings %v", token, sound.Verdict, sound.Sentence, sound.Findings)
		}
		mutants.Switch(c.set)
		r := Do(token, Options{})
		mutants.Switch(mutants.Set{})
		for _, want := range c.checks {
			if r.found(want) {
				c.itself(t, token, want)
				return n, want
			}
		}
		t.Logf("seed %d: %s: %s", token.Seed, r.Verdict, r.Sentence)
	}
	return 0, ""
}

// itself makes sure that a check has found the bug, and not one that it is planted with.
func (c mutantCase) itself(t *testing.T, token Token, check string) {
	others, has := besides[c.name]
	if !has {
		return
	}
	mutants.Switch(others)
	r := Do(token, Options{})
	mutants.Switch(mutants.Set{})
	if r.found(check) {
		t.Errorf("%s finds %s in %s without it, too", check, c.name, token)
	}
}

// found says whether a check found something that breaks a promise, or that the story does not allow.
func (r *Result) found(check string) bool {
	if own := ownChecks[check]; own != nil {
		return own(r)
	}
	return slices.ContainsFunc(r.Findings, func(f checkers.Finding) bool {
		return f.Check == check && (f.Bug() || !r.Scenario.names(check))
	})
}

// ownChecks are checks of this test's own: what only some stories may promise.
var ownChecks = map[string]func(r *Result) bool{
	stuck:           func(r *Result) bool { return r.Verdict == Stuck },
	zombieCommit:    func(r *Result) bool { return zombieCommits(r.History.Facts) },
	silentLoss:      losesSilently,
	leaderDisturbed: leadersDisturbed,
	twoReigns:       reignsOverlap,
	registeredAgain: registersAgain,
}

const (
	stuck = "stuck" // healed, the cluster does not come to rest, or cannot be used

	// zombieCommit: no offset is stored for a member that has left the group, or in a generation that is over, but for
	// what was on its way when that happened.
	zombieCommit = "zombie-commit"
	onItsWay     = time.Second

	// silentLoss: who produces with acks=0 finds the new leader soon. It is for stories that keep it from none.
	silentLoss = "silent-loss"

	// leaderDisturbed: nobody takes the place of a controller that nothing has befallen. It is for stories that leave
	// the active controller alone once its place has been settled.
	leaderDisturbed = "leader-disturbed"
	settled         = 6 * time.Second

	// twoReigns: a controller that has lost its majority knows that soon. It is for stories that pause none.
	twoReigns = "two-reigns"
	soon      = 5 * time.Second

	// registeredAgain: the controller knows a registered process by its epoch as long as it lives. It is for stories that
	// unregister no broker and give no node.id to two.
	registeredAgain = "registered-again"
)

func zombieCommits(facts []history.Stamped) bool {
	type state struct {
		generation int32
		members    []string
		since      env.Instant
	}
	groups := map[string]*state{}
	for _, f := range facts {
		switch e := f.Fact.(type) {
		case env.GroupRebalanced:
			groups[e.Group] = &state{e.Generation, e.Members, f.At}
		case env.GroupOffsetCommitted:
			g := groups[e.Group]
			late := g != nil && f.At.Sub(g.since) > onItsWay
			if late && e.Reason == "" && e.Generation >= 0 &&
				(e.Generation != g.generation || !slices.Contains(g.members, e.Member)) {
				return true
			}
		}
	}
	return false
}

func losesSilently(r *Result) bool {
	led := map[kafka.TopicPartition]env.Instant{}
	kept := map[string]bool{}
	for _, l := range r.History.Logs {
		for _, e := range l.Entries {
			kept[e.Value] = true
		}
	}
	return slices.ContainsFunc(r.History.Facts, func(f history.Stamped) bool {
		switch e := f.Fact.(type) {
		case env.BecameLeader:
			led[e.TopicPartition] = f.At
		case env.ProduceCalled:
			return e.Acks == 0 && f.At.Sub(led[e.TopicPartition]) > soon && !kept[e.Value]
		}
		return false
	})
}

func leadersDisturbed(r *Result) bool {
	end := r.Begin.Add(r.Scenario.Run)
	return slices.ContainsFunc(r.History.Facts, func(f history.Stamped) bool {
		_, is := f.Fact.(env.ActiveController)
		return is && f.At > r.Begin.Add(settled) && f.At < end
	})
}

func registersAgain(r *Result) bool {
	return slices.ContainsFunc(r.History.Facts, func(f history.Stamped) bool {
		e, is := f.Fact.(env.Registered)
		return is && e.Again
	})
}

func reignsOverlap(r *Result) bool {
	type reign struct {
		node  string
		rival env.Instant // when another one began
	}
	var reigns []reign
	for _, f := range r.History.Facts {
		i := slices.IndexFunc(reigns, func(g reign) bool { return g.node == f.Node })
		switch f.Fact.(type) {
		case env.ActiveController:
			for k := range reigns {
				reigns[k].rival = min(reigns[k].rival, f.At)
			}
			reigns = append(reigns, reign{f.Node, env.Never})
		case env.ControllerResigned, env.Stopped:
			if i >= 0 && f.At.Sub(min(reigns[i].rival, f.At)) > soon {
				return true
			}
			if i >= 0 {
				reigns = slices.Delete(reigns, i, i+1)
			}
		}
	}
	return false
}

func (c mutantCase) token(t *testing.T, seed uint64) Token {
	text, ok := Embedded(c.story)
	name := c.story
	if !ok {
		name, text = c.name, c.story
	}
	s, err := Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return Token{Scenario: s, Text: text, Seed: seed}
}
