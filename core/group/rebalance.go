package group

import (
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// round is what a rebalance waits for.
type round struct {
	joined    int // members with a parked JoinGroup
	owing     int // members that have not asked for their assignment
	joinTimer joinTimer
	syncTimer syncTimer
	storing   bool // this generation's assignment has been appended
}

// joinTimer ends the wait for members to join.
type joinTimer struct {
	timer
	group *group
}

// syncTimer ends the wait for members to ask for their assignment. Without it one that never asks, but goes
// on sending heartbeats, would hold the group in CompletingRebalance for ever (KAFKA-12890).
type syncTimer struct {
	timer
	group *group
}

// rebalance starts a rebalance, or continues the one that runs.
func (c *Coordinator) rebalance(now env.Now, g *group) *emptied {
	if slices.Contains(mayFollow[PreparingRebalance], g.state) {
		return c.prepareRebalance(now, g)
	}
	return c.maybeCompleteJoin(now, g)
}

// rebalanceAfterLoss does so after a member was removed.
func (c *Coordinator) rebalanceAfterLoss(now env.Now, g *group) *emptied {
	if g.in(Stable, CompletingRebalance) {
		return c.prepareRebalance(now, g)
	}
	return c.maybeCompleteJoin(now, g)
}

// prepareRebalance has all members join again.
func (c *Coordinator) prepareRebalance(now env.Now, g *group) *emptied {
	if g.state == CompletingRebalance {
		c.handOut(now, g, nil, kafka.RebalanceInProgress)
	}
	for _, m := range g.members {
		g.paySync(m)
	}
	c.timers.Clear(&g.round.syncTimer.timer)
	first := g.state == Empty
	g.enter(PreparingRebalance, now.Wall)
	if first {
		c.waitForJoins(now, g, g.initial.begin(c.cfg.InitialRebalanceDelay, g.rebalanceTimeout()))
		return nil
	}
	c.waitForJoins(now, g, g.rebalanceTimeout())
	return c.maybeCompleteJoin(now, g)
}

func (c *Coordinator) waitForJoins(now env.Now, g *group, d time.Duration) {
	c.arm(&g.round.joinTimer.timer, &g.round.joinTimer, now.Mono.Add(d))
}

// maybeCompleteJoin completes the join as soon as all members have joined. The first rebalance of an empty group waits
// for its initial delay instead.
func (c *Coordinator) maybeCompleteJoin(now env.Now, g *group) *emptied {
	if g.state != PreparingRebalance || g.isInitial() || !g.allJoined() {
		return nil
	}
	return c.completeJoin(now, g)
}

func (t *joinTimer) expire(c *Coordinator, now env.Now) {
	g := t.group
	if g.isInitial() {
		if more, ok := g.initial.extend(c.cfg.InitialRebalanceDelay); ok {
			c.waitForJoins(now, g, more)
			return
		}
	}
	c.completeJoin(now, g)
	c.dropIfNothing(g)
}

// completeJoin ends the wait: members that have not joined again are removed, except static ones, and the rest is the
// next generation.
func (c *Coordinator) completeJoin(now env.Now, g *group) *emptied {
	c.timers.Clear(&g.round.joinTimer.timer)
	for _, m := range slices.Clone(g.members) {
		if !m.join.waiting && m.instance == nil {
			c.removeMember(now, m, "rebalance.timeout.ms", kafka.RebalanceInProgress)
		}
	}
	if !g.electJoined() && len(g.members) > 0 {
		// Only static members, none of which has joined: their sessions end the wait, or the first of them that joins.
		c.waitForJoins(now, g, max(g.rebalanceTimeout(), time.Second))
		return nil
	}
	must.Equal("group: members that have joined", g.round.joined, "members without the silent static ones",
		len(g.members)-g.silentStatic(), g.id, "was a member kept that did not join?")
	c.nextGeneration(now, g)
	if g.state == Empty {
		e := &emptied{}
		c.append(now, g, []change{g.snapshot(nil)}, e)
		return e
	}
	c.announce(now, g)
	return nil
}

func (c *Coordinator) nextGeneration(now env.Now, g *group) {
	g.generation = max(g.generation+1, 1) // after the largest int32 the next generation is 1
	g.initial.arrivals, g.round.storing, g.protocol = false, false, nil
	next := Empty
	if len(g.members) > 0 {
		name := g.selectProtocol()
		g.protocol, next = &name, CompletingRebalance
	}
	g.topics = g.subscriptions()
	g.enter(next, now.Wall)
	c.tell(env.GroupRebalanced{Group: g.id, Generation: g.generation, Leader: g.leaderID(), Members: g.sortedIDs()})
}

func (g *group) sortedIDs() []string {
	ids := make([]string, len(g.members))
	for i, m := range g.members {
		ids[i] = m.id
	}
	slices.Sort(ids)
	return ids
}

// announce answers every JoinGroup with the new generation, and waits for the SyncGroups.
func (c *Coordinator) announce(now env.Now, g *group) {
	for _, m := range g.members {
		c.finishJoin(m, g.joinedNow(m))
		c.touch(now, m)
		m.isNew, m.owesSync = false, true
	}
	g.round.owing = len(g.members)
	c.arm(&g.round.syncTimer.timer, &g.round.syncTimer, now.Mono.Add(g.rebalanceTimeout()))
}

func (t *syncTimer) expire(c *Coordinator, now env.Now) {
	g := t.group
	if !g.in(CompletingRebalance, Stable) || g.round.owing == 0 {
		return
	}
	for _, m := range slices.Clone(g.members) {
		if m.owesSync {
			c.removeMember(now, m, "no SyncGroup within rebalance.timeout.ms", kafka.RebalanceInProgress)
		}
	}
	c.prepareRebalance(now, g)
	c.dropIfNothing(g)
}

// removeMember removes a member, and answers its parked request with code.
func (c *Coordinator) removeMember(now env.Now, m *member, reason string, code kafka.ErrorCode) {
	g := m.group
	c.timers.Clear(&m.session)
	c.finishJoin(m, joinError("", code))
	c.finishSync(m, syncError(code))
	g.remove(m)
	c.groups.weigh(g)
	c.tell(env.GroupMemberGone{Group: g.id, Member: m.id, Reason: reason})
}

// emptied waits for the record of a group that has lost its last member, with the LeaveGroup that removed it.
type emptied struct {
	leave  *kmsg.LeaveGroupResponse
	ticket Ticket
}

// settle answers the LeaveGroup. If the record could not be appended the group is empty all the same: at worst the next
// load brings the old generation back, whose members then time out.
func (e *emptied) settle(c *Coordinator, now env.Now, g *group, code kafka.ErrorCode) {
	if e.leave == nil {
		return
	}
	if code != kafka.None {
		e.leave = leaveError(e.leave, metadataError(code))
	}
	c.reply(e.ticket, e.leave)
}
