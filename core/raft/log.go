package raft

import (
	"errors"

	"gregor/core/env"
	"gregor/core/mutants"
	"gregor/core/record"
	"gregor/core/seglog"
)

// logFacts tells the log's facts as the quorum's.
type logFacts struct{ r *Replica }

// Tell implements env.Facts.
func (f logFacts) Tell(fact env.Fact) {
	node := f.r.cfg.Node
	switch x := fact.(type) {
	case env.Appended:
		fact = env.QuorumAppended{Node: node, Epoch: x.Epoch, Base: x.Base, Last: x.Last, CRC: x.CRC}
	case env.Flushed:
		fact = env.QuorumFlushed{Node: node, To: x.To}
	case env.LogCutting:
		fact = env.QuorumCutting{Node: node, Epoch: f.r.Epoch(), To: x.To, Anew: x.Anew}
	case env.LogTruncated:
		fact = env.QuorumTruncated{Node: node, To: x.To, Reason: x.Reason}
	case env.LogStartAdvanced, env.LogRecovered, env.PartitionFenced, env.Rolled:
	default:
		return
	}
	f.r.w.Facts.Tell(fact)
}

// openLog opens the log where the newest snapshot ends: below it nothing is needed.
func (r *Replica) openLog() {
	w := r.w
	if w.Facts != nil {
		w.Facts = logFacts{r}
	}
	latest, least := r.latest().End, env.Offset(0)
	if r.isVoter() {
		least = r.cfg.Committed
	}
	r.cut = true
	r.log = seglog.Open(w, seglog.NewOps(r.cfg.LogOwner), Partition, r.cfg.Dir, r.logConfig(),
		seglog.Recovery{RecoveryPoint: latest, LogStart: latest, HighWatermark: latest, Least: least, TopicID: TopicID}, r.now)
}

// logConfig: every record is flushed, and nothing is ever deleted but below a snapshot.
func (r *Replica) logConfig() seglog.Config {
	c := seglog.DefaultConfig()
	c.SegmentBytes, c.SegmentMs = r.cfg.SegmentBytes, r.cfg.SegmentMs
	c.FlushMessages = 1
	c.CleanupDelete, c.CleanupCompact = false, false
	c.RetentionMs, c.RetentionBytes = -1, -1
	if mutants.Enabled && mutants.On().QuorumRetentionDeletes { // K7 (KAFKA-14238)
		c.CleanupDelete, c.RetentionBytes, c.RetentionCheckMs, c.FileDeleteDelayMs = true, c.SegmentBytes, 1000, 0
	}
	return c
}

// logReady says whether the log can be appended to, read, and judged by.
func (r *Replica) logReady() bool {
	return r.log != nil && !r.cut && r.log.State() == seglog.Ready && !r.install
}

// pollLog takes in how far the log has come.
func (r *Replica) pollLog(now env.Now) {
	switch r.log.State() {
	case seglog.Fenced, seglog.Full:
		if err := r.log.Err(); errors.Is(err, seglog.ErrIncomplete) && r.state == Loading {
			r.fail("%v, and all below %d was committed: %s", err, r.cfg.Committed, r.cfg.Lost)
			return
		}
		r.fail("%v", r.log.Err())
		return
	case seglog.Loading:
		r.cut = true
		return
	case seglog.Closed:
		return
	}
	if r.cut && !r.uncut() {
		return
	}
	before := r.flushed
	r.start, r.flushed = r.log.LogStart(), r.safeEnd()
	caughtUp := r.flushed == r.end.End && before < r.end.End
	switch {
	case r.state == Loading && r.flushed == r.end.End:
		r.begin(now)
	case r.role == Follower && caughtUp:
		r.timer = r.fetchTimeout(now) // the disk, and not the leader, was slow
	}
	r.raiseHigh(now, min(r.leaderHigh, r.flushed))
}

// safeEnd is the end of what survives a power cut: what this replica may say it holds.
func (r *Replica) safeEnd() env.Offset {
	if mutants.Enabled && mutants.On().QuorumNoFlush { // K1 (KAFKA-10533)
		return r.log.Written()
	}
	return r.log.Flushed()
}

// mayEndAt says whether the log may end at an offset: never below what is committed.
func (r *Replica) mayEndAt(end env.Offset) bool {
	return end >= r.high || mutants.Enabled && mutants.On().QuorumTruncateBelowHighWatermark // K6 (KAFKA-12460)
}

// cutLog cuts off everything from an offset on. Until the log is Ready again nothing is fetched and nobody stands.
func (r *Replica) cutLog(to env.Offset) {
	r.cut = true
	r.tail.cut(to)
	r.log.Truncate(r.now, to)
}

// emptyLog drops all there is; the log goes on where a snapshot ends.
func (r *Replica) emptyLog(start env.Offset) {
	r.cut = true
	r.tail.cut(0)
	r.log.StartAt(r.now, start)
}

// uncut looks at a log that has been opened, truncated or started over.
func (r *Replica) uncut() bool {
	latest, end := r.latest(), r.log.EndOffset()
	if r.log.LatestEpoch() != env.NoEpoch && r.log.LatestEpoch() < latest.Epoch || end < latest.End {
		r.emptyLog(latest.End) // it was to make way for the snapshot
		return false
	}
	r.cut = false
	r.end = SnapshotID{end, max(r.log.LatestEpoch(), latest.Epoch, 0)}
	r.flushed = min(r.flushed, end)
	r.tail.cut(end)
	r.raiseHigh(r.now, latest.End)
	r.log.SetHighWatermark(r.high)
	if r.role == Follower {
		r.timer = r.fetchTimeout(r.now) // the disk, and not the leader, was slow
	}
	if !r.mayEndAt(end) {
		r.fail("the log ends at %d, below the high watermark %d", end, r.high)
		return false
	}
	if start := r.log.LogStart(); start > latest.End {
		r.fail("the log starts at %d and the newest snapshot ends at %d: what lies between is gone", start, latest.End)
		return false
	}
	return true
}

// endOfEpoch is where the newest epoch ends that is not above asked.
func (r *Replica) endOfEpoch(asked env.LeaderEpoch) SnapshotID {
	if asked >= r.end.Epoch {
		return r.end
	}
	epoch, end := r.log.EpochEnd(asked)
	if end < 0 {
		end = r.start // the log is empty
	}
	if r.log.EpochAt(end-1) != epoch { // asked is older than the log's first epoch
		return SnapshotID{end, r.newestBelow(end).Epoch}
	}
	return SnapshotID{end, epoch}
}

// newestBelow is the newest snapshot that ends at or below an offset.
func (r *Replica) newestBelow(end env.Offset) (id SnapshotID) {
	for i := range r.snaps {
		if r.snaps[i].id.End <= end {
			id = r.snaps[i].id
		}
	}
	return id
}

// verdict is what a leader says of a follower's position.
type verdict uint8

const (
	matches verdict = iota
	diverges
	needsSnapshot
)

// judge compares a follower's log, which ends at end, with this one.
func (r *Replica) judge(end SnapshotID) (verdict, SnapshotID) {
	latest := r.latest()
	base := r.newestBelow(r.start) // what the log goes on from
	switch {
	case end == SnapshotID{} && latest == SnapshotID{}:
		return matches, end
	case end.End == 0 && latest.End > 0, end.End < r.start, end.Epoch < base.Epoch,
		base.End > 0 && end.End == base.End && end.Epoch != base.Epoch:
		return needsSnapshot, latest
	}
	if at := r.endOfEpoch(end.Epoch); at.Epoch != end.Epoch || at.End < end.End {
		return diverges, at
	}
	return matches, end
}

// read returns batches from offset on, about max bytes of them and one at least; false if the disk is being asked.
func (r *Replica) read(now env.Now, from env.Offset, most int) ([]byte, bool) {
	if kept, ok := r.tail.from(from); ok {
		var out []byte
		for _, b := range kept {
			if len(out) > 0 && len(out)+len(b) > most {
				break
			}
			out = append(out, b...)
		}
		return out, true
	}
	batches, _, status := r.log.Scan(now, from, most)
	switch status {
	case seglog.ReadReady:
		return batches, true
	case seglog.ReadFenced:
		r.fail("%v", r.log.Err())
	}
	return nil, false
}

// appendAsFollower appends what the leader has sent, if it goes on where the log ends. It copies the bytes.
func (r *Replica) appendAsFollower(now env.Now, raw []byte) bool {
	var batches []record.Batch
	raw = append([]byte(nil), raw...)
	split := record.Split(raw)
	next := r.end
	for b, ok := split.Next(); ok; b, ok = split.Next() {
		epoch := b.LeaderEpoch()
		if err := record.ValidateStored(b); err != nil || b.BaseOffset() != next.End || epoch < next.Epoch || epoch > r.election.epoch {
			r.complain("the leader sent a batch [%d, %d] of epoch %d where %v was due: %v", b.BaseOffset(), b.LastOffset(), epoch, next, err)
			return false
		}
		next = SnapshotID{b.NextOffset(), epoch}
		batches = append(batches, b)
	}
	if len(batches) == 0 {
		return len(raw) == 0 || split.Err() == record.ErrShort
	}
	r.write(now, batches)
	return r.state != Failed
}

// write hands batches to the log, as many at a time as fit into a segment.
func (r *Replica) write(now env.Now, batches []record.Batch) {
	for len(batches) > 0 {
		n, size := 1, int64(len(batches[0]))
		for n < len(batches) && size+int64(len(batches[n])) <= r.cfg.SegmentBytes {
			size += int64(len(batches[n]))
			n++
		}
		_, err := r.log.Append(now, seglog.Append{Batch: batches[0], More: batches[1:n], Origin: seglog.Follower})
		if err != nil {
			r.fail("append: %v", err)
			return
		}
		for _, b := range batches[:n] {
			r.tail.push(b)
			r.end = SnapshotID{b.NextOffset(), b.LeaderEpoch()}
		}
		batches = batches[n:]
	}
}
