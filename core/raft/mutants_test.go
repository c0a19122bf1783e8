package raft

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/disksim"
)

var mutantSeeds = flag.Uint64("mutant-seeds", 300, "how many seeds a mutant may take to be found")

// mutantCase is a bug of history, the story that brings it out, and the laws that may find it.
type mutantCase struct {
	name   string
	set    func(*mutants)
	play   func(seed uint64, broken mutants) *cluster
	laws   string
	unless int // seeds the unbroken replica is played besides
}

var mutantCases = []mutantCase{
	{"K1 no_flush", func(m *mutants) { m.noFlush = true }, playPlain, "MajorityReachedHighWatermark", 3},
	{"K2 resume_leadership", func(m *mutants) { m.resumeLeadership = true }, playPlain, "SingleLeader LogMatching", 3},
	{"K3 commit_prev_epoch", func(m *mutants) { m.commitPrevEpoch = true }, playThreeElections, "LeaderCompleteness ConsistentCommittedData ReplicaFailed", 10},
	{"K4 no_check_quorum", func(m *mutants) { m.noCheckQuorum = true }, playDeafLeader, "CheckQuorum", 10},
	{"K5 no_prevote", func(m *mutants) { m.noPreVote = true }, playFlapping, "ElectionBound", 10},
	{"K5 prevote_grant_with_leader", func(m *mutants) { m.grantWithLeader = true }, playFlapping, "ElectionBound", 10},
	{"K6 allow_truncate_below_hw (over K1)", func(m *mutants) { m.truncateBelowHW, m.noFlush = true, true }, playCuts,
		"TruncationBelowHighWatermark ConsistentCommittedData MonotonicHighWatermark", 0},
	{"K7 retention_deletes", func(m *mutants) { m.retentionDeletes = true }, playPlain, "SnapshotAtLogStart", 3},
	{"K8 no_dir_id", func(m *mutants) { m.noDirectoryID = true }, playEmptyDisk, "LeaderCompleteness ConsistentCommittedData VoteOnce ReplicaFailed", 10},
	{"K9 expose_uncommitted", func(m *mutants) { m.exposeUncommitted = true }, playPlain, "ConsistentCommittedData LeaderCompleteness", 3},
}

// TestMutants: each is found by a law that is meant to, and the unbroken replica passes the same stories.
func TestMutants(t *testing.T) {
	for _, mc := range mutantCases {
		t.Run(mc.name, func(t *testing.T) {
			var broken mutants
			mc.set(&broken)
			for seed := uint64(1); seed <= *mutantSeeds; seed++ {
				c := mc.play(seed, broken)
				if c.laws.broken == nil {
					continue
				}
				t.Logf("found with seed %d after %d events at %v by %s: %s", seed, c.steps, c.now, c.laws.broken.law, c.laws.broken.text)
				require.Contains(t, strings.Fields(mc.laws), c.laws.broken.law, c.laws.broken.text)
				for seed := uint64(1); seed <= uint64(mc.unless); seed++ {
					require.Nil(t, mc.play(seed, mutants{}).laws.broken, "seed %d, unbroken", seed)
				}
				return
			}
			t.Fatalf("%s was not found in %d seeds", mc.name, *mutantSeeds)
		})
	}
}

// TestMutantMedians tells how many seeds each mutant takes, over 9 disjoint ranges; run it with -mutant-medians.
func TestMutantMedians(t *testing.T) {
	if !*medians {
		t.Skip("run it with -mutant-medians")
	}
	for _, mc := range mutantCases {
		var broken mutants
		mc.set(&broken)
		var took []int
		found := map[string]int{}
		for trial := range 9 {
			n := 0
			for n < int(*mutantSeeds) {
				n++
				c := mc.play(uint64(trial)*100_000+uint64(n), broken)
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

var medians = flag.Bool("mutant-medians", false, "count the seeds each mutant takes")

func playPlain(seed uint64, broken mutants) *cluster { return simulate(seed, broken, nil) }

// settledCluster is a quorum of voters with a leader and some records.
func settledCluster(seed uint64, voters int, withDirs bool, broken mutants) *cluster {
	root := env.NewRand(seed)
	r := root.Fork("story")
	c := newCluster(seed, voters, 0, withDirs, disksim.Options{LatencyNanos: 50_000, JitterNanos: 300_000, SyncNanos: r.Between(1, 30) * 1_000_000})
	c.broken = broken
	if broken.truncateBelowHW {
		c.laws.ignore = "MajorityReachedHighWatermark LeaderCompleteness" // they would see K1 at once; what comes of it is the question
	}
	for _, m := range c.nodes {
		m.start()
	}
	for range 100 {
		if c.run(100 * time.Millisecond); c.leader() != nil {
			break
		}
	}
	for i := range 5 {
		if l := c.leader(); l != nil {
			_ = l.append(uint64(i+1), 20)
			c.run(50 * time.Millisecond)
		}
	}
	c.run(time.Second)
	return c
}

// playFlapping: one follower's link flaps while the leader and the rest are well. There is no reason for anybody to
// elect.
func playFlapping(seed uint64, broken mutants) *cluster {
	c := settledCluster(seed, 3, true, broken)
	leader := c.leader()
	if leader == nil || c.laws.broken != nil {
		return c
	}
	before := c.laws.elected
	var flapping *machine
	for flapping == nil || flapping == leader {
		flapping = c.nodes[c.rnd.IntN(len(c.nodes))]
	}
	for range 6 {
		only := c.rnd.Chance(1, 2) // only what comes from the leader is lost
		for _, m := range c.nodes {
			if m == leader || m != flapping && !only {
				c.blocked[[2]env.NodeID{m.id, flapping.id}] = true
			}
		}
		c.run(ms(c.rnd.Between(2500, 6000)))
		clear(c.blocked)
		c.run(ms(c.rnd.Between(100, 2500)))
	}
	if n := c.laws.elected - before; n > 0 {
		c.laws.breach("ElectionBound", "%d elections while the leader reached a majority all the time", n)
	}
	return c
}

// playDeafLeader: nothing reaches the leader any more, and what it sends still does.
func playDeafLeader(seed uint64, broken mutants) *cluster {
	c := settledCluster(seed, 3, true, broken)
	leader := c.leader()
	if leader == nil {
		return c
	}
	for _, m := range c.nodes {
		if m != leader {
			c.blocked[[2]env.NodeID{m.id, leader.id}] = true
		}
	}
	c.run(30 * time.Second)
	return c
}

// playThreeElections is figure 8 of the Raft paper: a record of an old epoch reaches a majority under a newer one, and
// is overwritten by a log that is shorter and of a newer epoch.
func playThreeElections(seed uint64, broken mutants) *cluster {
	c := settledCluster(seed, 3, true, broken)
	a := c.leader()
	if a == nil {
		return c
	}
	c.aloneWith(a, 3) // what is appended now, only a has
	a.stop(false)
	clear(c.blocked)
	b := c.untilLeads(a)
	if b == nil {
		return c
	}
	c.aloneWith(b, 0) // nobody but b has the record that opens its epoch
	b.stop(false)
	clear(c.blocked)
	a.start()
	c.cfg.MaxFetchBytes = 1
	for _, m := range c.nodes {
		if m.r != nil {
			m.r.cfg.MaxFetchBytes = 1 // a batch at a time
		}
	}
	c.untilLeads(b)
	for range 1000 { // the old records have reached a majority, and the one that opens the epoch is under way
		if c.run(time.Millisecond); a.r.Role() != Leader || c.reached(a) {
			break
		}
	}
	c.aloneWith(a, 0) // and does not arrive
	a.stop(false)
	clear(c.blocked)
	b.start()
	c.untilLeads(a)
	c.run(ms(c.rnd.Between(0, 1000)))
	a.start()
	c.run(10 * time.Second)
	return c
}

// aloneWith lets a leader append while nothing it sends arrives.
func (c *cluster) aloneWith(leader *machine, n int) {
	for _, m := range c.nodes {
		if m != leader {
			c.blocked[[2]env.NodeID{leader.id, m.id}] = true
		}
	}
	for i := range n {
		_ = leader.append(uint64(c.steps)<<8+uint64(i), 20)
	}
	c.run(200 * time.Millisecond)
}

// reached says whether another node has flushed everything from before the leader's epoch.
func (c *cluster) reached(leader *machine) bool {
	for _, m := range c.nodes {
		if m != leader && m.r != nil && m.r.lead == nil && leader.r.lead.active && m.r.flushed >= leader.r.lead.began {
			return true
		}
	}
	return false
}

// untilLeads lets time pass until a node other than one leads.
func (c *cluster) untilLeads(but *machine) *machine {
	for range 10_000 {
		c.run(time.Millisecond)
		for _, m := range c.nodes {
			if m != but && m.r != nil && m.r.Role() == Leader && m.r.lead.active {
				return m
			}
		}
	}
	return nil
}

// playCuts: power fails on a majority, again and again. Without its own law K1 shows when data goes missing.
func playCuts(seed uint64, broken mutants) *cluster {
	c := settledCluster(seed, 3, true, broken)
	c.work(plan{})
	for range 12 {
		c.run(ms(c.rnd.Between(300, 3000)))
		off := c.rnd.IntN(3)
		for i, m := range c.nodes {
			if i != off || c.rnd.Chance(1, 4) {
				m.stop(true)
			}
		}
		for _, m := range c.nodes {
			c.at(ms(c.rnd.Between(1, 1500)), m.start)
		}
		c.run(3 * time.Second)
	}
	return c
}

// playEmptyDisk: a voter that has what is committed loses its disk, while the third has slept through it all.
func playEmptyDisk(seed uint64, broken mutants) *cluster {
	c := settledCluster(seed, 3, true, broken)
	leader := c.leader()
	if leader == nil {
		return c
	}
	var others []*machine
	for _, m := range c.nodes {
		if m != leader {
			others = append(others, m)
		}
	}
	asleep, wiped := others[0], others[1]
	asleep.stop(false)
	for i := range 5 {
		_ = leader.append(uint64(100+i), 20)
		c.run(100 * time.Millisecond)
	}
	c.run(time.Second)
	leader.stop(c.rnd.Chance(1, 2))
	wiped.stop(true)
	wiped.disk.Wipe()
	wiped.dir = c.rnd.UUID()
	c.laws.wiped(wiped)
	asleep.start()
	wiped.start()
	c.run(ms(c.rnd.Between(5000, 15_000)))
	leader.start()
	c.run(15 * time.Second)
	return c
}
