package checkers

import (
	"gregor/checkers/model"
	"gregor/core/env"
)

// quorum-append-contiguous: a node's metadata log grows at its end, by batches whose epochs do not fall, and does not
// come back longer than it was.
//
// quorum-log-matching: two nodes that hold a batch of one epoch at one offset hold the same bytes.
//
// quorum-lost-flushed: what a node has flushed of the metadata log, or covered by a snapshot, survives everything but
// a disk that breaks its promise; that is no finding where others have the log. A truncation that was under way may
// have been carried out wholly or in part.
var _ = register(ofQuorum, []Property{
	{"quorum-append-contiguous", "a batch of the metadata log was appended elsewhere than at its end", `
		1 k1 q-appended 0..0
		2 k1 q-appended 2..3
		=> quorum-append-contiguous __cluster_metadata-0@2, event 2: k1 appended a batch with base
		   offset 2 and last offset 3, but its log end offset was 1
	`},
	{"quorum-log-matching", "two voters hold different batches of one epoch at one offset", `
		1 k1 q-appended 0..0 crc=a
		2 k2 q-appended 0..0 crc=b
		=> quorum-log-matching __cluster_metadata-0@0, event 2: k2 holds batch [0, 0] of epoch 1 with
		   CRC 71beeff9, and k1 holds batch [0, 0] of epoch 1 with CRC e8b7be43
	`},
	{"quorum-lost-flushed", "after a restart the metadata log lacks flushed records", `
		1 k1 q-leads 1
		2 k1 q-appended 0..3
		3 k1 q-flushed 4
		4 k1 q-high 1 4
		5 k1 power-cut
		6 k1 q-recovered 0 2
		=> quorum-lost-flushed __cluster_metadata-0@2, event 6: k1 had flushed up to offset 4, but its
		   log end offset is 2 after the restart
	`},
}, before(quorumContiguous), before(quorumLogsMatch), before(quorumRecovered))

func quorumContiguous(s *step, f env.QuorumAppended) {
	q := &s.Emitter.Quorum
	last := q.Batches.Last()
	switch {
	case !q.Known:
	case f.Base != q.End || f.Last < f.Base:
		s.find("quorum-append-contiguous", model.MetadataLog, f.Base,
			"%s appended a batch with base offset %d and last offset %d, but its log end offset was %d",
			s.Node, f.Base, f.Last, q.End)
	case last != nil && f.Epoch < last.Epoch:
		s.find("quorum-append-contiguous", model.MetadataLog, f.Base,
			"%s appended a batch of epoch %d after one of epoch %d", s.Node, f.Epoch, last.Epoch)
	}
}

func quorumLogsMatch(s *step, f env.QuorumAppended) {
	b := model.Batch{Base: f.Base, Last: f.Last, CRC: f.CRC, Epoch: f.Epoch}
	for _, other := range s.Cluster.Quorum.Members {
		if has := other.Quorum.Batches.At(f.Base); other != s.Emitter && has != nil && has.Epoch == f.Epoch && !has.Same(&b) {
			s.find("quorum-log-matching", model.MetadataLog, f.Base, "%s holds batch %s, and %s holds batch %s",
				s.Node, b.String(), other.Name, has.String())
		}
	}
}

func quorumRecovered(s *step, f env.LogRecovered) {
	if s.Replica != nil || f.TopicPartition != model.MetadataLog {
		return // a partition's
	}
	n, q, m := s.Emitter, &s.Emitter.Quorum, &s.Cluster.Quorum
	switch {
	case !q.Known:
	case f.Start == f.End && f.End <= m.Committed && f.End > q.End:
		// a snapshot was fetched in the last life, which ended before it reported so
	case f.End > max(q.End, q.Snapshot):
		s.find("quorum-append-contiguous", model.MetadataLog, q.End,
			"%s has log end offset %d after the restart, and had %d before", s.Node, f.End, q.End)
	case f.End >= q.Flushed, q.Truncation.Covers(f.End):
	case n.DiskText() == "" || len(m.Members) == 1:
		s.find("quorum-lost-flushed", model.MetadataLog, f.End,
			"%s had flushed up to offset %d, but its log end offset is %d after the restart",
			s.Node, q.Flushed, f.End).Attributed = n.DiskText()
	}
}
