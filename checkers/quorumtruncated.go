package checkers

import (
	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// quorum-truncated-committed: what was committed is not truncated from a metadata log that holds it, but for what a
// snapshot covers. A node that is in an older epoch than the one in which that was committed has not been counted on:
// it makes way for its own leader.
//
// quorum-truncated-below-high-watermark: nor does a node truncate what it has itself taken for committed in this life,
// whatever was lost elsewhere: rather it ends (KAFKA-12460).
var _ = register(ofQuorum, []Property{
	{"quorum-truncated-committed", "a voter truncated committed metadata", `
		config voters=k1,k2,k3
		1 k1 q-leads 1
		2 k1,k2 q-appended 0..3 crc=a
		3 k1,k2 q-flushed 4
		4 k1 q-high 1 4
		5 k2 q-truncated 0
		=> quorum-truncated-committed __cluster_metadata-0@0, event 5: k2 truncated its metadata log to
		   offset 0 (truncation), but everything below offset 4 was committed
	`},
	{"quorum-truncated-below-high-watermark", "a voter truncated below its own high watermark", `
		config voters=k1,k2,k3
		1 k1 q-leads 1
		2 k1,k2 q-appended 0..3 crc=a
		3 k1,k2 q-flushed 4
		4 k1 q-high 1 4
		5 k2 wiped
		6 k2 q-appended 0..0 epoch=2 crc=b
		7 k2 q-leads 2
		8 k1 q-truncated 0
		=> quorum-committed-lost __cluster_metadata-0@0, event 7: k2 became quorum leader in epoch 2
		   without offset 0, but everything below offset 4 was committed [permitted: the disk of k2 was
		   emptied]
		=> quorum-truncated-below-high-watermark __cluster_metadata-0@0, event 8: k1 truncated its
		   metadata log to offset 0 (truncation), but its high watermark was 4
	`},
}, before(quorumTruncationBegins), before(quorumTruncated))

func quorumTruncationBegins(s *step, f env.QuorumCutting) {
	if !f.Anew {
		quorumTruncates(s, model.Truncates(&s.Emitter.Quorum.Batches, f.To).Floor, f.Epoch, "truncation")
	}
}

func quorumTruncated(s *step, f env.QuorumTruncated) {
	if q := &s.Emitter.Quorum; f.To <= q.End && !q.Truncation.Covers(f.To) {
		quorumTruncates(s, f.To, s.Cluster.Quorum.Epoch, f.Reason)
	}
}

func quorumTruncates(s *step, to kafka.Offset, epoch kafka.LeaderEpoch, reason string) {
	q, m := &s.Emitter.Quorum, &s.Cluster.Quorum
	if to < q.High {
		s.find("quorum-truncated-below-high-watermark", model.MetadataLog, to,
			"%s truncated its metadata log to offset %d (%s), but its high watermark was %d",
			s.Node, to, reason, q.High)
	}
	if committed := m.CommittedIn(epoch); to < committed && !m.Keeps(q, to) {
		s.find("quorum-truncated-committed", model.MetadataLog, to,
			"%s truncated its metadata log to offset %d (%s), but everything below offset %d was committed",
			s.Node, to, reason, committed).Attributed = s.Emitter.DiskText()
	}
}
