package checkers

import "gregor/core/env"

// quorum-append-contiguous: a node's metadata log grows at its end, by batches whose epochs do not fall, and does not come
// back longer than it was.
// quorum-log-matching: two nodes that hold a batch of one epoch at one offset hold the same bytes.
func (v *Invariants) quorumAppended(n *node, f env.QuorumAppended) {
	q := v.voting(n)
	last := q.batches.last()
	switch {
	case !q.known:
		q.known, q.start, q.end = true, f.Base, f.Base
	case f.Base != q.end || f.Last < f.Base:
		v.find("quorum-append-contiguous", metadataLog, f.Base, "%s appended from %d to %d, but its log ended at %d", n.name, f.Base, f.Last, q.end)
		q.cut(f.Base)
	case last != nil && f.Epoch < last.epoch:
		v.find("quorum-append-contiguous", metadataLog, f.Base, "%s appended a batch of epoch %d after one of epoch %d", n.name, f.Epoch, last.epoch)
	}
	b := batch{base: f.Base, last: f.Last, crc: f.CRC, epoch: f.Epoch}
	for _, other := range v.quorum.members {
		if has := other.quorum.batches.at(f.Base); other != n && has != nil && has.epoch == f.Epoch && !has.same(&b) {
			v.find("quorum-log-matching", metadataLog, f.Base, "%s holds %s, and %s holds %s", n.name, b.text(), other.name, has.text())
		}
	}
	q.batches.push(b)
	q.end = f.Last + 1
}

// metadataLog is the quorum's partition.
var metadataLog = env.TopicPartition{Topic: metadataTopic}

func (v *Invariants) quorumFlushed(n *node, f env.QuorumFlushed) {
	q := v.voting(n)
	q.flushed = max(q.flushed, f.To)
}

// quorum-truncated-committed: what was committed is never cut off a metadata log that holds it, but for what a snapshot
// covers. A node that is in an older epoch than the one in which that was committed has not been counted on: it makes way
// for its own leader.
// quorum-truncated-below-high-watermark: nor does a node cut off what it has itself taken for committed in this life,
// whoever asks for it, and whatever was lost elsewhere: rather it ends (KAFKA-12460).
func (v *Invariants) quorumCutBegins(n *node, f env.QuorumCutting) {
	q := v.voting(n)
	q.cutting = begin(&q.batches, f.To)
	if !f.Anew {
		v.judgeQuorumCut(n, q, q.cutting.floor, f.Epoch, "truncation")
	}
}

func (v *Invariants) judgeQuorumCut(n *node, q *quorumReplica, to env.Offset, epoch env.LeaderEpoch, reason string) {
	if to < q.high {
		v.find("quorum-truncated-below-high-watermark", metadataLog, to, "%s cut its log to %d (%s), and had taken everything below %d for committed",
			n.name, to, reason, q.high)
	}
	if committed := v.quorum.committedIn(epoch); to < committed && !v.quorumKept(q, to) {
		v.find("quorum-truncated-committed", metadataLog, to, "%s cut its log to %d (%s), but everything below %d was committed",
			n.name, to, reason, committed).Attributed = n.diskText()
	}
}

// committedIn is what was committed before a leader of a newer epoch began.
func (q *quorum) committedIn(epoch env.LeaderEpoch) env.Offset {
	committed := q.committed
	for _, l := range q.leaders {
		if l.epoch > epoch {
			committed = min(committed, l.after)
		}
	}
	return committed
}

// A cut beyond the log's end empties it: it goes on where a snapshot ends.
func (v *Invariants) quorumTruncated(n *node, f env.QuorumTruncated) {
	q := v.voting(n)
	q.reloading = true
	if f.To > q.end {
		q.batches = batchLog{}
		q.start, q.end, q.flushed = f.To, f.To, f.To
		return
	}
	if !q.cutting.covers(f.To) {
		v.judgeQuorumCut(n, q, f.To, v.quorum.epoch, f.Reason)
	}
	q.cutting = cutting{}
	q.cut(f.To)
}

// quorum-lost-flushed: what a node has flushed of the metadata log, or covered by a snapshot, survives everything but a
// disk that breaks its promise; that one is no news where others have the log. A truncation that was under way may have been
// carried out wholly or in part.
//
// A log that is opened without a truncation is the first that is heard of a new life.
func (v *Invariants) quorumRecovered(n *node, f env.LogRecovered) {
	q := v.voting(n)
	if !q.reloading && n.up {
		v.endLife(n, v.now.Event)
	}
	if q.cutting.covers(f.End) {
		q.cut(f.End)
	}
	switch {
	case !q.known:
	case f.Start == f.End && f.End <= v.quorum.committed && f.End > q.end: // a snapshot was fetched in the last life, which ended before it reported so
	case f.End > max(q.end, q.snapshot):
		v.find("quorum-append-contiguous", metadataLog, q.end, "%s came back with a log up to %d, which ended at %d", n.name, f.End, q.end)
	case f.End >= q.flushed:
	case n.diskText() == "" || len(v.quorum.members) == 1:
		v.find("quorum-lost-flushed", metadataLog, f.End, "%s had flushed up to %d, but its log ends at %d after the restart", n.name, q.flushed, f.End).Attributed = n.diskText()
	}
	q.cut(f.End)
	q.batches.drop(f.Start)
	q.known, q.start, q.end, q.reloading, q.cutting = true, f.Start, f.End, false, cutting{}
	if f.Clean {
		q.flushed = f.End
	}
}
