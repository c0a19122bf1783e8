package seglog

import (
	"gregor/core/kafka"
)

// Lead enters a new leader epoch at the log's end, whether or not anything will be written under it: a
// follower or client that requests the end of an older epoch must get this response from the first moment on
// (KAFKA-7415).
func (l *Log) Lead(epoch kafka.LeaderEpoch) {
	if l.state == Ready {
		l.epochs.noteAndSave(epoch, l.ext.end)
	}
}

// EpochEnd answers OffsetForLeaderEpoch: the largest epoch known that is not above asked, and where it ends.
// NoEpoch and -1 mean that the log knows no such epoch.
func (l *Log) EpochEnd(asked kafka.LeaderEpoch) (kafka.LeaderEpoch, kafka.Offset) {
	return l.epochs.end(asked, l.ext.end)
}

// EpochAt is the leader epoch under which offset was written, or NoEpoch.
func (l *Log) EpochAt(offset kafka.Offset) kafka.LeaderEpoch { return l.epochs.of(offset) }

// EpochStart is where a leader epoch begins, -1 if that is not known.
func (l *Log) EpochStart(epoch kafka.LeaderEpoch) kafka.Offset { return l.epochs.start(epoch) }

// LatestEpoch is the last leader epoch that wrote to the log, or NoEpoch.
func (l *Log) LatestEpoch() kafka.LeaderEpoch { return l.epochs.latest() }
