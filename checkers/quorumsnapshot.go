package checkers

import (
	"gregor/checkers/model"
	"gregor/core/env"
)

// quorum-snapshot-uncommitted: a snapshot covers committed records only, and has the epoch of the last.
//
// quorum-log-start-beyond-snapshot: the metadata log is deleted only below a snapshot (KAFKA-14238).
var _ = register(ofQuorum, []Property{
	{"quorum-snapshot-uncommitted", "a snapshot holds metadata that is not committed", `
		config voters=k1
		1 k1 q-leads 1
		2 k1 q-appended 0..3
		3 k1 q-snapshot 4 1
		=> quorum-snapshot-uncommitted __cluster_metadata-0@4, event 3: k1 has a snapshot of the
		   metadata below offset 4, but only what is below offset 0 is committed
	`},
	{"quorum-log-start-beyond-snapshot", "the metadata log lacks records that no snapshot covers", `
		config voters=k1
		1 k1 q-leads 1
		2 k1 q-appended 0..1
		2 k1 q-appended 2..3
		3 k1 q-flushed 4
		4 k1 q-high 1 4
		5 k1 q-snapshot 2 1
		6 k1 q-start 4
		=> quorum-log-start-beyond-snapshot __cluster_metadata-0@4, event 6: k1 deleted the metadata
		   below offset 4 (snapshot), but its newest snapshot ends at offset 2
	`},
}, before(quorumSnapshotted), before(quorumLogStart))

func quorumSnapshotted(s *step, f env.QuorumSnapshotted) {
	m := &s.Cluster.Quorum
	last := m.Log.At(f.End - 1)
	switch {
	case f.End > m.Committed:
		s.find("quorum-snapshot-uncommitted", model.MetadataLog, f.End,
			"%s has a snapshot of the metadata below offset %d, but only what is below offset %d is committed",
			s.Node, f.End, m.Committed)
	case last != nil && last.Epoch != f.Epoch:
		s.find("quorum-snapshot-uncommitted", model.MetadataLog, f.End,
			"%s has a snapshot of the metadata below offset %d with last epoch %d, but that record is of epoch %d",
			s.Node, f.End, f.Epoch, last.Epoch)
	}
}

func quorumLogStart(s *step, f env.LogStartAdvanced) {
	if s.Replica != nil {
		return // a partition's
	}
	if q := &s.Emitter.Quorum; f.To > q.Snapshot {
		s.find("quorum-log-start-beyond-snapshot", model.MetadataLog, f.To,
			"%s deleted the metadata below offset %d (%s), but its newest snapshot ends at offset %d",
			s.Node, f.To, f.Reason, q.Snapshot)
	}
}
