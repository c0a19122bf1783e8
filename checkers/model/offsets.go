package model

import (
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
)

// The bounds of what is remembered of a committed offset.
const (
	maxStored = 256
	maxAsked  = 256
)

func (c *Cluster) committed(k GroupPartition) *Offsets {
	o := c.offsets[k]
	if o == nil {
		o = new(Offsets)
		c.offsets[k] = o
	}
	return o
}

// A coordinator stores an offset.
var _ = onNode(nil, func(s *Step, f env.GroupOffsetCommitted) {
	t := s.Cluster.GroupNamed(f.Group).present(s)
	o := s.Cluster.committed(GroupPartition{f.Group, f.TopicPartition})
	if len(o.stored) >= maxStored {
		o.stored, o.dropped = slices.Delete(o.stored, 0, maxStored/2), true
	}
	o.stored = append(o.stored, Stored{s.Event, f.Offset, s.Node, t.number})
})

var _ = onClient(func(s *Step, f env.CommitCalled) {
	k := s.Cluster.ClientNamed(f.Client)
	k.group = f.Group
	commit := &Commit{GroupPartition{f.Group, f.TopicPartition}, f.Offset, s.Event}
	k.commits[f.Call] = commit
	o := s.Cluster.committed(commit.GroupPartition)
	if len(o.asked) >= maxAsked {
		o.asked = slices.Delete(o.asked, 0, 1)
	}
	o.asked = append(o.asked, commit)
})

// A commit ends. One whose outcome is not known may have been stored, or may be yet.
var _ = onClient(func(s *Step, f env.CommitReturned) {
	k := s.Cluster.ClientNamed(f.Client)
	commit := k.commits[f.Call]
	delete(k.commits, f.Call)
	if commit != nil && f.Outcome == env.OK {
		o := s.Cluster.committed(commit.GroupPartition)
		o.asked = slices.DeleteFunc(o.asked, func(a *Commit) bool { return a == commit })
	}
})

// Unstored is a client's commit under way that no coordinator has stored, nil if one has, or if that is forgotten.
func (c *Cluster) Unstored(client string, call uint64) *Commit {
	commit := c.ClientNamed(client).commits[call]
	if commit == nil {
		return nil
	}
	o := c.committed(commit.GroupPartition)
	is := func(s Stored) bool { return s.Offset == commit.Offset && s.Event >= commit.called }
	if o.dropped || slices.ContainsFunc(o.stored, is) {
		return nil
	}
	return commit
}

// assigned records in which partitions a member has to find its place: those that it did not own already.
func (k *Client) assigned(f *env.PartitionsAssigned, o *Owner, event uint64) {
	k.group = f.Group
	for _, tp := range f.Partitions {
		if !slices.Contains(o.Partitions, tp) {
			k.assigns[tp] = &assignment{at: event}
		}
	}
}

// resuming is the assignment after which a member finds its place, nil if it has done so, or reads elsewhere on its
// own.
func (k *Client) resuming(f env.PositionSet) *assignment {
	a := k.assigns[f.TopicPartition]
	if a == nil || f.Reason != "committed" && (a.placed || f.Reason != "earliest" && f.Reason != "latest") {
		return nil
	}
	return a
}

// Resumed is a member that begins in a partition that it was assigned elsewhere than where its group has committed
// last.
type Resumed struct {
	Group    string
	Assigned uint64 // the event
	Last     Stored // what the group had committed
}

// WrongResume compares where a member begins with what its group has committed, nil if that may be right. The
// response may be as old as the assignment. A commit whose outcome is not known may have been stored at any time.
// What a coordinator stores that has been replaced meanwhile does not replace what the new one stored.
func (c *Cluster) WrongResume(f env.PositionSet) *Resumed {
	k := c.ClientNamed(f.Client)
	a := k.resuming(f)
	if a == nil {
		return nil
	}
	got := kafka.Offset(-1)
	if f.Reason == "committed" {
		got = f.Offset
	}
	o := c.offsets[GroupPartition{k.group, f.TopicPartition}]
	if o == nil || o.mayBe(got, a.at) {
		return nil
	}
	return &Resumed{k.group, a.at, o.stored[len(o.stored)-1]}
}

// mayBe reports whether a response that is no older than an event may have been this offset.
func (r *Offsets) mayBe(o kafka.Offset, since uint64) bool {
	if len(r.stored) == 0 || slices.ContainsFunc(r.asked, func(c *Commit) bool { return c.Offset == o }) {
		return true
	}
	if o == -1 && !r.dropped && r.stored[0].Event >= since {
		return true
	}
	for i := len(r.stored) - 1; i >= 0; i-- {
		if s := &r.stored[i]; s.Offset == o && !r.replaced(i, since) {
			return true
		}
	}
	return r.dropped && since < r.stored[0].Event
}

// replaced reports whether another offset had surely replaced the i-th before an event.
func (r *Offsets) replaced(i int, event uint64) bool {
	s := &r.stored[i]
	return slices.ContainsFunc(r.stored[i+1:], func(o Stored) bool {
		return o.Event < event && (o.Node == s.Node || o.term > s.term)
	})
}
