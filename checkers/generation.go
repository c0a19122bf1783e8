package checkers

import (
	"fmt"
	"slices"

	"gregor/core/env"
)

// group is what the invariants know of a consumer group.
type group struct {
	coordinator string
	generation  int32 // the latest, 0: none yet
	synced      int32 // the latest that a member got its partitions in: it is stored
	members     []string
	restarted   bool // the coordinator has died since the latest generation
	cut         Mishap
	owners      []*owner
}

func (v *Invariants) group(name string) *group {
	g := v.groups[name]
	if g == nil {
		g = new(group)
		v.groups[name] = g
	}
	return g
}

// generation-back: a group's generation only rises, while it has members. A coordinator that dies may forget
// the generations in which nobody has got partitions yet, since nothing of them is stored.
func (v *Invariants) generations(fact env.Fact) {
	switch f := fact.(type) {
	case env.GroupRebalanced:
		v.rebalanced(v.group(f.Group), &f)
	case env.GroupMemberGone:
		g := v.group(f.Group)
		g.members = slices.DeleteFunc(g.members, func(m string) bool { return m == f.Member })
	}
}

func (v *Invariants) rebalanced(g *group, f *env.GroupRebalanced) {
	least := g.generation + 1
	if g.restarted {
		least = g.synced + 1
	}
	if f.Generation < least && (len(g.members) > 0 || g.restarted && g.synced > 0) {
		found := v.find("generation-back", env.TopicPartition{}, -1, "group %s entered generation %d after %d", f.Group, f.Generation, least-1)
		switch {
		case g.cut.Kind == PowerCut || g.cut.Kind == SyncFailed:
			found.Attributed = fmt.Sprintf("the %s of %s at event %d may have taken what was not flushed", g.cut.Kind, g.cut.Node, g.cut.Event)
		case v.node(g.coordinator).damaged:
			found.Attributed = "the disk of " + g.coordinator + " was damaged"
		}
		g.synced = 0
	}
	g.coordinator, g.generation, g.restarted, g.cut = v.now.Node, f.Generation, false, Mishap{}
	g.members = append(g.members[:0:0], f.Members...)
}

// restarted marks the groups that a node coordinates.
func (v *Invariants) restarted(name string) {
	//tidy:unordered each entry is changed by itself
	for _, g := range v.groups {
		if g.coordinator != name {
			continue
		}
		g.restarted = true
		n := v.node(name)
		if n.unsure.Kind == SyncFailed {
			g.cut = n.unsure
		}
		if n.befell.Kind == PowerCut {
			g.cut = n.befell
		}
	}
}
