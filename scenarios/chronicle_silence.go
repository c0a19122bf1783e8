package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"gregor/checkers/history"
	"gregor/core/kafka"
)

// lookEvery is how often the chronicle looks for silence.
const lookEvery = 250 * time.Millisecond

// silence adds that for a while no write was acknowledged or no record read, though some are under way, and the reason.
func (c *chronicle) silence(s history.Stamped) {
	if !c.begun || s.At.Sub(c.looked) < lookEvery {
		return
	}
	c.looked = s.At
	now := history.Stamped{Event: s.Event, At: s.At}
	for _, tp := range c.order {
		p := c.partitions[tp]
		if since := max(p.acked, p.created, c.begin); !internal(tp) && !p.Gone && !p.stalled && c.awaited(p) &&
			s.At.Sub(since) >= silent {
			p.stalled = true
			c.say(now, fmt.Sprintf("{}: no write acknowledged since %s%s", since.Clock(c.begin), colon(c.whyNotWritten(p))), tp)
		}
	}
	for _, g := range c.groups {
		if since := max(g.readAt, g.waits, c.begin); !g.stalled && c.unread(g) != nil && s.At.Sub(since) >= silent {
			g.stalled = true
			c.say(now, fmt.Sprintf("group %s has read nothing since %s%s", g.name, since.Clock(c.begin), colon(c.whyNotRead(g))))
		}
	}
}

func colon(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// unread is a partition with acknowledged records that a group has not read, nil if there is none.
func (c *chronicle) unread(g *groupState) *partitionState {
	for _, tp := range c.order {
		if p := c.partitions[tp]; !p.Gone && contains(g.topics, tp.Topic) && p.ackedEnd > g.position[tp] {
			return p
		}
	}
	return nil
}

// whyNotWritten is what keeps writes to a partition from being acknowledged, as far as the facts show it.
func (c *chronicle) whyNotWritten(p *partitionState) string {
	leader := nodeName(p.Leader)
	state := c.nodes.state(leader)
	switch producer := c.heldStill(p); {
	case producer != "":
		return producer
	case p.Leader < 0:
		return fmt.Sprintf("it has no leader (ISR %s, ELR %s)", isr(p.ISR), names.List(p.ELR))
	case state != "" && len(c.quorum.voters) == 1:
		return fmt.Sprintf("its leader %s is %s", leader, state)
	case state != "" && c.quorum.broken:
		return fmt.Sprintf("its leader %s is %s, and the metadata quorum has no majority", leader, state)
	case state != "":
		return fmt.Sprintf("its leader %s is %s, and no other is elected yet", leader, state)
	case len(p.ISR) < p.MinISR:
		return fmt.Sprintf("ISR %s is below min.insync.replicas=%d", isr(p.ISR), p.MinISR)
	}
	if i := slices.IndexFunc(p.ISR, func(id kafka.NodeID) bool { return c.nodes.state(nodeName(id)) != "" }); i >= 0 {
		late := nodeName(p.ISR[i])
		return fmt.Sprintf("the high watermark waits at offset %d for %s, which is %s and still in ISR %s", p.watermark, late,
			c.nodes.state(late), isr(p.ISR))
	}
	return c.meanwhile(append([]string{leader}, nodeNames(p.ISR)...))
}

// awaited reports whether a write to a partition is under way.
func (c *chronicle) awaited(p *partitionState) bool {
	return slices.ContainsFunc(c.producers, func(producer string) bool { return p.waiting[producer] > 0 })
}

// heldStill names the producers with writes under way if all of them are down or paused.
func (c *chronicle) heldStill(p *partitionState) string {
	var all []string
	for _, producer := range c.producers {
		state := c.nodes.state(producer)
		if p.waiting[producer] > 0 && state == "" {
			return ""
		}
		if p.waiting[producer] > 0 {
			all = append(all, producer+" is "+state)
		}
	}
	return strings.Join(all, ", ")
}

// whyNotRead is what keeps a group from reading.
func (c *chronicle) whyNotRead(g *groupState) string {
	var idle []string
	owners := 0
	for _, m := range g.members {
		if state := c.nodes.state(m); state != "" {
			idle = append(idle, m+" is "+state)
		}
		owners += min(len(c.owned[m]), 1)
	}
	p := c.unread(g)
	coordinator := c.coordinator(g)
	state := c.nodes.state(nodeName(coordinator))
	switch {
	case len(idle) == len(g.members):
		return strings.Join(idle, ", ")
	case coordinator < 0:
		return "it has no coordinator: the partition of __consumer_offsets has no leader"
	case state != "":
		return fmt.Sprintf("its coordinator %s is %s", nodeName(coordinator), state)
	case owners == 0 && g.crashed != "":
		return fmt.Sprintf("no member owns a partition: the coordinator waits for the member that %s was before it crashed, until session.timeout.ms", g.crashed)
	case owners == 0:
		return "no member owns a partition: the group is rebalancing"
	case len(idle) > 0:
		return strings.Join(idle, ", ") + ", and still a member"
	case g.crashed != "":
		return fmt.Sprintf("the coordinator waits for the member that %s was before it crashed, until session.timeout.ms",
			g.crashed)
	case p.Leader < 0, c.nodes.state(nodeName(p.Leader)) != "":
		return p.TopicPartition.String() + ": " + c.whyNotWritten(p)
	}
	return cmp.Or(c.halfOpen(g, p), c.meanwhile(append([]string{nodeName(p.Leader), nodeName(coordinator)}, g.members...)))
}

// meanwhile names the faults that last and take one of the nodes from others.
func (c *chronicle) meanwhile(nodes []string) string {
	var all []string
	for _, d := range c.nodes.lasting {
		if !slices.ContainsFunc(slices.Concat(d.Nodes, d.Other), func(n string) bool { return contains(nodes, n) }) {
			continue
		}
		if keeps := verbOf(d.Verb).story.keeps; keeps != nil {
			all = append(all, keeps(d.Nodes, d.Other))
		}
	}
	return strings.Join(all, ", ")
}

// aFew lists nodes, as far as a line holds them.
func aFew(nodes []string) string {
	if len(nodes) > 4 {
		return strings.Join(nodes[:4], " ") + " …"
	}
	return strings.Join(nodes, " ")
}

func nodeNames(ids []kafka.NodeID) (all []string) {
	for _, id := range ids {
		all = append(all, nodeName(id))
	}
	return all
}

// halfOpen names the broker that a group's consumer may still wait for: the last leader of a partition that the group
// reads, which lost its power when the group read last. Nothing has closed the connection to it.
func (c *chronicle) halfOpen(g *groupState, p *partitionState) string {
	last := nodeName(p.prior)
	if at, cut := c.nodes.powerless[last]; !cut || p.prior == p.Leader || at.Sub(g.readAt) > silent ||
		g.readAt.Sub(at) > time.Second {
		return ""
	}
	return fmt.Sprintf("the consumer waits for a response of %s, which lost its power without closing the connection, until request.timeout.ms", last)
}
