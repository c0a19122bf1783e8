package checkers

import (
	"slices"

	"gregor/core/env"
)

// two-leaders: an epoch has one leader. It may lead again in the same epoch after a restart.
// leader-epoch-back: in one life of a broker the epochs of a partition only rise. Another broker may hear of an older
// epoch late, and lead it or follow in it until it hears more.
// leader-not-elected: whoever leads an epoch, or is followed in it, is whom the controller elected in it.
func (v *Invariants) becameLeader(r *replica, f env.BecameLeader) {
	p := r.part
	if other := p.leaderOf(f.Epoch); other != nil && other != r {
		v.find("two-leaders", f.TopicPartition, -1, "%s and %s both lead in epoch %d", other.name, r.name, f.Epoch)
	}
	v.enters(r, f.Epoch, "leads")
	if r.node.identified {
		v.elected(r, f.Epoch, r.node.id, "leads")
	}
	r.role, r.isr, r.proposed = leading, nil, nil
	if r.part.Topic == offsetsTopic {
		r.node.offsetsLed = v.now.Event
	}
	switch {
	case p.alone() && r.known:
		if r.end > p.truth.to {
			p.extend(r, r.end) // what its only replica holds, nobody can take back
		}
		p.exposed = max(p.exposed, p.truth.to)
	case f.Epoch >= p.epoch:
		v.overtakes(r, f.Epoch)
		v.complete(r, f.Epoch)
	default:
		p.beginZombie(r, v.now.Event)
	}
	p.leads(r, f.Epoch)
}

// becameFollower ends a leadership, if the replica had one.
func (v *Invariants) becameFollower(r *replica, f env.BecameFollower) {
	v.endLeading(r)
	v.enters(r, f.Epoch, "follows")
	v.elected(r, f.Epoch, f.Leader, "follows "+v.nameOf(f.Leader))
	r.role, r.follows = following, f.Leader
}

// enters has a replica be in an epoch.
func (v *Invariants) enters(r *replica, epoch env.LeaderEpoch, does string) {
	if epoch < r.epoch {
		v.find("leader-epoch-back", r.part.TopicPartition, -1, "%s %s in epoch %d after it was in epoch %d", r.name, does, epoch, r.epoch)
	}
	r.leave(epoch)
	r.placed = true
	clear(r.reported)
}

// elected compares whom a replica takes for the leader of an epoch with whom the controller elected.
func (v *Invariants) elected(r *replica, epoch env.LeaderEpoch, leader env.NodeID, does string) {
	if e := r.part.image.election(epoch); e != nil && e.leader != leader {
		v.find("leader-not-elected", r.part.TopicPartition, -1, "%s %s in epoch %d, but the controller elected %s", r.name, does, epoch, v.nameOf(e.leader))
	}
}

// endLeading ends a leadership that others may have overtaken already.
func (v *Invariants) endLeading(r *replica) {
	r.led = r.role == leading
	if !r.led {
		return
	}
	r.part.endZombie(r, v.now.Event)
	r.role = idle
}

// maxLeaderships bounds how many epochs' leaders are remembered.
const maxLeaderships = 64

// leaderOf is who led an epoch, nil if that is not known.
func (p *partition) leaderOf(epoch env.LeaderEpoch) *replica {
	for i := len(p.leaders) - 1; i >= 0; i-- {
		if p.leaders[i].epoch == epoch {
			return p.leaders[i].leader
		}
	}
	return nil
}

// leads notes who leads an epoch.
func (p *partition) leads(r *replica, epoch env.LeaderEpoch) {
	if epoch >= p.epoch {
		p.leader, p.epoch = r, epoch
	}
	if p.leaderOf(epoch) == nil {
		if len(p.leaders) >= maxLeaderships {
			p.leaders = slices.Delete(p.leaders, 0, 1)
		}
		p.leaders = append(p.leaders, leadership{epoch, r})
	}
}
