package checkers

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

// two-leaders: an epoch has one leader. It may lead again in the same epoch after a restart.
//
// leader-epoch-back: in one life of a broker the epochs of a partition only rise. Another broker may apply the
// metadata of an older epoch late, and lead or follow in it until it applies more.
//
// leader-not-elected: the leader of an epoch, or the broker that a follower follows in it, is the one that the
// controller elected in it.
var _ = register(ofReplication, []Property{
	{"two-leaders", "two brokers lead a partition in one epoch", `
		1 b0 leads 3
		2 b1 leads 3
		=> two-leaders t-0, event 2: b0 and b1 both lead in epoch 3
	`},
	{"leader-epoch-back", "a replica moved to an earlier leader epoch", `
		1 b0 leads 3
		2 b0 leads 2
		=> leader-epoch-back t-0, event 2: b0 leads in epoch 2 after it was in epoch 3
	`},
	{"leader-not-elected", "a broker leads that the controller did not elect", `
		1 - cluster 3
		2 b1 says 1/1 3 1,2,3 2,3
		3 b3 leads 1
		4 b2 follows 1 1
		=> leader-not-elected t-0, event 4: b2 follows b1 in epoch 1, but the controller elected b3
	`},
}, before(becameLeader), before(becameFollower))

func becameLeader(s *step, f env.BecameLeader) {
	if other := s.Partition.LeaderOf(f.Epoch); other != nil && other != s.Replica {
		s.find("two-leaders", f.TopicPartition, -1, "%s and %s both lead in epoch %d", other.Node.Name, s.Node, f.Epoch)
	}
	epochRises(s, f.Epoch, "leads")
	if s.Emitter.Identified {
		elected(s, f.Epoch, s.Emitter.ID, "leads")
	}
}

func becameFollower(s *step, f env.BecameFollower) {
	epochRises(s, f.Epoch, "follows")
	elected(s, f.Epoch, f.Leader, "follows "+s.name(f.Leader))
}

func epochRises(s *step, epoch kafka.LeaderEpoch, does string) {
	if r := s.Replica; epoch < r.Epoch {
		s.find("leader-epoch-back", s.Partition.TopicPartition, -1, "%s %s in epoch %d after it was in epoch %d",
			s.Node, does, epoch, r.Epoch)
	}
}

// elected compares the leader of an epoch, as a replica has it, with the one that the controller elected.
func elected(s *step, epoch kafka.LeaderEpoch, leader kafka.NodeID, does string) {
	if e := s.Partition.Image.ElectionOf(epoch); e != nil && e.Leader != leader {
		s.find("leader-not-elected", s.Partition.TopicPartition, -1, "%s %s in epoch %d, but the controller elected %s",
			s.Node, does, epoch, s.name(e.Leader))
	}
}
