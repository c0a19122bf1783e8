package raft

import (
	"errors"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
	"gregor/core/record"
	"gregor/core/seglog"
)

// metadataLog is the log of the metadata partition as the quorum sees it: where it starts and ends, what of it is
// flushed and committed, and its last batches in memory. What happens to it in other parts:
//
//	            open
//	             │
//	             ▼       truncate, reset
//	closed ◀── ready ──────────────────▶ cut ──seglog is Ready──▶ ready
//	             │
//	             └─ prepareInstall ─▶ installing ─ install ─▶ cut
//
// Only a ready log is appended to, read, or compared with another one.
type metadataLog struct {
	cfg       *Config
	life      *life
	at        *standing
	out       *outbox
	snapshots *snapshots

	log        *seglog.Log
	cut        bool         // the log is or was Loading: its end is looked at again when it is Ready
	installing bool         // a snapshot that is complete takes the place of the log
	start      kafka.Offset // the log's, as last seen Ready
	end        SnapshotID   // the log's end and the epoch of its last record, as last seen Ready
	flushed    kafka.Offset // all below survives a power cut
	high       kafka.Offset // all below is committed, as far as this life of the replica knows
	leaderHigh kafka.Offset // the high watermark that a leader has sent
	tail       tail
}

// logFacts emits the log's facts as the quorum's.
type logFacts struct {
	at   *standing
	next env.Facts
}

// Emit implements env.Facts.
func (f logFacts) Emit(fact env.Fact) {
	node := f.at.cfg.Node
	switch x := fact.(type) {
	case env.Appended:
		fact = env.QuorumAppended{Node: node, Epoch: x.Epoch, Base: x.Base, Last: x.Last, CRC: x.CRC}
	case env.Flushed:
		fact = env.QuorumFlushed{Node: node, To: x.To}
	case env.LogCutting:
		fact = env.QuorumCutting{Node: node, Epoch: f.at.election.epoch, To: x.To, Anew: x.Anew}
	case env.LogTruncated:
		fact = env.QuorumTruncated{Node: node, To: x.To, Reason: x.Reason}
	case env.LogStartAdvanced, env.LogRecovered, env.PartitionFenced, env.Rolled:
	default:
		return
	}
	f.next.Emit(fact)
}

// open opens the log where the newest snapshot ends: below it nothing is needed.
func (l *metadataLog) open() {
	w := l.life.world
	if w.Facts != nil {
		w.Facts = logFacts{l.at, w.Facts}
	}
	latest, least := l.snapshots.latest().End, kafka.Offset(0)
	if l.cfg.isVoter() {
		least = l.cfg.Committed
	}
	l.cut = true
	l.log = seglog.Open(w, seglog.NewOps(l.cfg.LogOwner), Partition, l.cfg.Dir, seglogConfig(l.cfg),
		seglog.Recovery{RecoveryPoint: latest, LogStart: latest, HighWatermark: latest, Least: least,
			TopicID: kafka.MetadataTopicID}, l.life.now)
}

// seglogConfig has every record flushed, and nothing ever deleted but below a snapshot.
func seglogConfig(cfg *Config) seglog.Config {
	c := seglog.DefaultConfig()
	c.SegmentBytes, c.SegmentMs = cfg.SegmentBytes, cfg.SegmentMs
	c.FlushMessages = 1
	c.CleanupDelete, c.CleanupCompact = false, false
	c.RetentionMs, c.RetentionBytes = -1, -1
	if mutants.Enabled && mutants.On().QuorumRetentionDeletes { // K7 (KAFKA-14238)
		c.CleanupDelete, c.RetentionBytes, c.RetentionCheckMs, c.FileDeleteDelayMs = true, c.SegmentBytes, 1000, 0
	}
	return c
}

func (l *metadataLog) isOpen() bool { return l.log != nil }

func (l *metadataLog) isClosed() bool { return l.log.State() == seglog.Closed }

// isReady reports whether the log can be appended to, read, and compared with another one.
func (l *metadataLog) isReady() bool {
	return l.log != nil && !l.cut && l.log.State() == seglog.Ready && !l.installing
}

// isFlushed reports whether the whole log survives a power cut.
func (l *metadataLog) isFlushed() bool { return l.flushed == l.end.End }

// progress is what poll has found.
type logProgress struct {
	ready    bool // the log is Ready
	reopened bool // it was opened, truncated or reset before
	flushed  bool // its last record has become durable
}

// poll looks at how far the log has come.
func (l *metadataLog) poll() (p logProgress) {
	switch l.log.State() {
	case seglog.Fenced, seglog.Full:
		if err := l.log.Err(); errors.Is(err, seglog.ErrIncomplete) && l.life.state == Loading {
			l.life.fail("%v, and all below %d was committed: %s", err, l.cfg.Committed, l.cfg.Lost)
			return p
		}
		l.life.fail("%v", l.log.Err())
		return p
	case seglog.Loading:
		l.cut = true
		return p
	case seglog.Closed:
		return p
	}
	if p.reopened = l.cut; l.cut && !l.reopen() {
		return logProgress{}
	}
	before := l.flushed
	l.start, l.flushed = l.log.LogStart(), l.safeEnd()
	must.AtLeast("raft: log end", l.end.End, "flushed offset", l.flushed, l.cfg.Node,
		"was something appended past the replica?")
	must.AtLeast("raft: log end", l.end.End, "log start", l.start, l.cfg.Node, "was the log deleted beyond its end?")
	p.ready, p.flushed = true, l.isFlushed() && before < l.end.End
	return p
}

// safeEnd is the end of what survives a power cut: what this replica may claim to hold.
func (l *metadataLog) safeEnd() kafka.Offset {
	if mutants.Enabled && mutants.On().QuorumNoFlush { // K1 (KAFKA-10533)
		return l.log.Written()
	}
	return l.log.Flushed()
}

// mayEndAt reports whether the log may end at an offset: never below what is committed.
func (l *metadataLog) mayEndAt(end kafka.Offset) bool {
	return end >= l.high || mutants.Enabled && mutants.On().QuorumTruncateBelowHighWatermark // K6 (KAFKA-12460)
}

// truncate removes everything from an offset on. Until the log is Ready again nothing is fetched and no election
// begins.
func (l *metadataLog) truncate(to kafka.Offset) {
	if !l.mayEndAt(to) {
		must.Fail("raft: node %d truncates to %d, below its high watermark %d; was a diverging epoch not checked?",
			l.cfg.Node, to, l.high)
	}
	l.cut = true
	l.tail.cut(to)
	l.log.Truncate(l.life.now, to)
}

// reset drops everything; the log goes on where a snapshot ends.
func (l *metadataLog) reset(start kafka.Offset) {
	l.cut = true
	l.tail.cut(0)
	l.log.StartAt(l.life.now, start)
}

// prepareInstall stops the use of the log: a snapshot that is complete takes its place.
func (l *metadataLog) prepareInstall() { l.installing = true }

// abandonInstall goes on with the log: the snapshot was damaged.
func (l *metadataLog) abandonInstall() { l.installing = false }

// install resets the log, which goes on where the snapshot ends. The high watermark follows when the log has been
// reset: until then it would cover records of an older epoch that the log still holds.
func (l *metadataLog) install(id SnapshotID) {
	l.installing = false
	l.reset(id.End)
}

// reopen looks at a log that has been opened, truncated or reset.
func (l *metadataLog) reopen() bool {
	latest, end := l.snapshots.latest(), l.log.EndOffset()
	if l.log.LatestEpoch() != kafka.NoEpoch && l.log.LatestEpoch() < latest.Epoch || end < latest.End {
		l.reset(latest.End) // a crash has kept it from making way for the snapshot
		return false
	}
	l.cut = false
	l.end = SnapshotID{end, max(l.log.LatestEpoch(), latest.Epoch, 0)}
	l.flushed = min(l.flushed, end)
	l.tail.cut(end)
	l.raiseHigh(latest.End)
	l.log.SetHighWatermark(l.high)
	if !l.mayEndAt(end) {
		l.life.fail("the log ends at %d, below the high watermark %d", end, l.high)
		return false
	}
	if start := l.log.LogStart(); start > latest.End {
		l.life.fail("the log starts at %d and the newest snapshot ends at %d: what lies between is gone", start, latest.End)
		return false
	}
	return true
}

// raiseHigh notes that everything below to is committed.
func (l *metadataLog) raiseHigh(to kafka.Offset) {
	if to <= l.high {
		return
	}
	l.high = to
	l.log.SetHighWatermark(to)
	l.out.emit(env.QuorumHighWatermark{Node: l.cfg.Node, Epoch: l.at.election.epoch, Offset: to})
}

// noteLeaderHigh notes the high watermark that the leader has sent.
func (l *metadataLog) noteLeaderHigh(high kafka.Offset) { l.leaderHigh = max(l.leaderHigh, high) }

// followHigh raises the high watermark to the leader's, as far as the log is flushed here.
func (l *metadataLog) followHigh() { l.raiseHigh(min(l.leaderHigh, l.flushed)) }

// append appends batches as the leader of an epoch.
func (l *metadataLog) append(
	now env.Now, epoch kafka.LeaderEpoch, batches []record.Batch) (seglog.AppendResult, *seglog.Error) {
	must.AtLeast("raft: leader's epoch", epoch, "epoch of the last record", l.end.Epoch, l.cfg.Node,
		"does a leader of an older epoch still append?")
	res, err := l.log.Append(now, seglog.Append{Batch: batches[0], More: batches[1:], Origin: seglog.Leader, Epoch: epoch})
	if err != nil {
		return res, err
	}
	must.Equal("raft: first offset appended", res.Base, "log end", l.end.End, l.cfg.Node,
		"was something appended past the replica?")
	for _, b := range batches {
		l.tail.push(b)
	}
	l.end = SnapshotID{res.Last + 1, epoch}
	return res, nil
}

// appendFetched appends the batches that the leader has sent, if they go on where the log ends. It copies the bytes.
func (l *metadataLog) appendFetched(now env.Now, raw []byte) bool {
	var batches []record.Batch
	raw = append([]byte(nil), raw...)
	split := record.Split(raw)
	next := l.end
	for b, ok := split.Next(); ok; b, ok = split.Next() {
		epoch := b.LeaderEpoch()
		if err := record.ValidateStored(b); err != nil || b.BaseOffset() != next.End || epoch < next.Epoch ||
			epoch > l.at.election.epoch {
			l.life.complain("the leader sent a batch [%d, %d] of epoch %d where %v was due: %v", b.BaseOffset(),
				b.LastOffset(), epoch, next, err)
			return false
		}
		next = SnapshotID{b.NextOffset(), epoch}
		batches = append(batches, b)
	}
	if len(batches) == 0 {
		return len(raw) == 0 || split.Err() == record.ErrShort
	}
	l.write(now, batches)
	return l.life.state != Failed
}

// write hands batches to the log, as many at a time as fit into a segment.
func (l *metadataLog) write(now env.Now, batches []record.Batch) {
	for len(batches) > 0 {
		n, size := 1, int64(len(batches[0]))
		for n < len(batches) && size+int64(len(batches[n])) <= l.cfg.SegmentBytes {
			size += int64(len(batches[n]))
			n++
		}
		_, err := l.log.Append(now, seglog.Append{Batch: batches[0], More: batches[1:n], Origin: seglog.Follower})
		if err != nil {
			l.life.fail("append: %v", err)
			return
		}
		for _, b := range batches[:n] {
			l.tail.push(b)
			l.end = SnapshotID{b.NextOffset(), b.LeaderEpoch()}
		}
		batches = batches[n:]
	}
}

// read returns batches from an offset on, about max bytes of them and one at least; false while the disk reads.
func (l *metadataLog) read(now env.Now, from kafka.Offset, most int) ([]byte, bool) {
	if kept, ok := l.tail.from(from); ok {
		var out []byte
		for _, b := range kept {
			if len(out) > 0 && len(out)+len(b) > most {
				break
			}
			out = append(out, b...)
		}
		return out, true
	}
	batches, _, status := l.log.Scan(now, from, most)
	switch status {
	case seglog.ReadReady:
		return batches, true
	case seglog.ReadFenced:
		l.life.fail("%v", l.log.Err())
	}
	return nil, false
}

// size is what the log takes on disk, without what deleteBelow has marked already.
func (l *metadataLog) size() int64 { return int64(l.log.Size()) }

// deleteBelow deletes what a snapshot contains. If the log is busy, the next snapshot deletes it.
func (l *metadataLog) deleteBelow(end kafka.Offset) {
	if l.isReady() {
		must.AtLeast("raft: high watermark", l.high, "new log start", end, l.cfg.Node,
			"does a snapshot contain what is not committed?")
		_ = l.log.DeleteRecords(l.life.now, end)
	}
}
