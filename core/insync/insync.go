// Package insync is the arithmetic of in-sync sets: when there are enough members to acknowledge a write, which
// replicas are in the maximal set that the high watermark waits for, which stay eligible to lead when they leave
// (KIP-966), and since when a follower has been caught up.
//
// Every function depends on its arguments only; none changes or keeps the slices it is given. It promises the laws that
// its tests state: the maximal set contains the committed one; a replica is never both in sync and eligible besides; a
// set that is smaller is never enough where a larger one is not; a follower's caught-up time never goes back.
//
// It does not decide who joins or leaves a set: core/replica proposes that, and core/controller commits it.
package insync

import (
	"cmp"
	"slices"

	"gregor/core/kafka"
)

// Min returns how many replicas must be in sync for a write with acks=all and for the high watermark to move:
// min.insync.replicas, but never more than there are replicas.
func Min(configured, replicas int) int { return min(configured, replicas) }

// Sets are the in-sync sets of a partition as its leader knows them. What the leader has proposed counts from the
// moment it is sent, since the controller may have committed it without the leader knowing (KIP-497).
type Sets struct {
	Committed []kafka.NodeID
	Proposed  []kafka.NodeID // nil if no proposal is under way
}

// Maximal reports whether a replica is in the maximal set: committed, proposed, or both.
func (s Sets) Maximal(id kafka.NodeID) bool {
	return slices.Contains(s.Committed, id) || slices.Contains(s.Proposed, id)
}

// MaximalSize returns how many replicas are in the maximal set.
func (s Sets) MaximalSize() int {
	n := len(s.Committed)
	for _, id := range s.Proposed {
		if !slices.Contains(s.Committed, id) {
			n++
		}
	}
	return n
}

// Valid reports whether members may be the in-sync set of a partition with these replicas and this leader: the leader
// is in it, and each member is a replica, once.
func Valid(members, replicas []kafka.NodeID, leader kafka.NodeID) bool {
	for i, id := range members {
		if !slices.Contains(replicas, id) || slices.Contains(members[:i], id) {
			return false
		}
	}
	return slices.Contains(members, leader)
}

// Change is a change of an in-sync set from one committed state to the next.
type Change struct {
	Old      []kafka.NodeID // the in-sync set before
	Eligible []kafka.NodeID // the eligible leader replicas before
	New      []kafka.NodeID // the in-sync set after
	Replicas []kafka.NodeID // after
	Lost     kafka.NodeID   // a broker that may have lost its records; below zero: none
	Min      int            // min.insync.replicas
}

// Enough reports whether the set after the change has the members that the high watermark needs to move.
func (c Change) Enough() bool { return len(c.New) >= Min(c.Min, len(c.Replicas)) }

// EligibleLeaders returns the replicas outside of the set after the change that still have every committed record.
// While fewer than Min are in sync the high watermark does not move, so a replica that was in sync when it last moved
// has everything below it (KIP-966). With enough members there are none: the high watermark moves without them.
func (c Change) EligibleLeaders() []kafka.NodeID {
	if c.Enough() {
		return nil
	}
	had := slices.Clone(c.Eligible)
	for _, id := range c.Old {
		if !slices.Contains(had, id) {
			had = append(had, id)
		}
	}
	return slices.DeleteFunc(had, func(id kafka.NodeID) bool {
		return slices.Contains(c.New, id) || id == c.Lost || !slices.Contains(c.Replicas, id)
	})
}

// Lag follows the fetches of one follower, to know the last time at which it had everything that its leader had. T is
// the clock's type.
type Lag[T cmp.Ordered] struct {
	CaughtUp  T            // the last time at which the follower had everything
	Fetched   T            // when it fetched last …
	LeaderEnd kafka.Offset // … and where the leader's log ended then; -1: it has not fetched
}

// Note takes a fetch at offset, when the leader's log ends at leaderEnd. A follower that asks for the leader's end is
// caught up now; one that asks for what was the leader's end at its last fetch was caught up then.
func (l *Lag[T]) Note(now T, offset, leaderEnd kafka.Offset) {
	switch {
	case offset >= leaderEnd:
		l.CaughtUp = max(l.CaughtUp, now)
	case l.LeaderEnd >= 0 && offset >= l.LeaderEnd:
		l.CaughtUp = max(l.CaughtUp, l.Fetched)
	}
	l.Fetched, l.LeaderEnd = now, max(l.LeaderEnd, leaderEnd)
}

// Without returns the members of a list that are not in gone, in their order; nil if none is left.
func Without(from []kafka.NodeID, gone ...kafka.NodeID) []kafka.NodeID {
	var out []kafka.NodeID
	for _, id := range from {
		if !slices.Contains(gone, id) {
			out = append(out, id)
		}
	}
	return out
}

// ContainsAll reports whether every member of some is in all.
func ContainsAll(all, some []kafka.NodeID) bool {
	for _, id := range some {
		if !slices.Contains(all, id) {
			return false
		}
	}
	return true
}
