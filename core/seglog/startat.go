package seglog

import "gregor/core/env"

// StartAt empties the log, which then begins and ends at offset, wherever that lies: the log of a replica that has
// got a snapshot of everything below. No epoch is known any more. Like Truncate it may be called at any time, and the
// log is Loading until it is done and durable. A crash in between leaves some of the segments or none, and then nobody
// knows where the log began: whoever checkpoints recovery points must have written one that is zero before.
func (l *Log) StartAt(now env.Now, offset env.Offset) {
	if l.state != Ready {
		return
	}
	l.w.Tell(env.LogCutting{TopicPartition: l.ext.tp, To: l.ext.start, Anew: true})
	l.drain(now, func(now env.Now) { l.startAt(now, offset) })
}

// startAt drops every segment and the epochs.
func (l *Log) startAt(now env.Now, offset env.Offset) {
	names := []string{epochsFile}
	for _, seg := range l.ext.segments {
		l.indexes.leave(seg)
		for _, kind := range [...]string{logSuffix, indexSuffix, timeIndexSuffix} {
			names = append(names, seg.name(kind))
		}
		l.trash.add(seg, now.Mono)
	}
	for _, snap := range l.snaps.at {
		names = append(names, fileName(snap, snapshotSuffix))
	}
	l.ext.segments, l.snaps.at = nil, nil
	l.flusher.flushed = offset
	l.dir.removeAll(now, names, func(now env.Now) { l.reload(now, offset, offset) })
}
