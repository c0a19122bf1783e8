package checkers

import (
	"slices"

	"gregor/checkers/model"
	"gregor/core/env"
)

// generation-back: a group's generation only rises, while it has members. A coordinator that dies, or is replaced,
// may take with it the generations in which no member has been assigned partitions yet, since nothing of them is
// stored.
//
// two-owners: in one generation of a group a partition belongs to one member. A member of an older generation may still
// believe in what it had: it is fenced when it commits.
//
// assigned-generation-back: a member's generation does not fall.
//
// A group whose coordinator has forgotten a generation in a permitted way enters it again, with other members.
var _ = register(ofGroups, []Property{
	{"generation-back", "a group's generation moved back", `
		1 b0 rebalanced g 1 m1
		2 b0 rebalanced g 1 m1 m2
		=> generation-back, event 2: group g entered generation 1 after generation 1
	`},
	{"two-owners", "two members of one generation own a partition", `
		1 c1 assigned g m1 1 t-0 t-1
		2 c2 assigned g m2 1 t-1
		=> two-owners t-1, event 2: in generation 1 of group g both m1 (c1) and m2 (c2) own t-1
	`},
	{"assigned-generation-back", "a member was assigned partitions of an earlier generation", `
		1 c1 assigned g m1 3 t-0
		2 c1 assigned g m1 2 t-0
		=> assigned-generation-back, event 2: member m1 of group g was assigned partitions in generation
		   2 after generation 3
	`},
}, before(rebalanced), before(assigned), after(owned))

func rebalanced(s *step, f env.GroupRebalanced) {
	g := s.Cluster.GroupNamed(f.Group)
	if least, bound := g.Least(s.Emitter); bound && int64(f.Generation) < least {
		s.findNode("generation-back", "group %s entered generation %d after generation %d",
			f.Group, f.Generation, least-1).Attributed = s.Cluster.GroupLoss(f.Group)
	}
}

func assigned(s *step, f env.PartitionsAssigned) {
	g := s.Cluster.GroupNamed(f.Group)
	if o := g.Member(f.Client, f.Member); f.Generation < o.Generation {
		s.findNode("assigned-generation-back",
			"member %s of group %s was assigned partitions in generation %d after generation %d",
			f.Member, f.Group, f.Generation, o.Generation).Attributed = g.Lost
	}
}

func owned(s *step, f env.PartitionsAssigned) {
	g := s.Cluster.GroupNamed(f.Group)
	o := g.Member(f.Client, f.Member)
	for _, other := range g.Owners {
		if other != o && other.Generation == o.Generation {
			overlap(s, g, f.Group, o, other)
		}
	}
}

func overlap(s *step, g *model.Group, group string, a, b *model.Owner) {
	for _, tp := range a.Partitions {
		if slices.Contains(b.Partitions, tp) {
			s.find("two-owners", tp, -1, "in generation %d of group %s both %s (%s) and %s (%s) own %s",
				a.Generation, group, b.Member, b.Client, a.Member, a.Client, tp).Attributed = g.Lost
		}
	}
}
