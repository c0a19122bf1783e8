package group

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/coordinator"
	"gregor/core/env"
)

// Ticket is the owner's handle for one request that waits for its answer.
type Ticket uint64

// Coordinator serves the groups of those __consumer_offsets partitions that its Runtime has loaded into it.
type Coordinator struct {
	cfg     Config
	rnd     env.Rand
	world   *env.World
	reply   func(Ticket, kmsg.Response)
	runtime *coordinator.Runtime

	groups   map[string]*group
	full     bool       // the log has a line about too many groups
	names    [][]string // of the groups of each partition, in order
	said     int        // bytes of what the members of all groups say of themselves: Config.MaxMembersBytes
	purge    purge
	timers   alarm.HeapOf[expirer]
	unstored int // groups that nothing in the log is known of
	sweep    sweep
	busy     bool // within a call; see enter
}

// New returns a coordinator that owns no partition yet. Of w only facts are used, and w may be nil. reply answers the request
// of a ticket, in the request's version; it must not call the coordinator.
func New(cfg Config, rnd env.Rand, w *env.World, reply func(Ticket, kmsg.Response)) *Coordinator {
	if cfg.Topics == nil {
		panic("group.Config has no Topics; an offset could not be committed for any")
	}
	cfg.MaxSize = min(cfg.MaxSize, maxMembers)
	c := &Coordinator{cfg: cfg, rnd: rnd, world: w, reply: reply, groups: map[string]*group{}, names: make([][]string, cfg.Partitions)}
	c.runtime = coordinator.New(coordinator.Config{Topic: offsetsTopic, Partitions: cfg.Partitions, AppendTimeout: cfg.CommitTimeout}, w)
	c.runtime.Host(c)
	return c
}

// offsetsTopic is the internal topic that groups live in.
const offsetsTopic = "__consumer_offsets"

// Runtime is what connects the coordinator with the partitions of __consumer_offsets.
func (c *Coordinator) Runtime() *coordinator.Runtime { return c.runtime }

// maxName bounds names that become part of a record, whose strings are at most 32767 bytes.
const maxName = 16 << 10

// admit reports whether a group's requests are served here and now.
func (c *Coordinator) admit(group string) int16 {
	if len(group) > maxName {
		return invalidGroupID
	}
	return int16(c.runtime.Admit(group))
}

// admitNamed is admit for the requests that make no sense without a group's name.
func (c *Coordinator) admitNamed(group string) int16 {
	if group == "" {
		return invalidGroupID
	}
	return c.admit(group)
}

// call opens every exported method and returns what closes it. A Coordinator that is called back by Out would
// see a group half changed.
func (c *Coordinator) call() func() {
	if c.busy {
		panic("a method of group.Coordinator was called while another one runs; reply must not call back")
	}
	c.busy = true
	return c.done
}

func (c *Coordinator) done() { c.busy = false }

// create makes a group that has nothing in the log yet, unless there are too many.
func (c *Coordinator) create(id string, now env.Now) (*group, int16) {
	switch {
	case len(c.groups) >= c.cfg.MaxGroups:
		c.tellFull()
		return nil, policyViolation
	case c.unstored >= c.cfg.MaxUnstoredGroups: // which lasts as long as a join or a commit
		return nil, coordinatorNotAvailable
	}
	g := newGroup(id, now.Wall)
	c.put(g)
	c.account(g)
	return g, none
}

// tellFull logs that new groups are refused, once until there has been room again.
func (c *Coordinator) tellFull() {
	if !c.full {
		c.full = true
		c.tell(env.Logged{Level: env.Warn, Text: fmt.Sprintf("%d consumer groups are remembered, and no more: new ones are refused until some are deleted, or expire (offsets.retention.minutes)", len(c.groups))})
	}
}

// put makes a group the one of its name.
func (c *Coordinator) put(g *group) {
	if c.groups[g.id] == nil {
		names := &c.names[c.runtime.PartitionFor(g.id)]
		at, _ := slices.BinarySearch(*names, g.id)
		*names = slices.Insert(*names, at, g.id)
	}
	c.groups[g.id] = g
}

// weigh takes in that a group's members have come, gone or changed what they say.
func (c *Coordinator) weigh(g *group) {
	c.said += g.said - g.weighed
	g.weighed = g.said
}

// account keeps count of the groups the log knows nothing of.
func (c *Coordinator) account(g *group) {
	bare := !g.stored && len(g.offsets) == 0
	if bare == g.unstored {
		return
	}
	if g.unstored = bare; bare {
		c.unstored++
	} else {
		c.unstored--
	}
}

// dropIfNothing forgets a group that neither the log nor anybody else knows of.
func (c *Coordinator) dropIfNothing(g *group) {
	if g.visible() || len(g.inflight) > 0 || c.groups[g.id] != g {
		return
	}
	c.drop(g)
}

// drop forgets a group with its timers.
func (c *Coordinator) drop(g *group) {
	if g.unstored {
		c.unstored--
	}
	for _, m := range g.members {
		c.timers.Clear(&m.session)
	}
	for _, id := range slices.Sorted(maps.Keys(g.pending)) {
		c.timers.Clear(&g.pending[id].session)
	}
	c.timers.Clear(&g.joinTimer.timer)
	c.timers.Clear(&g.syncTimer.timer)
	c.said -= g.weighed
	g.weighed = 0
	delete(c.groups, g.id)
	c.full = false
	names := &c.names[c.runtime.PartitionFor(g.id)]
	if at, ok := slices.BinarySearch(*names, g.id); ok {
		*names = slices.Delete(*names, at, at+1)
	}
}

// sortedGroups lists the names of all groups, one partition after the other, or of those in one.
func (c *Coordinator) sortedGroups() []string { return slices.Concat(c.names...) }

func (c *Coordinator) sortedGroupsOf(p env.PartitionID) []string { return slices.Clone(c.names[p]) }

// newMemberID makes a member's id the way Kafka does: who it is, and a random UUID.
func (c *Coordinator) newMemberID(client ClientInfo, instance *string) string {
	who := client.ID
	if instance != nil {
		who = *instance
	}
	if len(who) > maxName {
		who = who[:maxName]
	}
	u := c.rnd.UUID()
	h := hex.EncodeToString(u[:])
	return who + "-" + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func (c *Coordinator) tell(f env.Fact) {
	if c.world != nil {
		c.world.Tell(f)
	}
}

// maxDue bounds how many timers one Tick runs; the rest is due at once.
const maxDue = 1024

// Tick runs what is due. What becomes due by that waits for the next Tick.
func (c *Coordinator) Tick(now env.Now) {
	defer c.call()()
	before := c.timers.Mark()
	for range maxDue {
		owner, ok := c.timers.DueOf(now.Mono, before)
		if !ok {
			return
		}
		owner.expire(c, now)
	}
}

// Deadline says when Tick has something to do, if nothing else is called before.
func (c *Coordinator) Deadline() env.Instant { return c.timers.Next() }
