package raft

import (
	"gregor/core/kafka"
)

// endOfEpoch returns where the newest epoch ends that is not above asked, as OffsetForLeaderEpoch does.
func (l *metadataLog) endOfEpoch(asked kafka.LeaderEpoch) SnapshotID {
	if asked >= l.end.Epoch {
		return l.end
	}
	epoch, end := l.log.EpochEnd(asked)
	if end < 0 {
		end = l.start // the log is empty
	}
	if l.log.EpochAt(end-1) != epoch { // asked is older than the log's first epoch
		return SnapshotID{end, l.snapshots.newestBelow(end).Epoch}
	}
	return SnapshotID{end, epoch}
}

// verdict is how a follower's position compares with the leader's log.
type verdict uint8

const (
	matches verdict = iota
	diverges
	needsSnapshot
)

// judge compares a follower's log, which ends at end, with this one. If they diverge, it returns where the follower
// truncates to; if the follower needs a snapshot, which one.
func (l *metadataLog) judge(end SnapshotID) (verdict, SnapshotID) {
	latest := l.snapshots.latest()
	base := l.snapshots.newestBelow(l.start) // what the log goes on from
	switch {
	case end == SnapshotID{} && latest == SnapshotID{}:
		return matches, end
	case end.End == 0 && latest.End > 0, end.End < l.start, end.Epoch < base.Epoch,
		base.End > 0 && end.End == base.End && end.Epoch != base.Epoch:
		return needsSnapshot, latest
	}
	if at := l.endOfEpoch(end.Epoch); at.Epoch != end.Epoch || at.End < end.End {
		return diverges, at
	}
	return matches, end
}

// divergence returns where a follower truncates to when its leader's log ends at a position that this one does not
// have.
func (l *metadataLog) divergence(leader SnapshotID) kafka.Offset {
	own := l.endOfEpoch(leader.Epoch)
	if own.Epoch != leader.Epoch {
		return own.End
	}
	return min(leader.End, own.End)
}
