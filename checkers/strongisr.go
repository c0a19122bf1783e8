package checkers

import (
	"slices"

	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// strong-isr: a replica that the metadata has in the ISR, or eligible to lead, holds everything that was committed,
// the same in the same place. It is judged whenever
//
//   - a leader commits more, for members that this leader does not know of yet,
//   - the metadata adds a member,
//   - a member's log was opened with less than it had.
//
// A member that may have lost what it had not flushed (a power cut, a failed sync, an emptied disk) is excused until
// the controller has registered it again, which removes it. It is also excused if no replica has what it lacks any
// more, if it stopped cleanly and its disk broke its promise afterwards, which it cannot notice, and, without
// eligible leader replicas, if it is the last in the ISR. Of one that was elected uncleanly, leader-completeness
// reports once it leads.
var _ = registerWith(ofReplication, []Property{
	{"strong-isr", "a replica in the ISR, or eligible, lacks a committed record", `
		1 - cluster 3
		2 b1 says 0/1 1 1,2,3 1,2
		2 b1 isr 0 1 1,2
		3 b3 says 0/2 1 1,2,3 1,2,3
		4 b1,b2 appended 0..9
		5 b1 high 0 10
		=> strong-isr t-0@0, event 5: b3 is in the ISR, but lacks offset 0: everything below offset 10
		   was committed
	`},
}, func() []watch {
	c := strongISR{reported: once{}}
	return []watch{after(c.committed), before(c.added), after(c.opened)}
})

type strongISR struct{ reported once }

// committed judges the members that the leader which commits does not know of.
func (c *strongISR) committed(s *step, f env.HighWatermarkAdvanced) {
	r, im := s.Replica, &s.Partition.Image
	if !r.Decides() || !s.Partition.CountsOn(r) || !im.Known || !r.InEpoch || r.Epoch < im.Epoch {
		return
	}
	for _, ids := range [...][]kafka.NodeID{im.ISR, im.ELR} {
		for _, id := range ids {
			if r.Node.ID != id && !slices.Contains(r.ISR, id) && !slices.Contains(r.Proposed, id) {
				c.complete(s, s.Partition, id)
			}
		}
	}
}

// added judges the members that a change of the metadata adds.
func (c *strongISR) added(s *step, f env.PartitionChanged) {
	im := &s.Partition.Image
	if !im.Known || !im.IsNews(&f) {
		return
	}
	for _, id := range model.Candidates(&f) {
		if !model.IsCandidate(&im.PartitionChanged, id) && !(f.Unclean && id == f.Leader) {
			c.complete(s, s.Partition, id)
		}
	}
}

// opened judges a replica that may have come back with less than was committed.
func (c *strongISR) opened(s *step, _ env.LogRecovered) {
	if s.Replica == nil {
		return
	}
	n, im := s.Emitter, &s.Partition.Image
	if im.Known && n.Registered && n.Identified && model.IsCandidate(&im.PartitionChanged, n.ID) {
		c.complete(s, s.Partition, n.ID)
	}
}

// complete finds a member that lacks something committed, when the event is over.
func (c *strongISR) complete(s *step, p *model.Partition, id kafka.NodeID) {
	m := p.Of(id)
	if m == nil || p.Lacks(m) < 0 {
		return
	}
	s.later(func() {
		at, state := p.Lacks(m), &p.Image.PartitionChanged
		if at < 0 || p.Image.Deleted || !model.IsCandidate(state, id) || excused(s, m, at) || !c.reported.first(m) {
			return
		}
		as := "the ELR"
		if slices.Contains(state.ISR, id) {
			as = "the ISR"
		}
		s.find("strong-isr", p.TopicPartition, at,
			"%s is in %s, but lacks offset %d: everything below offset %d was committed",
			m.Node.Name, as, at, p.Committed.To)
	})
}

func excused(s *step, m *model.Replica, at kafka.Offset) bool {
	p := m.Partition
	switch {
	case p.AwaitsUnclean(m):
		return true
	case m.Recovering, m.BrokenAfterStop(), m.LostAt(at) != "" && !m.Node.Registered:
		return true
	case s.Cluster.Config.WithoutELR && m.LostAt(at) != "" && len(p.Image.ISR) == 1:
		return true
	}
	return !slices.ContainsFunc(p.Replicas,
		func(h *model.Replica) bool { return h != m && h.SurelyHolds(&p.Committed.Log, at) })
}
