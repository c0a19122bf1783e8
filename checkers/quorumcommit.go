package checkers

import "gregor/core/env"

// quorum-high-watermark-back: in one life a node's high watermark rises.
// quorum-high-watermark-unfounded: it does not pass the leaders'.
// quorum-committed-changed: what it covers is what was committed there.
func (v *Invariants) quorumHighWatermark(n *node, f env.QuorumHighWatermark) {
	q := v.voting(n)
	if f.Offset < q.high {
		v.find("quorum-high-watermark-back", metadataLog, f.Offset, "%s moved the quorum's high watermark from %d to %d", n.name, q.high, f.Offset)
	}
	if at := differ(&v.quorum.truth, &q.batches, q.high, min(f.Offset, v.quorum.committed)); at >= 0 {
		v.find("quorum-committed-changed", metadataLog, at, "%s counts offset %d as committed and has %s there, where %s was committed",
			n.name, at, q.batches.at(at).text(), v.quorum.truth.at(at).text())
	}
	leads := q.leads >= 0 && q.leads == f.Epoch
	switch {
	case leads:
		v.quorumCommits(n, q, f)
	case f.Offset > v.quorum.committed:
		v.find("quorum-high-watermark-unfounded", metadataLog, f.Offset, "%s counts everything below %d as committed, but the leaders only what is below %d",
			n.name, f.Offset, v.quorum.committed)
	}
	q.high = max(q.high, f.Offset)
}

// quorum-unflushed-commit: a leader commits only what a majority of the voters has flushed.
// quorum-commit-old-epoch: and nothing before a record of its own epoch: what older epochs wrote may be overwritten until
// then (KAFKA-12619).
func (v *Invariants) quorumCommits(n *node, q *quorumReplica, f env.QuorumHighWatermark) {
	if f.Offset <= v.quorum.committed {
		return
	}
	if have, need := v.flushedBy(q, f.Offset), v.majority(); have < need {
		v.find("quorum-unflushed-commit", metadataLog, f.Offset, "%s, which leads the quorum in epoch %d, commits everything below %d, but of the %d voters that must have flushed that only %d have",
			n.name, f.Epoch, f.Offset, need, have)
	}
	if b := q.batches.at(f.Offset - 1); b != nil && b.epoch != f.Epoch {
		v.find("quorum-commit-old-epoch", metadataLog, f.Offset, "%s, which leads the quorum in epoch %d, commits everything below %d, and the last of it is of epoch %d",
			n.name, f.Epoch, f.Offset, b.epoch)
	}
	newest := v.quorum.leader
	if newest != nil && newest != n && v.quorum.epoch > f.Epoch && !newest.quorum.holds(&q.batches, f.Offset) {
		v.find("quorum-committed-lost", metadataLog, f.Offset, "%s, which led the quorum in epoch %d, commits everything below %d, but %s leads in epoch %d without it",
			n.name, f.Epoch, f.Offset, newest.name, v.quorum.epoch).Attributed = v.forgotten()
		return
	}
	v.quorum.extend(q, f.Offset)
}

func (m *quorum) extend(q *quorumReplica, to env.Offset) {
	for _, b := range q.batches.from(m.committed) {
		if last := m.truth.last(); b.base < to && (last == nil || b.base > last.last) {
			m.truth.push(b)
		}
	}
	m.committed = to
}

// flushedBy counts the voters that have flushed what a leader has below an offset. Where the voters are not all known,
// everybody counts; and so does, everywhere, whose disk was emptied or damaged: it may have had it.
func (v *Invariants) flushedBy(leader *quorumReplica, to env.Offset) int {
	voters, exact := v.electorate()
	if !exact {
		voters = v.quorum.members
	}
	have := 0
	for _, n := range voters {
		if q := &n.quorum; n.diskText() != "" || to <= q.start || q.flushed >= to && q.holds(&leader.batches, to) {
			have++
		}
	}
	return have
}

// quorum-committed-lost: whoever leads the quorum holds everything that was committed, and what a leader of an older
// epoch commits until it hears of the new one, the new one holds too. Nothing protects a quorum from voters whose disks
// were emptied or damaged, if too few others have the record.
func (v *Invariants) quorumComplete(n *node, q *quorumReplica, epoch env.LeaderEpoch) {
	m := &v.quorum
	if !q.known || q.holds(&m.truth, m.committed) {
		return
	}
	at := fork(&m.truth, &q.batches, min(q.end, m.committed), q.start)
	v.find("quorum-committed-lost", metadataLog, at, "%s leads the quorum in epoch %d without offset %d, though everything below %d was committed",
		n.name, epoch, at, m.committed).Attributed = v.tooFew(n, at)
	m.committed = min(m.committed, at)
	m.truth.cut(at)
}

// tooFew says whose disk forgot a committed record, if no longer enough voters have it to keep it from being lost.
func (v *Invariants) tooFew(leader *node, at env.Offset) string {
	voters, exact := v.electorate()
	have := 0
	for _, n := range voters {
		if n != leader && n.diskText() == "" && n.quorum.holds(&v.quorum.truth, at+1) {
			have++
		}
	}
	if exact && have > len(v.config.Voters)-v.majority() {
		return ""
	}
	return v.forgotten()
}
