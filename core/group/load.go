package group

import (
	"bytes"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// hosted is the coordinator as its Runtime calls it.
type hosted struct{ c *Coordinator }

// Load replays one record of __consumer_offsets. One that cannot be read is an error, and so is one whose group does
// not live in the partition. Records of other kinds of groups are ignored.
func (h hosted) Load(p kafka.PartitionID, key, value []byte, at env.WallMillis) error {
	c := h.c
	defer c.call()()
	id, ch, ok, err := decode(key, value)
	if err != nil || !ok {
		return err
	}
	if home := c.runtime.PartitionFor(id); home != p {
		return fmt.Errorf("group %q belongs to %s-%d", id, kafka.OffsetsTopic, home)
	}
	c.groups.replay(id, ch, at)
	return nil
}

// replay applies one record to its group.
func (d *directory) replay(id string, ch change, at env.WallMillis) {
	g := d.byID[id]
	if g == nil {
		g = newGroup(id, at)
		d.put(g)
	}
	switch ch.kind {
	case groupStored:
		g = restore(g, ch.metadata)
		d.put(g)
	case groupRemoved:
		g = after(g, at)
		d.put(g)
	}
	ch.apply(g)
	d.account(g)
	d.weigh(g)
}

// after returns an empty group with the offsets of the one before.
func after(before *group, since env.WallMillis) *group {
	g := newGroup(before.id, since)
	g.offsets, g.unstored, g.weighed = before.offsets, before.unstored, before.weighed
	return g
}

// restore returns the group that a record describes.
func restore(before *group, v *kmsg.GroupMetadataValue) *group {
	g := after(before, env.WallMillis(v.CurrentStateTimestamp))
	g.protocolType, g.protocol, g.generation = v.ProtocolType, v.Protocol, v.Generation
	for i := range v.Members {
		if m := restoreMember(v, &v.Members[i]); g.byID[m.id] == nil && (m.instance == nil || g.static[*m.instance] == nil) {
			g.add(m)
		}
	}
	if v.Leader != nil && g.byID[*v.Leader] != nil {
		g.leader = g.byID[*v.Leader]
	}
	if len(g.members) > 0 {
		g.state, g.previous = Stable, CompletingRebalance
	}
	g.topics = g.subscriptions()
	return g
}

// restoreMember returns a member with the chosen protocol alone: the record holds no other.
func restoreMember(v *kmsg.GroupMetadataValue, r *kmsg.GroupMetadataValueMember) *member {
	m := &member{id: r.MemberID, instance: r.InstanceID, assignment: bytes.Clone(r.Assignment), self: self{
		client:        ClientInfo{ID: r.ClientID, Host: r.ClientHost},
		sessionMillis: r.SessionTimeoutMillis, rebalanceMillis: r.RebalanceTimeoutMillis}}
	if m.rebalanceMillis < 0 {
		m.rebalanceMillis = m.sessionMillis
	}
	if v.Protocol != nil {
		m.protocols = []protocol{{*v.Protocol, bytes.Clone(r.Subscription)}}
	}
	return m
}

// Loaded serves the groups of a partition from now on. Every member gets a whole session, because it is not known how
// long it has been silent.
func (h hosted) Loaded(now env.Now, p kafka.PartitionID) {
	c := h.c
	defer c.call()()
	for _, id := range c.groups.sortedOf(p) {
		g := c.groups.byID[id]
		c.wake(now, g)
		c.dropIfNothing(g)
	}
	c.sweep.schedule(c, now)
}

func (c *Coordinator) wake(now env.Now, g *group) {
	for _, m := range g.members {
		c.touch(now, m)
	}
	if len(g.members) > 0 && g.protocol == nil {
		c.prepareRebalance(now, g) // no coordinator writes such a record; the members choose a protocol again
	}
	if len(g.members) > c.cfg.MaxSize && g.state == Stable {
		c.prepareRebalance(now, g) // group.max.size was lowered: the last members to join are refused
	}
}

// Unload drops the groups of a partition. Requests that wait are answered NOT_COORDINATOR.
func (h hosted) Unload(now env.Now, p kafka.PartitionID) {
	c := h.c
	defer c.call()()
	for _, id := range c.groups.sortedOf(p) {
		c.abandon(c.groups.byID[id])
	}
}

// abandon drops a group. Its appends have their outcomes afterwards.
func (c *Coordinator) abandon(g *group) {
	g.state = Dead
	for _, m := range g.members {
		c.finishJoin(m, joinError(m.id, kafka.NotCoordinator))
		c.finishSync(m, syncError(kafka.NotCoordinator))
	}
	c.drop(g)
}
