package seglog

import "gregor/core/env"

// StartAt empties the log, which then begins and ends at offset, wherever that lies: the log of a replica that has
// got a snapshot of everything below. No epoch is known any more. The log is Loading until that is durable; a crash
// in between leaves some of the segments.
func (l *Log) StartAt(now env.Now, offset env.Offset) {
	if l.state != Ready {
		return
	}
	l.state = Loading
	l.cleaner.stop(l)
	l.drained = func(now env.Now, e env.Event) { l.startAt(now, offset) }
	l.afterWrites(now)
}

// startAt drops every segment and the epochs.
func (l *Log) startAt(now env.Now, offset env.Offset) {
	l.forget()
	names := []string{epochsFile}
	for _, seg := range l.segments {
		seg.opening, seg.waiting = false, nil // their outcomes were among the forgotten
		l.leave(seg)
		for _, kind := range [...]string{logSuffix, indexSuffix, timeIndexSuffix} {
			names = append(names, seg.name(kind))
		}
		l.doomed = append(l.doomed, doomed{seg: seg, due: now.Mono})
	}
	for _, snap := range l.snaps {
		names = append(names, fileName(snap, snapshotSuffix))
	}
	l.segments, l.snaps = nil, nil
	l.flusher.flushed = offset
	l.removeAll(now, names, func(now env.Now) { l.reload(now, offset, offset) })
}

// IndexesIdle says that no operation on an index file is in flight. Truncate and StartAt do not wait for those, and
// read the log anew into the same files: call them only when this is true.
func (l *Log) IndexesIdle() bool {
	for _, seg := range l.segments {
		if seg.index.out.busy || seg.times.out.busy {
			return false
		}
	}
	return true
}
