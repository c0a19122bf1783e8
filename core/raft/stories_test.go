package raft

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/mutants"
	"gregor/disksim"
)

// stories are what brings bugs of history out. Here they are played without any: every law holds.
var stories = []struct {
	name  string
	play  func(seed uint64) *cluster
	seeds uint64
}{
	{"plain", playPlain, 3}, {"flapping", playFlapping, 10}, {"deaf leader", playDeafLeader, 10},
	{"three elections", playThreeElections, 10}, {"cuts", playCuts, 3}, {"empty disk", playEmptyDisk, 10},
}

func TestStories(t *testing.T) {
	for _, s := range stories {
		for seed := uint64(1); seed <= s.seeds; seed++ {
			require.Nil(t, s.play(seed).laws.broken, "%s, seed %d", s.name, seed)
		}
	}
}

func playPlain(seed uint64) *cluster { return simulate(seed, nil) }

// lostTail are the laws that find a committed tail lost (K1), whatever a replica does about its own log then. K6 is
// planted over K1 and has to be found by another one.
const lostTail = "MajorityReachedHighWatermark LeaderCompleteness CommittedHeld ConsistentCommittedData"

// settledCluster is a quorum of voters with a leader and some records.
func settledCluster(seed uint64, voters int, withDirs bool) *cluster {
	root := env.NewRand(seed)
	r := root.Fork("story")
	c := newCluster(seed, voters, 0, withDirs, disksim.Options{LatencyNanos: 50_000, JitterNanos: 300_000,
		SyncNanos: r.Between(1, 30) * 1_000_000})
	if mutants.On().QuorumNoFlush {
		c.laws.ignore = lostTail
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
func playFlapping(seed uint64) *cluster {
	c := settledCluster(seed, 3, true)
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
				c.blocked[[2]kafka.NodeID{m.id, flapping.id}] = true
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
func playDeafLeader(seed uint64) *cluster {
	c := settledCluster(seed, 3, true)
	leader := c.leader()
	if leader == nil {
		return c
	}
	for _, m := range c.nodes {
		if m != leader {
			c.blocked[[2]kafka.NodeID{m.id, leader.id}] = true
		}
	}
	c.run(30 * time.Second)
	return c
}

// playThreeElections is figure 8 of the Raft paper: a record of an old epoch reaches a majority under a newer one, and
// is overwritten by a log that is shorter and of a newer epoch.
func playThreeElections(seed uint64) *cluster {
	c := settledCluster(seed, 3, true)
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
	c.aloneWith(b, 0) // only b has the record that opens its epoch
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
			c.blocked[[2]kafka.NodeID{leader.id, m.id}] = true
		}
	}
	for i := range n {
		_ = leader.append(uint64(c.steps)<<8+uint64(i), 20)
	}
	c.run(200 * time.Millisecond)
}

// reached reports whether another node has flushed everything from before the leader's epoch.
func (c *cluster) reached(leader *machine) bool {
	for _, m := range c.nodes {
		if m != leader && m.r != nil && m.r.member.lead == nil && leader.r.member.lead.active &&
			m.r.log.flushed >= leader.r.member.lead.began {
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
			if m != but && m.r != nil && m.r.Role() == Leader && m.r.member.lead.active {
				return m
			}
		}
	}
	return nil
}

// playCuts: power fails on a majority, again and again. Without its own law K1 shows when data goes missing.
func playCuts(seed uint64) *cluster {
	c := settledCluster(seed, 3, true)
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
func playEmptyDisk(seed uint64) *cluster {
	c := settledCluster(seed, 3, true)
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
