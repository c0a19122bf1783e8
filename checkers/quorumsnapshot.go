package checkers

import "gregor/core/env"

// quorum-snapshot-uncommitted: a snapshot covers committed records only, and knows the epoch of the last.
func (v *Invariants) quorumSnapshotted(n *node, f env.QuorumSnapshotted) {
	q := v.voting(n)
	last := v.quorum.truth.at(f.End - 1)
	switch {
	case f.End > v.quorum.committed:
		v.find("quorum-snapshot-uncommitted", metadataLog, f.End, "%s has a snapshot of everything below %d, but only what is below %d is committed",
			n.name, f.End, v.quorum.committed)
	case last != nil && last.epoch != f.Epoch:
		v.find("quorum-snapshot-uncommitted", metadataLog, f.End, "%s has a snapshot of everything below %d that ends in epoch %d, and that record is of epoch %d",
			n.name, f.End, f.Epoch, last.epoch)
	}
	q.snapshot = max(q.snapshot, f.End)
}

// quorum-log-start-beyond-snapshot: the metadata log is deleted only below a snapshot (KAFKA-14238).
func (v *Invariants) quorumLogStart(n *node, f env.LogStartAdvanced) {
	q := v.voting(n)
	if f.To > q.snapshot {
		v.find("quorum-log-start-beyond-snapshot", metadataLog, f.To, "%s deleted everything below %d (%s), but its newest snapshot covers only what is below %d",
			n.name, f.To, f.Reason, q.snapshot)
	}
	q.start = max(q.start, f.To)
	q.batches.drop(q.start)
}
