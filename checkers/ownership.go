package checkers

import (
	"slices"

	"gregor/core/env"
)

// owner is a member of a group as it sees itself.
type owner struct {
	client, member string
	generation     int32
	partitions     []env.TopicPartition
}

func (g *group) owner(client, member string) *owner {
	for _, o := range g.owners {
		if o.client == client && o.member == member {
			return o
		}
	}
	o := &owner{client: client, member: member}
	g.owners = append(g.owners, o)
	return o
}

// two-owners: in one generation of a group a partition belongs to one member. A member of an older generation
// may still believe in what it had: it is fenced when it commits.
// assigned-generation-back: a member's generation never falls.
//
// A group whose coordinator has forgotten a generation in a permitted way enters it again, with other members.
func (v *Invariants) ownership(fact env.Fact) {
	switch f := fact.(type) {
	case env.PartitionsAssigned:
		v.assigned(v.group(f.Group), &f)
	case env.PartitionsRevoked:
		o := v.group(f.Group).owner(f.Client, f.Member)
		o.partitions = slices.DeleteFunc(o.partitions, func(tp env.TopicPartition) bool { return slices.Contains(f.Partitions, tp) })
	}
}

func (v *Invariants) assigned(g *group, f *env.PartitionsAssigned) {
	o := g.owner(f.Client, f.Member)
	v.give(f, o)
	if f.Generation < o.generation {
		v.find("assigned-generation-back", env.TopicPartition{}, -1, "member %s of group %s got partitions of generation %d after %d",
			f.Member, f.Group, f.Generation, o.generation).Attributed = g.lost
	}
	g.synced = max(g.synced, f.Generation)
	o.generation = f.Generation
	for _, tp := range f.Partitions {
		if !slices.Contains(o.partitions, tp) {
			o.partitions = append(o.partitions, tp)
		}
	}
	for _, other := range g.owners {
		if other != o && other.generation == o.generation {
			v.overlap(g, f.Group, o, other)
		}
	}
}

// give notes in which partitions a member has to find its place: those it did not have already.
func (v *Invariants) give(f *env.PartitionsAssigned, o *owner) {
	c := v.client(f.Client)
	c.group = f.Group
	for _, tp := range f.Partitions {
		if !slices.Contains(o.partitions, tp) {
			c.given[tp] = &assignment{at: v.now.Event}
		}
	}
}

func (v *Invariants) overlap(g *group, group string, a, b *owner) {
	for _, tp := range a.partitions {
		if slices.Contains(b.partitions, tp) {
			v.find("two-owners", tp, -1, "in generation %d of group %s both %s (%s) and %s (%s) own %s",
				a.generation, group, b.member, b.client, a.member, a.client, tp).Attributed = g.lost
		}
	}
}

func (v *Invariants) ownerGone(client string) {
	//tidy:unordered each entry is changed by itself
	for _, g := range v.groups {
		g.owners = slices.DeleteFunc(g.owners, func(o *owner) bool { return o.client == client })
	}
}
