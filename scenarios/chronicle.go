package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"gregor/checkers"
	"gregor/core/env"
)

// chronicle tells what happens to a cluster: who decides, who is in service, who leads each partition and why, who is
// in sync, what is cut off where, and when writing goes on. Every node tells what the metadata log says; it is told
// to a person once, when the first node knows.
type chronicle struct {
	at       env.Offset // of the metadata log: what is told up to there
	epoch    env.LeaderEpoch
	decider  env.NodeID
	standing map[env.NodeID]env.BrokerStanding
	parts    map[env.TopicPartition]*part
	ends     map[replicaKey]env.Offset
	follows  map[replicaKey]env.BecameFollower
}

// part is a partition as the chronicle knows it.
type part struct {
	env.PartitionChanged
	lostAt   env.Instant // when its leader went, or the last write before that was acknowledged
	acked    env.Instant // the last write
	begins   env.Offset  // where the epoch's first batch is; -1: there is none yet
	awaiting bool        // a leader has been elected, and has acknowledged nothing yet
	led      env.NodeID  // the last one
}

type replicaKey struct {
	node string
	tp   env.TopicPartition
}

func newChronicle() chronicle {
	return chronicle{decider: -1, standing: map[env.NodeID]env.BrokerStanding{}, parts: map[env.TopicPartition]*part{},
		ends: map[replicaKey]env.Offset{}, follows: map[replicaKey]env.BecameFollower{}}
}

// tell takes a fact, and returns what there is to say about it.
func (c *chronicle) tell(s checkers.Stamped) (lines []string) {
	switch f := s.Fact.(type) {
	case env.ActiveController:
		return c.controller(f)
	case env.ControllerResigned:
		return []string{fmt.Sprintf("decides no more (controller epoch %d)", f.Epoch)}
	case env.BrokerStanding:
		return c.broker(f)
	case env.PartitionChanged:
		return c.partition(s, f)
	case env.BecameFollower:
		c.follows[replicaKey{s.Node, f.TopicPartition}] = f
	case env.LogRecovered:
		c.ends[replicaKey{s.Node, f.TopicPartition}] = f.End
	case env.Appended:
		return c.appended(s, f)
	case env.LogTruncated:
		return c.truncated(s, f)
	case env.ProduceReturned:
		return c.returned(s, f)
	}
	return nil
}

func (c *chronicle) controller(f env.ActiveController) []string {
	if f.Epoch <= c.epoch {
		return nil
	}
	c.epoch, c.decider = f.Epoch, f.Node
	return []string{fmt.Sprintf("is the active controller now (epoch %d)", f.Epoch)}
}

func (c *chronicle) broker(f env.BrokerStanding) []string {
	old, known := c.standing[f.Broker]
	if known && f.At <= old.At {
		return nil
	}
	c.standing[f.Broker] = f
	name := nodeName(f.Broker)
	switch {
	case f.Gone:
		return []string{name + " is not registered any more"}
	case !known || f.Epoch != old.Epoch:
		return []string{fmt.Sprintf("%s is registered (broker epoch %d)", name, f.Epoch)}
	case f.Fenced && !old.Fenced:
		return []string{name + " is fenced"}
	case !f.Fenced && old.Fenced:
		return []string{name + " is in service"}
	case f.Stopping && !old.Stopping:
		return []string{name + " is about to stop, in a controlled way"}
	}
	return nil
}

// partition compares what the metadata log says of a partition with what it said before.
func (c *chronicle) partition(s checkers.Stamped, f env.PartitionChanged) (lines []string) {
	p := c.parts[f.TopicPartition]
	if p != nil && f.At <= p.At {
		return nil
	}
	if p == nil || f.Gone {
		c.parts[f.TopicPartition] = &part{PartitionChanged: f, begins: -1, led: f.Leader}
		return born(f)
	}
	old := p.PartitionChanged
	p.PartitionChanged = f
	if !slices.Equal(old.Replicas, f.Replicas) {
		lines = append(lines, fmt.Sprintf("%s: its replicas are %s", f.TopicPartition, nodeList(f.Replicas)))
	}
	if f.Leader != old.Leader || f.Epoch != old.Epoch {
		p.begins, p.awaiting = -1, f.Leader >= 0
		if p.lostAt = p.acked; p.lostAt == 0 {
			p.lostAt = s.At
		}
		lines = append(lines, elected(old, f, p.led))
		if f.Leader >= 0 {
			p.led = f.Leader
		}
	}
	if text := inSyncNow(old, f); text != "" {
		lines = append(lines, text)
	}
	return lines
}

// born says who leads a partition first, unless it is the cluster's own.
func born(f env.PartitionChanged) []string {
	if f.Gone || f.Topic == offsetsTopic || f.Leader < 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s leads in epoch %d; its replicas are %s", f.TopicPartition, nodeName(f.Leader), f.Epoch, nodeList(f.Replicas))}
}

// elected says who leads a partition now, and what made them eligible; led is who did last.
func elected(old, f env.PartitionChanged, led env.NodeID) string {
	who := fmt.Sprintf("%s: %s leads in epoch %d", f.TopicPartition, nodeName(f.Leader), f.Epoch)
	switch {
	case f.Leader < 0:
		return fmt.Sprintf("%s: nobody leads in epoch %d; nobody who may is in service", f.TopicPartition, f.Epoch)
	case f.Leader == old.Leader:
		return who + ", as before"
	case f.Unclean && f.Leader == led && len(old.ISR)+len(old.ELR) == 0:
		return who + ", having been the last to lead; nobody was left in sync or eligible, and it may lack what was acknowledged"
	case f.Unclean:
		return who + ", elected uncleanly: it was not in sync, and may lack what was acknowledged"
	case slices.Contains(old.ISR, f.Leader):
		return who + ", elected from those in sync, " + nodeList(old.ISR)
	case slices.Contains(old.ELR, f.Leader):
		return who + ", elected from the eligible, " + nodeList(old.ELR) + ", who left the in-sync set with everything"
	}
	if len(f.ISR) > 1 {
		return who + ", which has just come to be in sync"
	}
	return who + ", the last one known to have everything"
}

func inSyncNow(old, f env.PartitionChanged) string {
	var parts []string
	if !sameNodes(old.ISR, f.ISR) {
		text := "in sync are " + nodeList(f.ISR)
		if gone := without(old.ISR, f.ISR); len(gone) > 0 {
			text += ", without " + nodeList(gone)
		}
		if come := without(f.ISR, old.ISR); len(come) > 0 {
			text += ", with " + nodeList(come) + " again"
		}
		parts = append(parts, text)
	}
	if !sameNodes(old.ELR, f.ELR) {
		parts = append(parts, "eligible besides are "+nodeList(f.ELR))
	}
	if len(parts) == 0 {
		return ""
	}
	return f.TopicPartition.String() + ": " + strings.Join(parts, "; ")
}

// without lists those of a that are not in b.
func without(a, b []env.NodeID) []env.NodeID {
	return slices.DeleteFunc(slices.Clone(a), func(id env.NodeID) bool { return slices.Contains(b, id) })
}

func nodeList(all []env.NodeID) string {
	if len(all) == 0 {
		return "nobody"
	}
	var names []string
	for _, id := range all {
		names = append(names, nodeName(id))
	}
	return strings.Join(names, " ")
}

func (c *chronicle) appended(s checkers.Stamped, f env.Appended) []string {
	c.ends[replicaKey{s.Node, f.TopicPartition}] = f.Last + 1
	if p := c.parts[f.TopicPartition]; p != nil && p.awaiting && p.begins < 0 && f.Epoch == p.Epoch && s.Node == nodeName(p.Leader) {
		p.begins = f.Base
	}
	return nil
}

func (c *chronicle) truncated(s checkers.Stamped, f env.LogTruncated) []string {
	k := replicaKey{s.Node, f.TopicPartition}
	end := c.ends[k]
	c.ends[k] = f.To
	if end <= f.To {
		return nil
	}
	text := fmt.Sprintf("cuts %s off at %d: %d records go", f.TopicPartition, f.To, end-f.To)
	if l, ok := c.follows[k]; ok && l.Leader >= 0 {
		text += fmt.Sprintf(" that %s, leader in epoch %d, does not have", nodeName(l.Leader), l.Epoch)
	}
	return []string{text}
}

// returned notices the first write that a new leader acknowledges.
func (c *chronicle) returned(s checkers.Stamped, f env.ProduceReturned) []string {
	p := c.parts[f.TopicPartition]
	if p == nil || f.Outcome != env.OK {
		return nil
	}
	p.acked = s.At
	if !p.awaiting || p.begins < 0 || f.Offset < p.begins {
		return nil
	}
	p.awaiting = false
	return []string{fmt.Sprintf("%s: the first write in epoch %d is acknowledged by %s, %s after the last one before", f.TopicPartition, p.Epoch,
		nodeName(p.Leader), after(s.At.Sub(p.lostAt)))}
}
