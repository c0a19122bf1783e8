package checkers

import (
	"fmt"
	"slices"

	"gregor/checkers/history"
	"gregor/core/env"
)

// group is what the invariants know of a consumer group.
type group struct {
	coordinator string // who told of it last
	tenures     []*tenure
	began       int   // tenures
	synced      int32 // the latest generation that a member got its partitions in: it is stored
	cut         history.Fault
	lost        string // why a generation that was stored may have been entered again
	owners      []*owner
}

// tenure is the time in which one node coordinates a group. One who has been replaced and does not know it yet goes on
// in its own.
type tenure struct {
	node       *node
	number     int   // later ones have higher numbers
	entered    bool  // a generation
	generation int32 // the latest
	members    []string
	last       uint64 // the event of its last fact
}

func (v *Invariants) group(name string) *group {
	g := v.groups[name]
	if g == nil {
		g = new(group)
		v.groups[name] = g
	}
	return g
}

// tenure is that of the node which tells the present fact. A new one begins when the node has started again, or begun to
// lead a partition of __consumer_offsets.
func (v *Invariants) tenure(g *group) *tenure {
	n := v.node(v.now.Node)
	i := slices.IndexFunc(g.tenures, func(t *tenure) bool { return t.node == n })
	if i < 0 {
		g.tenures = append(g.tenures, &tenure{node: n})
		i = len(g.tenures) - 1
	}
	t := g.tenures[i]
	if t.number == 0 || n.ended > 0 && n.ended >= t.last || n.offsetsLed > t.last {
		*t = tenure{node: n, number: g.began + 1}
		g.began++
	}
	t.last = v.now.Event
	return t
}

// generation-back: a group's generation only rises, while it has members. A coordinator that dies, or is replaced, may
// take with it the generations in which nobody has got partitions yet, since nothing of them is stored.
func (v *Invariants) generations(fact env.Fact) {
	switch f := fact.(type) {
	case env.GroupRebalanced:
		v.rebalanced(v.group(f.Group), &f)
	case env.GroupMemberGone:
		t := v.tenure(v.group(f.Group))
		t.members = slices.DeleteFunc(t.members, func(m string) bool { return m == f.Member })
	}
}

func (v *Invariants) rebalanced(g *group, f *env.GroupRebalanced) {
	t := v.tenure(g)
	least, judged := t.generation+1, len(t.members) > 0
	if !t.entered {
		least, judged = g.synced+1, g.synced > 0
	}
	if f.Generation < least && judged {
		g.lost = v.groupLoss(g)
		v.fault("generation-back", "group %s entered generation %d after %d", f.Group, f.Generation, least-1).Attributed = g.lost
		g.synced = 0
	}
	g.coordinator, g.cut = v.now.Node, history.Fault{}
	t.entered, t.generation = true, f.Generation
	t.members = append(t.members[:0:0], f.Members...)
}

// groupLoss says why a coordinator may not know what was stored of a group, "" if it must.
func (v *Invariants) groupLoss(g *group) string {
	why, replicated := v.offsetsLoss()
	switch {
	case why != "" || replicated:
		return why
	case g.cut.Kind == history.PowerCut || g.cut.Kind == history.SyncFailed || g.cut.Kind == history.Wiped:
		return fmt.Sprintf("the %s of %s at event %d may have taken what was not flushed", g.cut.Kind, g.cut.Node, g.cut.Event)
	case v.node(g.coordinator).damaged:
		return "the disk of " + g.coordinator + " was damaged"
	}
	return ""
}

// offsetsTopic is where coordinators store what they know of groups.
const offsetsTopic = "__consumer_offsets"

// offsetsLoss says how committed records of __consumer_offsets were lost, "" if none were, or may not have been;
// replicated says that there was more than one replica of them.
func (v *Invariants) offsetsLoss() (why string, replicated bool) {
	for _, s := range v.order {
		if s.Topic != offsetsTopic {
			continue
		}
		p := s.newest()
		replicated = replicated || !p.alone()
		for i := range p.losses {
			if p.losses[i].promised && p.losses[i].why != "" {
				why = p.losses[i].why
			}
		}
	}
	return why, replicated
}

// restarted marks the groups that a node coordinates.
func (v *Invariants) restarted(n *node) {
	//tidy:unordered each entry is changed by itself
	for _, g := range v.groups {
		if g.coordinator != n.name {
			continue
		}
		if n.unsure.Kind == history.SyncFailed {
			g.cut = n.unsure
		}
		if n.befell.Kind == history.PowerCut || n.befell.Kind == history.Wiped {
			g.cut = n.befell
		}
	}
}
