package checkers

import (
	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// quorum-committed-lost: the leader of the quorum holds everything that was committed, and what a leader of an older
// epoch commits until it knows of the new one, the new one holds too. Nothing protects a quorum from voters whose
// disks were emptied or damaged, if too few others have the record.
var _ = register(ofQuorum, []Property{
	{"quorum-committed-lost", "a later leader of the quorum lacks committed metadata", `
		config voters=k1,k2,k3
		1 k1 q-leads 1
		2 k1,k2 q-appended 0..3 crc=a
		3 k1,k2 q-flushed 4
		4 k1 q-high 1 4
		5 k3 q-recovered 0 0
		6 k3 q-leads 2
		=> quorum-committed-lost __cluster_metadata-0@0, event 6: k3 became quorum leader in epoch 2
		   without offset 0, but everything below offset 4 was committed
	`},
}, before(quorumComplete), before(olderQuorumLeaderCommits))

func quorumComplete(s *step, f env.BecameQuorumLeader) {
	m := &s.Cluster.Quorum
	if f.Epoch <= m.Epoch {
		return
	}
	if at := m.Lacks(&s.Emitter.Quorum); at >= 0 {
		s.find("quorum-committed-lost", model.MetadataLog, at,
			"%s became quorum leader in epoch %d without offset %d, but everything below offset %d was committed",
			s.Node, f.Epoch, at, m.Committed).Attributed = tooFew(s, at)
	}
}

func olderQuorumLeaderCommits(s *step, f env.QuorumHighWatermark) {
	m := &s.Cluster.Quorum
	if s.Emitter.Quorum.LeadsIn(f.Epoch) && f.Offset > m.Committed && m.Overruled(s.Emitter, f) {
		s.find("quorum-committed-lost", model.MetadataLog, f.Offset,
			"%s, which led the quorum in epoch %d, advanced the high watermark to %d, but %s, leader in epoch %d, lacks it",
			s.Node, f.Epoch, f.Offset, m.Leader.Name, m.Epoch).Attributed = s.Cluster.ForgottenBy()
	}
}

// tooFew is whose disk forgot a committed record, if no longer enough voters have it to keep it from being lost.
func tooFew(s *step, at kafka.Offset) string {
	c := s.Cluster
	voters, exact := c.Electorate()
	have := 0
	for _, n := range voters {
		if n != s.Emitter && n.DiskText() == "" && n.Quorum.Holds(&c.Quorum.Log, at+1) {
			have++
		}
	}
	if exact && have > len(c.Config.Voters)-c.Majority() {
		return ""
	}
	return c.ForgottenBy()
}
