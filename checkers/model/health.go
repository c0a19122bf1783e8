package model

import (
	"fmt"
	"slices"

	"gregor/core/kafka"
)

// Unhealthy names the first thing that keeps the cluster from being at rest, from what its nodes have emitted so far;
// "" if nothing does. It is meant for after healing: a run may then demand that it becomes "" within a bound, and ask
// it after every event.
//
// At rest means: a controller is active; every registered broker is unfenced; every partition has a leader, which
// leads in that epoch, and all its replicas in the ISR; and their logs end, and their high watermarks are, at the
// same offset. While clients write, the last may hold only now and then. Nodes that emit no facts of a cluster are at
// rest.
func (c *Cluster) Unhealthy() string {
	b := &c.Brokers
	if !b.seen && len(b.states) == 0 {
		return ""
	}
	if b.active == nil {
		return "no controller is active"
	}
	if why := c.fencedBroker(); why != "" {
		return why
	}
	why := ""
	c.Partitions(func(p *Partition) {
		if why == "" && p.Image.Exists() {
			if text := c.unhealthyPartition(p); text != "" {
				why = p.TopicPartition.String() + ": " + text
			}
		}
	})
	return why
}

// fencedBroker names a registered broker that is fenced or about to stop.
func (c *Cluster) fencedBroker() string {
	for _, id := range c.Brokers.IDs {
		s := c.Brokers.states[id]
		switch {
		case s.Gone:
		case s.Fenced:
			return c.NameOf(id) + " is fenced"
		case s.Stopping:
			return c.NameOf(id) + " is in controlled shutdown"
		}
	}
	return ""
}

func (c *Cluster) unhealthyPartition(p *Partition) string {
	im := &p.Image
	if im.Leader < 0 {
		return "no leader"
	}
	if !SameMembers(im.ISR, im.Replicas) {
		return fmt.Sprintf("the ISR is %v, the replicas are %v", im.ISR, im.Replicas)
	}
	l := p.Of(im.Leader)
	if l == nil || l.Role != Leading || l.Epoch != im.Epoch {
		return fmt.Sprintf("%s does not lead yet in epoch %d", c.NameOf(im.Leader), im.Epoch)
	}
	i := slices.IndexFunc(im.Replicas, func(id kafka.NodeID) bool { return l.behind(p.Of(id)) != "" })
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("%s %s", c.NameOf(im.Replicas[i]), l.behind(p.Of(im.Replicas[i])))
}

// behind is in what a replica is behind its leader, "" if in nothing. A high watermark that was not reported since a
// log was opened was read from a checkpoint, and is not known.
func (l *Replica) behind(r *Replica) string {
	switch {
	case r == nil || r.Recovering || !r.Known:
		return "has not opened its log"
	case r.End != l.End:
		return fmt.Sprintf("has log end offset %d, and the leader has %d", r.End, l.End)
	case r.disk.highKnown && r.High != l.End:
		return fmt.Sprintf("has high watermark %d, and the leader's log end offset is %d", r.High, l.End)
	}
	return ""
}

// SameMembers reports whether two lists hold the same nodes.
func SameMembers(a, b []kafka.NodeID) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(id kafka.NodeID) bool { return !slices.Contains(b, id) })
}
