package checkers

import (
	"slices"

	"gregor/core/env"
)

// strong-isr: whoever the metadata has in sync, or eligible to lead, holds everything that was committed, the same in
// the same place. It is looked at whenever
//
//   - a leader commits more, for members that this leader does not know of yet,
//   - the metadata takes somebody in,
//   - a member's log was opened with less than it had.
//
// A member that may have lost what it had not flushed (a power cut, a failed sync, an emptied disk) is excused until
// the controller has registered it anew, which takes it out. It is also excused if nobody has what it lacks any more, if
// it stopped cleanly and its disk broke its promise afterwards, which nobody can notice, and, without eligible leader
// replicas, if it is the last in sync. Of one that was elected uncleanly, leader-completeness tells once it leads.
func (v *Invariants) coveredByImage(r *replica, to env.Offset) {
	im := &r.part.image
	if !im.told || !r.placed || r.epoch < im.Epoch {
		return
	}
	for _, id := range im.ISR {
		v.committedBeside(r, id)
	}
	for _, id := range im.ELR {
		v.committedBeside(r, id)
	}
}

// committedBeside looks at a member that the leader who commits does not know of.
func (v *Invariants) committedBeside(r *replica, id env.NodeID) {
	if r.node.id == id || slices.Contains(r.isr, id) || slices.Contains(r.proposed, id) {
		return
	}
	v.incomplete(r.part, id)
}

// tookIn looks at the members a change of the metadata has taken in.
func (v *Invariants) tookIn(p *partition, old *env.PartitionChanged) {
	is := &p.image.PartitionChanged
	for _, id := range candidates(is) {
		if !candidate(old, id) && !(is.Unclean && id == is.Leader) {
			v.incomplete(p, id)
		}
	}
}

// shrank looks at a replica that has come back with less than was committed.
func (v *Invariants) shrank(r *replica) {
	if im := &r.part.image; im.told && r.node.registered && r.node.identified && candidate(&im.PartitionChanged, r.node.id) {
		v.incomplete(r.part, r.node.id)
	}
}

// incomplete finds a member that lacks something committed, when the event is over.
func (v *Invariants) incomplete(p *partition, id env.NodeID) {
	m := p.of(id)
	if m == nil || p.lacks(m) < 0 {
		return
	}
	v.later(func() {
		at := p.lacks(m)
		if at < 0 || p.image.gone || !candidate(&p.image.PartitionChanged, id) || v.excused(m, at) || !m.once("strong-isr") {
			return
		}
		v.find("strong-isr", p.TopicPartition, at, "%s is %s, but does not have offset %d, and everything below %d was committed",
			m.name, standing(&p.image.PartitionChanged, id), at, p.truth.to)
	})
}

// takesLead says that a replica was elected uncleanly, and that nobody has led since.
func (p *partition) takesLead(r *replica) bool {
	e := p.image.unclean(p.epoch, p.image.Epoch)
	return e != nil && e.leader == r.node.id
}

func (v *Invariants) excused(m *replica, at env.Offset) bool {
	p := m.part
	switch {
	case p.takesLead(m):
		return true
	case m.recovering, m.clean && m.node.damaged, m.hurtAt(at) != "" && !m.node.registered:
		return true
	case v.config.WithoutELR && m.hurtAt(at) != "" && len(p.image.ISR) == 1:
		return true
	}
	return !slices.ContainsFunc(p.replicas, func(h *replica) bool { return h != m && h.surelyHolds(&p.truth.log, at) })
}
