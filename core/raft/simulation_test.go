package raft

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/disksim"
)

var (
	seeds   = flag.Int("seeds", 25, "how many seeds of each simulation run")
	first   = flag.Uint64("first", 1, "the first seed")
	tracing = flag.Bool("trace", false, "print every event of a simulation")
)

// plan is what a simulation is made of, drawn from its seed.
type plan struct {
	voters, observers int
	withDirs          bool
	faults            time.Duration // how long there are faults
	every             time.Duration // mean time between two of them
	snapshots         time.Duration // mean time between two of them
	wipes             bool
	weights           [numFaults]int
}

type fault int

const (
	crashAny fault = iota
	cutAny
	crashLeader
	cutLeader
	cutAll
	isolate
	oneWay
	split
	stall
	heal
	wipe
	numFaults
)

// draw makes a plan and its world.
func draw(seed uint64) (*cluster, plan) {
	root := env.NewRand(seed)
	r := root.Fork("plan")
	p := plan{voters: 3, observers: int(r.Between(0, 2)), withDirs: r.Chance(2, 3), faults: ms(r.Between(10_000, 30_000)),
		every: ms(r.Between(200, 3000)), snapshots: ms(r.Between(300, 6000))}
	if r.Chance(1, 3) {
		p.voters = 5
	}
	p.wipes = p.withDirs && r.Chance(1, 3)
	for i := range p.weights {
		p.weights[i] = int(r.Between(0, 4)) // swarm: some runs leave some faults out
	}
	o := disksim.Options{LatencyNanos: r.Between(10, 500) * 1000, JitterNanos: r.Between(10, 2000) * 1000,
		SyncNanos: r.Between(0, 1) * r.Between(100, 50_000) * 1000, TailPerMillion: int(r.Between(0,
			1) * 10_000), TailNanos: r.Between(1, 400) * 1_000_000}
	c := newCluster(seed, p.voters, p.observers, p.withDirs, o)
	c.cfg.MaxFetchBytes = []int{1, 300, 2000, 1 << 20}[r.IntN(4)]
	c.cfg.MaxPartBytes = []int{1000, 5000, 1 << 20}[r.IntN(3)]
	c.cfg.SegmentBytes = []int64{4000, 20_000, 1 << 20}[r.IntN(3)]
	c.cfg.MaxRetentionBytes = []int64{0, 4000, 1 << 30}[r.IntN(3)]
	c.net.least = ms(r.Between(0, 5))
	c.net.most = c.net.least + ms(r.Between(1, 30))
	if r.Chance(1, 2) {
		c.net.lossPerMille, c.net.dupPerMille = int(r.Between(0, 50)), int(r.Between(0, 50))
		c.net.latePerMille, c.net.late = int(r.Between(0, 30)), ms(r.Between(100, 8000))
	}
	return c, p
}

// simulate runs a seed: faults with the laws checked after every event, then peace with progress demanded.
func simulate(seed uint64, trace func(string)) *cluster {
	c, p := draw(seed)
	c.trace = trace
	for _, m := range c.nodes {
		c.at(ms(c.rnd.Between(0, 200)), m.start)
	}
	c.work(p)
	if p.snapshots > 0 {
		c.snapshots(p)
	}
	c.troubles(p, c.now.Add(p.faults))
	c.run(p.faults)
	c.peace()
	c.demand()
	return c
}

// work appends a record to the leader, again and again.
func (c *cluster) work(p plan) {
	token := uint64(0)
	pause := c.rnd.Between(2, 200)
	var next func()
	next = func() {
		if c.idle {
			return
		}
		for _, m := range c.nodes {
			if m.r != nil && m.owner.leader == m.id {
				token++
				_ = m.append(token, int(c.rnd.Between(0, 400)))
			}
		}
		c.at(ms(c.rnd.Between(1, pause)), next)
	}
	c.at(time.Second, next)
}

func (c *cluster) snapshots(p plan) {
	var next func()
	next = func() {
		if m := c.nodes[c.rnd.IntN(len(c.nodes))]; m.r != nil && !m.owner.loading && m.owner.next > 0 {
			_ = m.snapshot(int(c.rnd.Between(1, 30)))
		}
		c.at(ms(c.rnd.Between(1, 2*int64(p.snapshots/time.Millisecond))), next)
	}
	c.at(p.snapshots, next)
}

// troubles draws one fault after the other.
func (c *cluster) troubles(p plan, until env.Instant) {
	sum := 0
	for _, w := range p.weights {
		sum += w
	}
	wiped := !p.wipes
	var next func()
	next = func() {
		if c.now >= until || sum == 0 {
			return
		}
		n := c.rnd.IntN(sum)
		f := fault(0)
		for n >= p.weights[f] {
			n -= p.weights[f]
			f++
		}
		c.trouble(f, &wiped)
		c.at(ms(c.rnd.Between(1, 2*int64(p.every/time.Millisecond))), next)
	}
	c.at(2*time.Second, next)
}

func (c *cluster) trouble(f fault, wiped *bool) {
	any := c.nodes[c.rnd.IntN(len(c.nodes))]
	leader := c.leader()
	if leader == nil {
		leader = any
	}
	switch f {
	case crashAny:
		c.fell(any, false)
	case cutAny:
		c.fell(any, true)
	case crashLeader:
		c.fell(leader, false)
	case cutLeader:
		c.fell(leader, true)
	case cutAll:
		for _, m := range c.nodes {
			c.fell(m, true)
		}
	case isolate:
		if c.rnd.Chance(1, 2) {
			any = leader
		}
		for _, m := range c.nodes {
			if m != any {
				c.block(any.id, m.id)
				c.block(m.id, any.id)
			}
		}
	case oneWay:
		if c.rnd.Chance(1, 2) {
			any = leader
		}
		in := c.rnd.Chance(1, 2)
		for _, m := range c.nodes {
			switch {
			case m == any:
			case in:
				c.block(m.id, any.id)
			default:
				c.block(any.id, m.id)
			}
		}
	case split:
		c.block(any.id, c.nodes[c.rnd.IntN(len(c.nodes))].id)
	case stall:
		any.disk.Stall(ms(c.rnd.Between(10, 4000)))
	case heal:
		clear(c.blocked)
	case wipe:
		c.wipe(wiped)
	}
}

func (c *cluster) block(from, to kafka.NodeID) {
	c.blocked[[2]kafka.NodeID{from, to}] = true
	c.say("cut %d > %d", from, to)
	c.at(ms(c.rnd.Between(100, 9000)), func() { delete(c.blocked, [2]kafka.NodeID{from, to}) })
}

// fell stops a node, and has it start again some time.
func (c *cluster) fell(m *machine, power bool) {
	if m.r == nil {
		return
	}
	m.stop(power)
	wait := c.rnd.Between(1, 3000)
	if c.rnd.Chance(1, 3) {
		wait = c.rnd.Between(1, 50)
	}
	c.at(ms(wait), m.start)
}

// wipe replaces the disk of one voter, once, with an empty one.
func (c *cluster) wipe(wiped *bool) {
	if *wiped {
		return
	}
	*wiped = true
	m := c.node(c.voters[c.rnd.IntN(len(c.voters))].ID)
	m.stop(true)
	m.disk.Wipe()
	m.dir = c.rnd.UUID()
	c.laws.wiped(m)
	c.say("node %d has an empty disk", m.id)
	c.at(ms(c.rnd.Between(1, 2000)), m.start)
}

// peace ends all faults and starts every node.
func (c *cluster) peace() {
	clear(c.blocked)
	c.idle = true
	c.net.lossPerMille, c.net.dupPerMille, c.net.latePerMille = 0, 0, 0
	c.cfg.MaxFetchBytes = 1 << 20 // a backlog fetched batch by batch takes its time, and that is not the question
	for _, m := range c.nodes {
		m.start()
		m.r.cfg.MaxFetchBytes = c.cfg.MaxFetchBytes
	}
}

// demand is the liveness check: a leader, and a new record that reaches every owner.
func (c *cluster) demand() {
	const patience = 60
	for range patience * 10 {
		c.run(100 * time.Millisecond)
		if m := c.leader(); m != nil && c.laws.broken == nil {
			before := m.owner.next
			_ = m.append(1<<60+uint64(c.steps), 10)
			c.run(3 * time.Second)
			if c.settled(before) {
				return
			}
		}
	}
	if c.laws.broken == nil {
		text := ""
		for _, m := range c.nodes {
			text += fmt.Sprintf("; node %d: %s", m.id, m.describe())
		}
		c.laws.breach("Progress", "no record reached everybody within %d s of peace%s", patience, text)
	}
}

func (m *machine) describe() string {
	if m.r == nil {
		return "down"
	}
	r := m.r
	return fmt.Sprintf("%v %v epoch %d leader %d log [%d, %d) flushed %d high %d given %d reported %d/%d, log %v, timer %v, now %v, deadline %v",
		r.life.state, r.at.role, r.at.election.epoch, r.LeaderID(), r.log.start, r.log.end.End, r.log.flushed, r.log.high,
		r.delivery.given, m.owner.leader, m.owner.epoch, r.log.log.State(), r.member.timer.due, m.c.now-m.started,
		r.Deadline())
}

func (c *cluster) settled(before kafka.Offset) bool {
	for _, m := range c.nodes {
		if m.r == nil || m.owner.next <= before {
			return false
		}
	}
	return true
}

// TestSimulation runs seeds of everything at once.
func TestSimulation(t *testing.T) {
	elected, steps, acked, snaps := 0, 0, 0, 0
	for seed := *first; seed < *first+uint64(*seeds); seed++ {
		var trace func(string)
		if *tracing {
			trace = func(s string) { fmt.Println(s) }
		}
		c := simulate(seed, trace)
		if b := c.laws.broken; b != nil {
			t.Fatalf("seed %d at %v, step %d: %s: %s", seed, c.now, c.steps, b.law, b.text)
		}
		elected, steps, acked = elected+c.laws.elected, steps+c.steps, acked+len(c.laws.tokens)
		for _, m := range c.nodes {
			snaps += len(m.r.snapshots.list)
		}
	}
	t.Logf("%d seeds: %d events, %d leaders, %d acknowledged appends, %d snapshots at the end", *seeds, steps,
		elected, acked, snaps)
}
