package scenarios

import (
	"fmt"
	"slices"

	"gregor/core/client"
	"gregor/core/env"
	"gregor/core/kafka"
)

// health is whether the cluster has recovered, as the facts show it.
type health struct {
	s       *Scenario
	roles   *roles
	up      func(name string) bool
	serving map[string]bool                // servers that have reported so since they started
	leaving map[string]bool                // nodes that were asked to stop
	moved   map[kafka.TopicPartition]moves // by admins
	looked  int                            // how often the roles had changed when it was looked at last
	ailing  string                         // what was wrong then
}

// ok is asked after every event, and looks again only when the roles have changed, or where partitions are to be.
func (h *health) ok() bool {
	if h.looked != h.roles.changes {
		h.looked, h.ailing = h.roles.changes, h.ailment()
	}
	return h.ailing == ""
}

// ails is what is missing where the cluster does not recover.
func (h *health) ails() (what, why string) { return "the recovery of the cluster", h.ailment() }

// ailment is what a cluster lacks that has not recovered. In one that has, a controller is active, every node has
// started, every broker is unfenced, every partition has a leader, all its replicas are in the ISR, and they are those
// last asked for.
func (h *health) ailment() string {
	if !h.roles.decides || !h.up(nodeName(h.roles.active.Node)) {
		return "no controller is active"
	}
	for _, m := range h.s.Cluster.members() {
		if !h.serving[m.name] {
			return m.name + " has not started again" // what the metadata has of it is of its last life
		}
		if _, leaves := h.leaving[m.name]; leaves {
			return m.name + " has not stopped yet"
		}
		if s, known := h.roles.brokers[m.name]; m.broker && (!known || s.Fenced || s.Stopping || s.Gone || !h.up(m.name)) {
			return m.name + " is fenced"
		}
	}
	for _, p := range h.roles.known() {
		if why := h.ailmentOf(p); why != "" {
			return fmt.Sprintf("%s: %s", p.TopicPartition, why)
		}
	}
	return ""
}

func (h *health) ailmentOf(p env.PartitionChanged) string {
	wanted := h.moved[p.TopicPartition]
	there := slices.ContainsFunc(wanted.to, func(replicas []kafka.NodeID) bool { return sameNodes(p.Replicas, replicas) })
	switch {
	case p.Leader < 0:
		return "no leader"
	case !sameNodes(p.ISR, p.Replicas):
		return fmt.Sprintf("the ISR is %v, the replicas are %v", p.ISR, p.Replicas)
	case wanted.sure && !there:
		return fmt.Sprintf("its replicas are %v, and should be one of %v", p.Replicas, wanted.to)
	}
	return ""
}

func sameNodes(a, b []kafka.NodeID) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// moves are the replica sets that admins have asked for. Of several it is unknown which was carried out last; and of
// one whose response was lost, whether it was.
type moves struct {
	to   [][]kafka.NodeID
	sure bool // one was carried out
}

// move notes where a scenario's admin has had a partition moved to.
func (h *health) move(returned env.AdminReturned) {
	i := slices.IndexFunc(h.s.Clients, func(c Client) bool { return c.Kind == "admin" && c.Name == returned.Client })
	if i < 0 {
		return
	}
	if _, cmd, err := h.s.Clients[i].command(); err == nil && cmd.Op == client.Reassign && len(cmd.Replicas) > 0 {
		tp := kafka.TopicPartition{Topic: cmd.Topic, Partition: cmd.Partition}
		m := h.moved[tp]
		m.to, m.sure = append(m.to, cmd.Replicas), m.sure || returned.Error == ""
		h.moved[tp] = m
		h.looked = -1
	}
}
