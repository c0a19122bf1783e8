package checkers

import "gregor/core/env"

// two-leaders: an epoch has one leader. It may lead again in the same epoch after a restart.
// leader-epoch-back: the epochs of a partition's leaders only rise.
func (v *Invariants) becameLeader(r *replica, f env.BecameLeader) {
	p := r.part
	switch {
	case f.Epoch < p.epoch:
		v.find("leader-epoch-back", f.TopicPartition, -1, "%s leads in epoch %d after %s did in epoch %d", r.name, f.Epoch, p.leader, p.epoch)
	case f.Epoch == p.epoch && p.leader != r.name && p.leader != "":
		v.find("two-leaders", f.TopicPartition, -1, "%s and %s both lead in epoch %d", p.leader, r.name, f.Epoch)
	}
	for _, other := range p.replicas {
		other.leads = false
	}
	r.leads = true
	if len(p.replicas) == 1 && r.known {
		p.committed = max(p.committed, r.end) // what its only replica holds, nobody can take back
	}
	p.leader, p.epoch = r.name, max(p.epoch, f.Epoch)
}
