//go:build mutants

package raft

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/mutants"
)

var (
	mutantSeeds = flag.Uint64("mutant-seeds", 300, "how many seeds a mutant may take to be found")
	medians     = flag.Bool("mutant-medians", false, "count the seeds each mutant takes")
)

// mutantCase is a bug of history, the story that brings it out, and the laws that may find it.
type mutantCase struct {
	name string
	set  mutants.Set
	play func(seed uint64) *cluster
	laws string
}

var mutantCases = []mutantCase{
	{"K1 no_flush", mutants.Set{QuorumNoFlush: true}, playPlain, "MajorityReachedHighWatermark"},
	{"K2 resume_leadership", mutants.Set{ResumeLeadership: true}, playPlain, "SingleLeader LogMatching"},
	{"K3 commit_prev_epoch", mutants.Set{CommitPreviousEpoch: true}, playThreeElections,
		"LeaderCompleteness ConsistentCommittedData ReplicaFailed"},
	{"K4 no_check_quorum", mutants.Set{NoCheckQuorum: true}, playDeafLeader, "CheckQuorum"},
	{"K5 no_prevote", mutants.Set{NoPreVote: true}, playFlapping, "ElectionBound"},
	{"K5 prevote_grant_before_fetch", mutants.Set{PreVoteWithLeader: true}, playFlapping, "ElectionBound"},
	{"K6 allow_truncate_below_hw (over K1)", mutants.Set{QuorumTruncateBelowHighWatermark: true,
		QuorumNoFlush: true}, playCuts,
		"TruncationBelowHighWatermark"},
	{"K7 retention_deletes", mutants.Set{QuorumRetentionDeletes: true}, playPlain, "SnapshotAtLogStart"},
	{"K8 no_dir_id", mutants.Set{NoDirectoryID: true}, playEmptyDisk,
		"LeaderCompleteness ConsistentCommittedData VoteOnce ReplicaFailed"},
	{"K9 expose_uncommitted", mutants.Set{ExposeUncommitted: true}, playPlain,
		"ConsistentCommittedData LeaderCompleteness"},
	{"R13 epoch_cache_keep_tail", mutants.Set{EpochCacheKeepsTail: true}, playPlain,
		"LeaderCompleteness ConsistentCommittedData LogMatching ReplicaFailed Progress"},
}

// besides are the bugs that another one is planted over: its laws must not find them alone.
var besides = map[string]mutants.Set{
	"K6 allow_truncate_below_hw (over K1)": {QuorumNoFlush: true},
}

// plant switches bugs on until the test ends.
func plant(t *testing.T, set mutants.Set) {
	mutants.Switch(set)
	t.Cleanup(func() { mutants.Switch(mutants.Set{}) })
}

// TestMutants: each is found by a law that is meant to.
func TestMutants(t *testing.T) {
	for _, mc := range mutantCases {
		t.Run(mc.name, func(t *testing.T) {
			plant(t, mc.set)
			for seed := uint64(1); seed <= *mutantSeeds; seed++ {
				c := mc.play(seed)
				if c.laws.broken == nil {
					continue
				}
				t.Logf("found with seed %d after %d events at %v by %s: %s", seed, c.steps, c.now,
					c.laws.broken.law, c.laws.broken.text)
				require.Contains(t, strings.Fields(mc.laws), c.laws.broken.law, c.laws.broken.text)
				mc.itself(t, seed, c.laws.broken.law)
				return
			}
			t.Fatalf("%s was not found in %d seeds", mc.name, *mutantSeeds)
		})
	}
}

// itself makes sure that a law has found the bug, and not one that it is planted over.
func (mc mutantCase) itself(t *testing.T, seed uint64, law string) {
	set, ok := besides[mc.name]
	if !ok {
		return
	}
	mutants.Switch(set)
	if b := mc.play(seed).laws.broken; b != nil {
		require.NotEqual(t, law, b.law, "%s finds seed %d without the bug, too: %s", law, seed, b.text)
	}
}

// TestMutantMedians tells how many seeds each mutant takes, over 9 disjoint ranges; run it with -mutant-medians.
func TestMutantMedians(t *testing.T) {
	if !*medians {
		t.Skip("run it with -mutant-medians")
	}
	for _, mc := range mutantCases {
		plant(t, mc.set)
		var took []int
		found := map[string]int{}
		for trial := range 9 {
			n := 0
			for n < int(*mutantSeeds) {
				n++
				c := mc.play(uint64(trial)*100_000 + uint64(n))
				if c.laws.broken != nil {
					found[c.laws.broken.law]++
					break
				}
			}
			took = append(took, n)
		}
		slices.Sort(took)
		fmt.Printf("%-40s median %3d seeds, worst %3d, by %v\n", mc.name, took[4], took[8], found)
	}
}
