package checkers

import (
	"fmt"
	"slices"

	"gregor/core/env"
)

// Unhealthy names the first thing that keeps the cluster from being at rest, from what its nodes have told so far; ""
// if nothing does. It is meant for after healing: a run may then demand that it becomes "" within a bound, and ask it
// after every event.
//
// At rest means: a controller is active; every registered broker is in service; every partition has a leader, who has
// begun to lead in that epoch, and all its replicas in sync; and their logs end, and their high watermarks stand, at the
// same offset. While clients write, the last may hold only now and then. Nodes that tell nothing of a cluster are at
// rest.
func (v *Invariants) Unhealthy() string {
	if !v.cluster.told && len(v.cluster.standings) == 0 {
		return ""
	}
	if v.cluster.active == nil {
		return "no controller is active"
	}
	if why := v.absentee(); why != "" {
		return why
	}
	for _, s := range v.order {
		if p := s.newest(); p.image.told && !p.image.gone {
			if why := v.ailing(p); why != "" {
				return p.TopicPartition.String() + ": " + why
			}
		}
	}
	return ""
}

// absentee names a registered broker that is not in service.
func (v *Invariants) absentee() string {
	for _, id := range v.cluster.brokers {
		s := v.cluster.standings[id]
		switch {
		case s.Gone:
		case s.Fenced:
			return v.nameOf(id) + " is fenced"
		case s.Stopping:
			return v.nameOf(id) + " is about to stop"
		}
	}
	return ""
}

// ailing says what is not well with a partition.
func (v *Invariants) ailing(p *partition) string {
	im := &p.image
	if im.Leader < 0 {
		return "nobody leads"
	}
	if !sameMembers(im.ISR, im.Replicas) {
		return fmt.Sprintf("in sync are %v of %v", im.ISR, im.Replicas)
	}
	l := p.of(im.Leader)
	if l == nil || l.role != leading || l.epoch != im.Epoch {
		return fmt.Sprintf("%s has not begun to lead in epoch %d", v.nameOf(im.Leader), im.Epoch)
	}
	i := slices.IndexFunc(im.Replicas, func(id env.NodeID) bool { return l.differs(p.of(id)) != "" })
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("%s %s", v.nameOf(im.Replicas[i]), l.differs(p.of(im.Replicas[i])))
}

// differs says in what a replica is behind its leader. A high watermark that nobody has told since a log was opened
// was read from a checkpoint, and is not known.
func (l *replica) differs(r *replica) string {
	switch {
	case r == nil || r.recovering || !r.known:
		return "has not opened its log"
	case r.end != l.end:
		return fmt.Sprintf("ends at %d, and the leader at %d", r.end, l.end)
	case r.highTold && r.high != l.end:
		return fmt.Sprintf("has its high watermark at %d, and the leader ends at %d", r.high, l.end)
	}
	return ""
}
