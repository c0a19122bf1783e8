package group

import (
	"encoding/hex"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/coordinator"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// Ticket is the owner's handle of one request that waits for its response.
type Ticket uint64

// Coordinator serves the groups of those __consumer_offsets partitions that its Runtime has loaded into it.
type Coordinator struct {
	cfg     Config
	rnd     env.Rand
	world   *env.World
	reply   func(Ticket, kmsg.Response)
	runtime *coordinator.Runtime

	groups directory
	timers alarm.HeapOf[expirer]
	purge  purge
	sweep  sweep
	busy   bool // within a call
}

// New returns a coordinator that owns no partition yet. Of w only facts are used, and w may be nil. reply answers the
// request of a ticket, in the request's version; it must not call the coordinator.
func New(cfg Config, rnd env.Rand, w *env.World, reply func(Ticket, kmsg.Response)) *Coordinator {
	if cfg.Topics == nil {
		panic("group.Config has no Topics; an offset could not be committed for any")
	}
	cfg.MaxSize = min(cfg.MaxSize, maxMembers)
	c := &Coordinator{cfg: cfg, rnd: rnd, world: w, reply: reply, groups: newDirectory(&cfg, w)}
	c.runtime = coordinator.New(coordinator.Config{Topic: kafka.OffsetsTopic, Partitions: cfg.Partitions,
		AppendTimeout: cfg.CommitTimeout}, w)
	c.runtime.Host(hosted{c})
	return c
}

// Runtime is what connects the coordinator with the partitions of __consumer_offsets.
func (c *Coordinator) Runtime() *coordinator.Runtime { return c.runtime }

// maxName bounds names that become part of a record, whose strings are at most 32767 bytes.
const maxName = 16 << 10

// admit returns the error of a request about a group that is not served here now.
func (c *Coordinator) admit(group string) kafka.ErrorCode {
	if len(group) > maxName {
		return kafka.InvalidGroupID
	}
	return c.runtime.Admit(group)
}

// admitNamed is admit for the requests whose group must have a name.
func (c *Coordinator) admitNamed(group string) kafka.ErrorCode {
	if group == "" {
		return kafka.InvalidGroupID
	}
	return c.admit(group)
}

// call opens every method that is called from outside, and returns the function that closes it. A call from within a
// call would see a group that is half changed.
func (c *Coordinator) call() func() {
	if c.busy {
		must.Fail("group: a method of Coordinator is called while another one runs; did reply call back?")
	}
	c.busy = true
	return c.done
}

func (c *Coordinator) done() { c.busy = false }

// dropIfNothing removes a group that has no record, no offsets, no members and no appends in flight.
func (c *Coordinator) dropIfNothing(g *group) {
	if g.visible() || len(g.inflight) > 0 || c.groups.byID[g.id] != g {
		return
	}
	c.drop(g)
}

// drop removes a group with its timers.
func (c *Coordinator) drop(g *group) {
	for _, m := range g.members {
		c.timers.Clear(&m.session)
	}
	for _, id := range slices.Sorted(maps.Keys(g.pending)) {
		c.timers.Clear(&g.pending[id].session)
	}
	c.timers.Clear(&g.round.joinTimer.timer)
	c.timers.Clear(&g.round.syncTimer.timer)
	c.groups.remove(g)
}

// newMemberID returns a member's id in Kafka's form: the client's id, or the instance's, and a random UUID.
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
		c.world.Emit(f)
	}
}
