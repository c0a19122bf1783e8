package checkers

import (
	"slices"

	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// election-outside-isr: a leader that is elected cleanly was in the ISR or eligible before. The change that ends a
// reassignment may add a replica and elect it.
//
// unclean-election: a replica that may lack records is elected only if no replica that has them all is unfenced, and,
// where unclean.leader.election.enable is false, only if no replica is known to have them all. One that is registered
// again in that very step, or unregistered, may have lost what it had.
var _ = register(ofMetadata, []Property{
	{"election-outside-isr", "a leader was elected as complete that was neither in the ISR nor eligible", `
		1 b1 says 0/0 1 1,2,3 1,2
		2 b1 says 1/1 3 1,2,3 3
		=> election-outside-isr t-0, event 2: broker 3 was elected cleanly in epoch 1, but the ISR was
		   [broker 1 broker 2] and the ELR []
	`},
	{"unclean-election", "a leader was elected uncleanly where that is not allowed or not needed", `
		1 - cluster 2
		2 b1 says 0/1 1 1,2 1
		3 b1 says 1/2 2 1,2 2 unclean
		=> unclean-election t-0, event 3: b2 was elected uncleanly in epoch 1, but b1, which has every
		   committed record, is unfenced
	`},
}, before(leaderElected))

func leaderElected(s *step, f env.PartitionChanged) {
	im := &s.Partition.Image
	if !im.Known || !im.IsNews(&f) || f.PartitionEpoch != im.PartitionEpoch+1 || f.Epoch <= im.Epoch || f.Leader < 0 {
		return
	}
	old := im.PartitionChanged
	if f.Unclean {
		uncleanElection(s, &old, f)
		return
	}
	joined := len(f.Replicas) != len(old.Replicas) &&
		slices.ContainsFunc(f.ISR, func(id kafka.NodeID) bool { return model.IsCandidate(&old, id) })
	if !joined && !model.IsCandidate(&old, f.Leader) {
		s.find("election-outside-isr", f.TopicPartition, -1,
			"%s was elected cleanly in epoch %d, but the ISR was %s and the ELR %s",
			s.name(f.Leader), f.Epoch, s.names(old.ISR), s.names(old.ELR))
	}
}

func uncleanElection(s *step, old *env.PartitionChanged, f env.PartitionChanged) {
	known := slices.DeleteFunc(model.Candidates(old), func(id kafka.NodeID) bool {
		return !slices.Contains(f.Replicas, id)
	})
	brokers, allowed := &s.Cluster.Brokers, s.Cluster.Config.UncleanAllowed
	epochs := make([]kafka.BrokerEpoch, len(known))
	for i, id := range known {
		epochs[i] = brokers.Epoch(id)
	}
	s.later(func() { // a broker that is fenced, or has to be registered again, is reported in the same event
		for i, id := range known {
			switch {
			case brokers.Epoch(id) != epochs[i]: // it may have lost what it had
			case brokers.Accepts(id) && (slices.Contains(old.ISR, id) || len(old.ISR) == 0):
				s.find("unclean-election", f.TopicPartition, -1,
					"%s was elected uncleanly in epoch %d, but %s, which has every committed record, is unfenced",
					s.name(f.Leader), f.Epoch, s.name(id))
				return
			case allowed != nil && !allowed(f.Topic):
				s.find("unclean-election", f.TopicPartition, -1,
					"%s was elected uncleanly in epoch %d, but unclean.leader.election.enable is false; the ISR was %s, the ELR %s",
					s.name(f.Leader), f.Epoch, s.names(old.ISR), s.names(old.ELR))
				return
			}
		}
	})
}
