package checkers

import (
	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// quorum-high-watermark-back: in one life a node's high watermark rises.
//
// quorum-high-watermark-unfounded: it does not pass the leaders'.
//
// quorum-committed-changed: what it covers is what was committed there.
//
// quorum-unflushed-commit: a leader commits only what a majority of the voters has flushed.
//
// quorum-commit-old-epoch: and nothing before a record of its own epoch: what older epochs wrote may be overwritten
// until then (KAFKA-12619).
var _ = register(ofQuorum, []Property{
	{"quorum-high-watermark-back", "the quorum's high watermark moved back", `
		config voters=k1
		1 k1 q-leads 1
		2 k1 q-appended 0..3
		3 k1 q-flushed 4
		4 k1 q-high 1 4
		5 k1 q-high 1 3
		=> quorum-high-watermark-back __cluster_metadata-0@3, event 5: k1 moved the quorum's high
		   watermark from 4 back to 3
	`},
	{"quorum-high-watermark-unfounded", "a voter's high watermark is above the leader's", `
		config voters=k1
		1 k1 q-leads 1
		2 k1,k2 q-appended 0..3
		3 k1 q-flushed 4
		4 k2 q-high 1 4
		=> quorum-high-watermark-unfounded __cluster_metadata-0@4, event 4: k2 has a high watermark of
		   4, but the leaders have committed only up to offset 0
	`},
	{"quorum-unflushed-commit", "metadata was committed that too few voters had flushed", `
		config voters=k1,k2,k3
		1 k1 q-leads 1
		2 k1,k2,k3 q-appended 0..3 crc=a
		3 k2 q-flushed 4
		4 k1 q-high 1 4
		=> quorum-unflushed-commit __cluster_metadata-0@4, event 4: k1, quorum leader in epoch 1,
		   advanced the high watermark to 4, but 1 voters have flushed that far, not 2
	`},
	{"quorum-commit-old-epoch", "a leader of the quorum committed by counting an older epoch", `
		config voters=k1
		1 k1 q-appended 0..3 epoch=1
		2 k1 q-flushed 4
		3 k1 q-leads 2
		4 k1 q-high 2 4
		=> quorum-commit-old-epoch __cluster_metadata-0@4, event 4: k1, quorum leader in epoch 2,
		   advanced the high watermark to 4, but the last record below is of epoch 1
	`},
	{"quorum-committed-changed", "a committed offset of the metadata log changed its record", `
		config voters=k1
		1 k1 q-leads 1
		2 k1 q-appended 0..3 crc=a
		3 k2 q-appended 0..3 epoch=0 crc=b
		4 k1 q-flushed 4
		5 k1 q-high 1 4
		6 k2 q-high 1 4
		=> quorum-committed-changed __cluster_metadata-0@0, event 6: k2 counts offset 0 of batch [0, 3]
		   of epoch 0 with CRC 71beeff9 as committed, but batch [0, 3] of epoch 1 with CRC e8b7be43 was
		   committed there
	`},
}, before(quorumHighWatermark))

func quorumHighWatermark(s *step, f env.QuorumHighWatermark) {
	q, m := &s.Emitter.Quorum, &s.Cluster.Quorum
	if f.Offset < q.High {
		s.find("quorum-high-watermark-back", model.MetadataLog, f.Offset,
			"%s moved the quorum's high watermark from %d back to %d", s.Node, q.High, f.Offset)
	}
	if at := model.Differ(&m.Log, &q.Batches, q.High, min(f.Offset, m.Committed)); at >= 0 {
		s.find("quorum-committed-changed", model.MetadataLog, at,
			"%s counts offset %d of batch %s as committed, but batch %s was committed there",
			s.Node, at, q.Batches.At(at).String(), m.Log.At(at).String())
	}
	switch {
	case f.Offset <= m.Committed:
	case q.LeadsIn(f.Epoch):
		quorumCommits(s, q, f)
	default:
		s.find("quorum-high-watermark-unfounded", model.MetadataLog, f.Offset,
			"%s has a high watermark of %d, but the leaders have committed only up to offset %d",
			s.Node, f.Offset, m.Committed)
	}
}

func quorumCommits(s *step, q *model.QuorumReplica, f env.QuorumHighWatermark) {
	if have, need := flushedBy(s.Cluster, q, f.Offset), s.Cluster.Majority(); have < need {
		s.find("quorum-unflushed-commit", model.MetadataLog, f.Offset,
			"%s, quorum leader in epoch %d, advanced the high watermark to %d, but %d voters have flushed that far, not %d",
			s.Node, f.Epoch, f.Offset, have, need)
	}
	if b := q.Batches.At(f.Offset - 1); b != nil && b.Epoch != f.Epoch {
		s.find("quorum-commit-old-epoch", model.MetadataLog, f.Offset,
			"%s, quorum leader in epoch %d, advanced the high watermark to %d, but the last record below is of epoch %d",
			s.Node, f.Epoch, f.Offset, b.Epoch)
	}
}

// flushedBy counts the voters that have flushed what a leader has below an offset. Where the voters are not all
// known, every node counts; and so does, everywhere, a node whose disk was emptied or damaged: it may have had it.
func flushedBy(c *model.Cluster, leader *model.QuorumReplica, to kafka.Offset) int {
	voters, exact := c.Electorate()
	if !exact {
		voters = c.Quorum.Members
	}
	have := 0
	for _, n := range voters {
		if q := &n.Quorum; n.DiskText() != "" || to <= q.Start || q.Flushed >= to && q.Holds(&leader.Batches, to) {
			have++
		}
	}
	return have
}
