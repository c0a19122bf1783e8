package checkers

import (
	"slices"

	"gregor/core/env"
)

// election-outside-isr: a leader that is said to have everything was in sync or eligible before. The change that ends a
// reassignment may take one in and elect it.
// unclean-election: one that may lack something is elected only if nobody who has everything is in service, and, where
// unclean.leader.election.enable is false, only if nobody is known to have everything. Who is registered anew in that very
// step, or unregistered, may have lost what it had.
func (v *Invariants) election(p *partition, old *env.PartitionChanged) {
	is := p.image.PartitionChanged
	if !is.Unclean {
		joined := len(is.Replicas) != len(old.Replicas) && slices.ContainsFunc(is.ISR, func(id env.NodeID) bool { return candidate(old, id) })
		if !joined && !candidate(old, is.Leader) {
			v.find("election-outside-isr", p.TopicPartition, -1, "%s was elected in epoch %d as if it had everything, but in sync were %v and eligible %v",
				v.nameOf(is.Leader), is.Epoch, old.ISR, old.ELR)
		}
		return
	}
	v.uncleanElection(p, old, is)
}

func (v *Invariants) uncleanElection(p *partition, old *env.PartitionChanged, is env.PartitionChanged) {
	allowed := v.config.UncleanAllowed
	known := slices.DeleteFunc(candidates(old), func(id env.NodeID) bool { return !slices.Contains(is.Replicas, id) })
	epochs := v.cluster.epochs(known)
	v.later(func() { // who leaves service, or has to be registered anew, is told in the same event
		now := v.cluster.epochs(known)
		for i, id := range known {
			switch {
			case now[i] != epochs[i]: // it may have lost what it had
			case v.cluster.serves(id) && (slices.Contains(old.ISR, id) || len(old.ISR) == 0):
				v.find("unclean-election", p.TopicPartition, -1, "%s was elected in epoch %d though it may lack records, and %s, which has them all, was in service",
					v.nameOf(is.Leader), is.Epoch, v.nameOf(id))
				return
			case allowed != nil && !allowed(p.Topic):
				v.find("unclean-election", p.TopicPartition, -1, "%s was elected in epoch %d though it may lack records: unclean.leader.election.enable is false, in sync were %v and eligible %v",
					v.nameOf(is.Leader), is.Epoch, old.ISR, old.ELR)
				return
			}
		}
	})
}
