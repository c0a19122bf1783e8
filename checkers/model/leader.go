package model

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

var _ = onReplica(func(s *Step, f env.BecameLeader) {
	r, p := s.Replica, s.Partition
	r.enter(f.Epoch)
	r.Role, r.ISR, r.Proposed = Leading, nil, nil
	if p.Topic == kafka.OffsetsTopic {
		r.Node.offsetsLed = s.Event
	}
	switch {
	case r.LeadsAlone():
		if r.End > p.Committed.To {
			p.commit(r, r.End) // what its only replica holds can no longer be lost by an election
		}
		p.Readable = max(p.Readable, p.Committed.To)
	case f.Epoch >= p.Epoch:
		r.succeed(f.Epoch, s.Event)
		s.Cluster.complete(s, f.Epoch)
	default:
		p.staleBegins(r, s.Event)
	}
	p.leads(r, f.Epoch)
})

// LeadsAlone reports whether a replica that becomes leader is the only one, so that it holds what is committed.
func (r *Replica) LeadsAlone() bool { return r.Partition.Alone() && r.Known }

var _ = onReplica(func(s *Step, f env.BecameFollower) {
	r := s.Replica
	r.endLeading(s.Event)
	r.enter(f.Epoch)
	r.Role, r.Follows = Following, f.Leader
})

// enter puts a replica into an epoch.
func (r *Replica) enter(epoch kafka.LeaderEpoch) {
	r.leave(epoch)
	r.InEpoch = true
	r.Entered++
}

// endLeading ends a leadership, if there is one. Another replica may have succeeded it already.
func (r *Replica) endLeading(event uint64) {
	if r.Role == Leading {
		r.Partition.staleEnds(r, event)
		r.Role = Idle
	}
}

var _ = onReplica(func(s *Step, f env.IsrChanged) { s.Replica.ISR, s.Replica.Proposed = f.ISR, nil })

var _ = onReplica(func(s *Step, f env.IsrProposed) { s.Replica.ISR, s.Replica.Proposed = f.Committed, f.Proposed })

// complete makes the new leader's log the one that counts. What it lacks of what was committed is lost.
func (c *Cluster) complete(s *Step, epoch kafka.LeaderEpoch) {
	p := s.Partition
	at := p.Lacks(s.Replica)
	if at < 0 {
		p.Committed.by = epoch
		return
	}
	why, _ := c.Permitted(s.Replica, at, epoch)
	p.lose(Loss{event: s.Event, offset: at, to: p.Committed.To, epoch: epoch, promised: true, why: why})
	p.Committed.truncate(at, epoch)
}

var _ = onReplica(func(s *Step, f env.HighWatermarkAdvanced) {
	r := s.Replica
	r.High, r.disk.highKnown = max(r.High, f.To), true
	if r.Decides() {
		s.Cluster.leaderCommits(r, f.To, s.Event)
	}
})

// leaderCommits applies that a leader has committed everything below an offset.
func (c *Cluster) leaderCommits(r *Replica, to kafka.Offset, event uint64) {
	p := r.Partition
	p.Readable = max(p.Readable, to)
	if !p.CountsOn(r) {
		return
	}
	if lost := c.ConflictOf(r, to); lost != nil {
		p.lose(Loss{event: event, offset: lost.At, to: to, epoch: p.Epoch, promised: true, why: lost.Why})
		p.Committed.forked = p.Epoch
		return
	}
	if to > p.Committed.To {
		p.commit(r, to)
	}
	r.Counted = max(r.Counted, to)
	r.Members(func(id kafka.NodeID, m *Replica) {
		if m != nil && m.Epoch >= r.Epoch && m.Holds(&r.Batches, to) {
			m.Counted = max(m.Counted, to)
		}
	})
}

// Members calls do with every other known node of a leader's maximal ISR, which is its ISR and what it has proposed for
// it, and with that node's replica, nil if it has none.
func (r *Replica) Members(do func(id kafka.NodeID, m *Replica)) {
	if r.Role != Leading {
		return
	}
	for _, ids := range [...][]kafka.NodeID{r.ISR, r.Proposed} {
		for _, id := range ids {
			if !r.Node.Identified || r.Node.ID != id {
				do(id, r.Partition.Of(id))
			}
		}
	}
}
