package checkers

import (
	"slices"

	"gregor/core/env"
)

// election-outside-isr: a leader that is said to have everything was in sync or eligible before. The change that ends a
// reassignment may take one in and elect it.
// unclean-election: one that may lack something is elected only if nobody who has everything is in service, and, where
// unclean.leader.election.enable is false, only if nobody is known to have everything.
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
	if allowed := v.config.UncleanAllowed; allowed != nil && !allowed(p.Topic) && len(candidates(old)) > 0 {
		v.find("unclean-election", p.TopicPartition, -1, "%s was elected in epoch %d though it may lack records: unclean.leader.election.enable is false, in sync were %v and eligible %v",
			v.nameOf(is.Leader), is.Epoch, old.ISR, old.ELR)
	}
	could := old.ISR
	if len(could) == 0 {
		could = old.ELR
	}
	v.later(func() { // who leaves service is told in the same event
		if i := slices.IndexFunc(could, v.cluster.serves); i >= 0 {
			v.find("unclean-election", p.TopicPartition, -1, "%s was elected in epoch %d though it may lack records, and %s, which has them all, was in service",
				v.nameOf(is.Leader), is.Epoch, v.nameOf(could[i]))
		}
	})
}
