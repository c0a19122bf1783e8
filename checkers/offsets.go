package checkers

import (
	"slices"

	"gregor/core/env"
)

// register is the committed offset of a group in a partition: what its coordinators stored, and what clients asked them
// to store without hearing that they have.
type register struct {
	stored  []stored // the youngest of them, as they were told
	dropped bool     // older ones are forgotten
	asked   []*commit
}

// stored is an offset that a coordinator has stored; -1: removed.
type stored struct {
	event  uint64
	offset env.Offset
	node   string
	tenure int
}

// commit is a client's call.
type commit struct {
	progressKey
	offset env.Offset
	called uint64
}

// The bounds of what is remembered of a committed offset.
const (
	maxStored = 256
	maxAsked  = 256
)

func (v *Invariants) register(k progressKey) *register {
	r := v.offsets[k]
	if r == nil {
		r = new(register)
		v.offsets[k] = r
	}
	return r
}

func (v *Invariants) offsetStored(f *env.GroupOffsetCommitted) {
	t := v.tenure(v.group(f.Group))
	r := v.register(progressKey{f.Group, f.TopicPartition})
	if len(r.stored) >= maxStored {
		r.stored, r.dropped = slices.Delete(r.stored, 0, maxStored/2), true
	}
	r.stored = append(r.stored, stored{v.now.Event, f.Offset, v.now.Node, t.number})
}

func (v *Invariants) committing(f *env.CommitCalled) {
	v.commitsWithin(f)
	c := v.client(f.Client)
	c.group = f.Group
	k := &commit{progressKey{f.Group, f.TopicPartition}, f.Offset, v.now.Event}
	c.commits[f.Call] = k
	r := v.register(k.progressKey)
	if len(r.asked) >= maxAsked {
		r.asked = slices.Delete(r.asked, 0, 1)
	}
	r.asked = append(r.asked, k)
}

// commit-unstored: a commit is answered only once it is stored. Coordinators that tell no facts are not judged.
func (v *Invariants) committed(f *env.CommitReturned) {
	c := v.client(f.Client)
	k := c.commits[f.Call]
	delete(c.commits, f.Call)
	if k == nil || f.Outcome != env.OK {
		return // it may have been stored, or may be yet
	}
	r := v.register(k.progressKey)
	r.asked = slices.DeleteFunc(r.asked, func(o *commit) bool { return o == k })
	told := slices.ContainsFunc(r.stored, func(s stored) bool { return s.offset == k.offset && s.event >= k.called })
	if !told && !r.dropped && v.coordinated(k.group) {
		v.find("commit-unstored", k.TopicPartition, k.offset, "%s was told that offset %d is committed for group %s, but no coordinator has stored that",
			f.Client, k.offset, k.group)
	}
}

// coordinated says that somebody has told facts as the coordinator of a group.
func (v *Invariants) coordinated(group string) bool {
	g := v.groups[group]
	return g != nil && len(g.tenures) > 0
}

// assignment is a partition that a member of a group has been given.
type assignment struct {
	at     uint64
	placed bool // it has been told where to begin
}

// committed-offset-back: a member that is given a partition begins where the group has committed last: a commit that was
// acknowledged before is never answered with an older one, nor with none, whoever coordinates the group by then.
//
// The answer may be as old as the assignment. A commit whose outcome is not known may have been stored at any time. What
// a coordinator tells that has been replaced meanwhile does not take the place of what the new one told.
func (v *Invariants) resumes(c *client, f env.PositionSet) {
	a := c.given[f.TopicPartition]
	if a == nil || f.Reason != "committed" && (a.placed || f.Reason != "earliest" && f.Reason != "latest") {
		return
	}
	a.placed = true
	got := env.Offset(-1)
	if f.Reason == "committed" {
		got = f.Offset
	}
	r := v.offsets[progressKey{c.group, f.TopicPartition}]
	if r == nil || r.mayBe(got, a.at) {
		return
	}
	last := r.stored[len(r.stored)-1]
	why := v.groupLoss(v.group(c.group))
	if f.Reason != "committed" {
		v.find("committed-offset-back", f.TopicPartition, last.offset, "%s got the partition at event %d and began at the %s offset %d, but %s had stored offset %d for group %s at event %d",
			f.Client, a.at, f.Reason, f.Offset, last.node, last.offset, c.group, last.event).Attributed = why
		return
	}
	v.find("committed-offset-back", f.TopicPartition, f.Offset, "%s got the partition at event %d and was told the committed offset %d, but %s had stored offset %d for group %s at event %d",
		f.Client, a.at, f.Offset, last.node, last.offset, c.group, last.event).Attributed = why
}

// mayBe says whether an answer that is no older than an event may have been this offset.
func (r *register) mayBe(o env.Offset, since uint64) bool {
	if len(r.stored) == 0 || slices.ContainsFunc(r.asked, func(c *commit) bool { return c.offset == o }) {
		return true
	}
	if o == -1 && !r.dropped && r.stored[0].event >= since {
		return true
	}
	for i := len(r.stored) - 1; i >= 0; i-- {
		if s := &r.stored[i]; s.offset == o && !r.replaced(i, since) {
			return true
		}
	}
	return r.dropped && since < r.stored[0].event
}

// replaced says that another offset had surely taken the place of the i-th before an event.
func (r *register) replaced(i int, event uint64) bool {
	s := &r.stored[i]
	return slices.ContainsFunc(r.stored[i+1:], func(o stored) bool {
		return o.event < event && (o.node == s.node || o.tenure > s.tenure)
	})
}
