package seglog

import (
	"errors"
	"fmt"
	"time"

	"gregor/core/env"
)

// spaceRetry is how often a Full log looks whether there is space again, and quietRetry how often it looks whether its
// last operations have come back.
const (
	spaceRetry = 3 * time.Second
	quietRetry = 100 * time.Millisecond
)

// spaceProbe is how many bytes there must be place for: with less the log would be Full again at once.
const spaceProbe = 256 << 10

// probeFile is what is written to find out. The next start removes one that a crash has left.
const probeFile = "space" + tempSuffix

// space is how a Full log gets back to work.
//
//	due --- no outcome outstanding --- probing: a file is written and removed --- found --- reopen: read again
//	 ^                                              |
//	 +---------------- spaceRetry ------------------+ no space
type space struct {
	due     env.Instant // when to look again
	probing bool
	found   bool
}

// diskFailed handles a failed operation. Lack of space makes a log Full that was Ready; anything else fences it, and so
// does a failed sync, which may have lost what it was to save.
func (l *Log) diskFailed(now env.Now, what string, e env.Event) {
	noSpace := errors.Is(e.Err, env.ErrNoSpace) && e.Kind != env.Synced && e.Kind != env.DirSynced
	switch {
	case noSpace && l.state == Full:
	case noSpace && l.state == Ready:
		l.state, l.err = Full, fmt.Errorf("%s: %s: %w", l.ext.tp, what, e.Err)
		l.writes.dropHeld()
		l.space = space{due: now.Mono.Add(spaceRetry)}
		l.w.Emit(env.PartitionFenced{TopicPartition: l.ext.tp, Reason: what + ": " + e.Err.Error()})
	default:
		l.fence(what + ": " + e.Err.Error())
	}
}

// lookForSpace probes the disk, and if there is space opens the log again once nothing is in flight any more: an old
// write that came late would end up among the new ones.
func (l *Log) lookForSpace(now env.Now) {
	s := &l.space
	switch {
	case now.Mono < s.due || s.probing:
	case !l.writes.isQuiet() || len(l.dir.pending) > 0 || len(l.flusher.syncs) > 0:
		s.due = now.Mono.Add(quietRetry)
	case s.found:
		l.reopen(now)
	default:
		s.due, s.probing = env.Never, true
		s.probe(&l.dir)
	}
}

// probe writes a file that is as large as what there must be space for.
func (s *space) probe(d *directory) {
	over := func(now env.Now, found bool) {
		*s = space{found: found, due: now.Mono.Add(spaceRetry)}
		if found {
			s.due = now.Mono
		}
	}
	d.disk.Open(d.op(func(now env.Now, opened env.Event) {
		if opened.Err != nil {
			over(now, false)
			return
		}
		d.disk.WriteAt(d.op(func(now env.Now, wrote env.Event) {
			d.closeFile(opened.File)
			d.disk.Remove(d.op(func(now env.Now, removed env.Event) {
				over(now, wrote.Err == nil && removed.Err == nil)
			}), d.path(probeFile))
		}), opened.File, 0, make([]byte, spaceProbe))
	}), d.path(probeFile), env.CreateOrTrim)
}

// reopen reads the files again, as after a crash. What was appended and did not reach them has not been acknowledged.
func (l *Log) reopen(now env.Now) {
	for l.writes.n > 0 && !l.writes.at(0).lost { // what came back while the log was Full
		l.ext.written = l.writes.at(0).next
		l.writes.pop()
	}
	l.w.Emit(env.LogCutting{TopicPartition: l.ext.tp, To: l.ext.written})
	if j := l.cleaner.job; j != nil && j.out != nil {
		l.indexes.closeSegment(j.out)
	}
	l.cleaner.job, l.cleaner.resume = nil, nil
	l.cleaner.begin(now, l.cfg.CleanerBackoffMs)
	l.retain.busy = false
	l.retain.begin(now, l.cfg.RetentionCheckMs)
	l.writes.drop()
	l.dir.names, l.dir.parent = true, true
	l.w.Emit(env.Logged{Level: env.Info, Text: fmt.Sprintf("%s: there is space on the disk again", l.ext.tp)})
	l.reload(now, l.ext.start, l.ext.written)
}
