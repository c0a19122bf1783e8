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
	"gregor/core/env"
	"gregor/core/mutants"
)

var (
	mutantSeeds  = flag.Uint64("mutant-seeds", 40, "how many seeds a planted bug may take to be found")
	mutantRounds = flag.Uint64("mutant-rounds", 5, "how often each is searched for, each time from another seed on")
)

// mutantCase is a planted bug, the story that brings it out, and the checks that may find it: the first one is the
// guarantee it breaks, the others see the same from another side.
type mutantCase struct {
	name   string
	set    mutants.Set
	story  string // a scenario that comes with Gregor, or the text of one
	checks []string
}

var mutantCases = []mutantCase{
	{"idem.off", mutants.Set{IdempotenceOff: true}, "retry-idempotent", []string{"duplicate-append"}},
	{"idem.window=1", mutants.Set{IdempotenceWindowOne: true}, "retry-idempotent", []string{"duplicate"}},
	{"idem.dup_reply_wrong_offset", mutants.Set{DuplicateWrongOffset: true}, "retry-idempotent", []string{"duplicate-answer"}},
	{"ack.before_write", mutants.Set{AckBeforeWrite: true}, "power-cut-flushed", []string{"acked-before-committed"}},
	{"ack.before_flush", mutants.Set{AckBeforeFlush: true}, "power-cut-flushed", []string{"acked-before-committed"}},
	{"produce.ack_base_zero_on_timeout", mutants.Set{AckZeroOnTimeout: true}, slowDisk, []string{"wrong-offset"}},
	{"fetch.past_hw", mutants.Set{FetchPastHighWatermark: true}, "power-cut-flushed", []string{"dirty-read"}},
	{"log.append_after_error", mutants.Set{AppendAfterError: true}, "full-disk", []string{"acked-loss"}},
	{"log.sync_error_ignored", mutants.Set{SyncErrorIgnored: true}, "fsync-error", []string{"recovered-lost-flushed"}},
	{"log.no_dir_fsync", mutants.Set{NoDirectorySync: true}, "power-cut-flushed", []string{"recovered-lost-flushed"}},
	{"log.clean_marker_late", mutants.Set{CleanMarkerLate: true}, restartThenCut, []string{"recovered-lost-clean", "recovered-lost-flushed", "duplicate", "duplicate-append"}},
	{"log.retention_past_hw", mutants.Set{RetentionPastHighWatermark: true}, eagerRetention, []string{"log-start-beyond-high-watermark"}},
	{"group.commit_no_fence", mutants.Set{CommitUnfenced: true}, "rebalance", []string{zombieCommit}},
	{"offs.expire_by_commit_time", mutants.Set{ExpireByCommitTime: true}, idleGroup, []string{"not-at-most-once"}},
	{"coord.serve_while_loading", mutants.Set{ServeWhileLoading: true}, coordinatorRestart, []string{"generation-back"}},
}

// A disk that stalls for longer than producers wait.
const slowDisk = `cluster brokers=1
topic orders partitions=1
producer p1 topic=orders rate=200/s request.timeout.ms=1000
at 0s drift p1 -100000ppm
random disk b1 stall=1500ms every 1s..2s
run 10s
expect safe
`

// A clean stop, a start, and then a power cut in the middle of writing.
const restartThenCut = `cluster brokers=1 log.flush.interval.messages=1
topic orders partitions=1
producer p1 topic=orders rate=300/s value.bytes=4000 linger.ms=20
disk latency=1ms..20ms sync=15ms
at 1s shutdown b1
at 2s restart b1
random power-cut b1 every 1s..2s for 50ms..500ms from 3s
run 9s
expect safe
`

// Retention that looks often, and a disk that syncs slowly.
const eagerRetention = `cluster brokers=1 log.flush.interval.messages=1 log.retention.check.interval.ms=20
topic orders partitions=1 retention.bytes=1 segment.bytes=1048576
producer p1 topic=orders rate=500/s value.bytes=20000
disk sync=300ms
run 10s
expect safe
allow acked-loss
allow poll-skip
allow unseen
`

// A group that has nothing to commit for longer than offsets are kept, and then restarts.
const idleGroup = `cluster brokers=1 offsets.retention.minutes=1 offsets.retention.check.interval.ms=1000
topic orders partitions=1
producer p1 topic=orders rate=100/s count=100
consumer c1 group=billing topic=orders auto.offset.reset=earliest enable.auto.commit=false commit=after session.timeout.ms=6000
at 100s crash c1 for 15s
run 150s
expect at-most-once
`

// A broker that restarts under a group.
const coordinatorRestart = `cluster brokers=1
topic orders partitions=2
producer p1 topic=orders rate=100/s
consumer c1 group=billing topic=orders auto.offset.reset=earliest enable.auto.commit=false commit=after
at 3s crash b1 for 100ms
at 3s crash c1 for 100ms
run 10s
expect safe
allow not-at-most-once
`

// TestMutants switches every planted bug on and looks for it, from several seeds on: each time the named check must
// find it. The table says how many seeds that took, and the broker without bugs must pass the same seeds.
func TestMutants(t *testing.T) {
	var table []string
	for _, c := range mutantCases {
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
	fmt.Printf("%-34s %-34s %-20s %s\n", "planted bug", "found by", "seeds to find", "median")
	for _, row := range table {
		fmt.Println(row)
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
	return fmt.Sprintf("%-34s %-34s %-20s %s", c.name, strings.Join(by, " "), fmt.Sprint(took), median)
}

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
				return n, want
			}
		}
		t.Logf("seed %d: %s: %s", token.Seed, r.Verdict, r.Sentence)
	}
	return 0, ""
}

// found says whether a check found something that breaks a promise, or that the story does not allow.
func (r *Result) found(check string) bool {
	if check == zombieCommit {
		return zombieCommits(r.History.Facts)
	}
	return slices.ContainsFunc(r.Findings, func(f checkers.Finding) bool {
		return f.Check == check && (f.Bug() || !r.Scenario.names(check))
	})
}

// zombieCommit is a check of this test's own: no offset is stored for a member that has left the group, or in a
// generation that is over, but for what was on its way when that happened.
const (
	zombieCommit = "zombie-commit"
	onItsWay     = time.Second
)

func zombieCommits(facts []checkers.Stamped) bool {
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
			if late && e.Reason == "" && e.Generation >= 0 && (e.Generation != g.generation || !slices.Contains(g.members, e.Member)) {
				return true
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
