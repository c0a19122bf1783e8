package broker

import (
	"time"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/replica"
	"gregor/core/seglog"
)

// checkpoints are the rounds of checkpointThen; waiting is bounded by the requests that ask for one.
type checkpoints struct {
	alarm   alarm.Alarm // of the next round that nobody asks for
	busy    bool
	waiting []func(now env.Now, err error)
	points  onDisk // recovery points
	starts  onDisk // log starts
}

// onDisk is what one kind of checkpoint may say.
type onDisk struct {
	written offsets // is on disk for sure, or may be
	round   offsets // is being written
}

// covers is the highest offset of a partition that may be on disk.
func (d *onDisk) covers(tp env.TopicPartition) env.Offset {
	return max(d.written[tp], d.round[tp])
}

// within says whether nothing on disk says more of a partition.
func (c *checkpoints) within(tp env.TopicPartition, point, start env.Offset) bool {
	return c.points.covers(tp) <= point && c.starts.covers(tp) <= start
}

// checkpointTimer writes the checkpoints now and then.
type checkpointTimer Broker

func (t *checkpointTimer) Wake(now env.Now) {
	b := (*Broker)(t)
	if b.phase == serving {
		//tidy:outcome the round has logged its error, and the next one tries again
		b.checkpointThen(now, func(now env.Now, _ error) {
			b.deadlines.Set(&b.checkpoints.alarm, now.Mono.Add(b.limits.checkpointEvery))
		})
	}
}

// checkpointThen writes the four checkpoint files with what the logs say now, one after the other, and calls
// then. While they are being written, further calls wait for a round of their own: what they want to be safe
// may have come after this one looked.
func (b *Broker) checkpointThen(now env.Now, then func(now env.Now, err error)) {
	b.checkpoints.waiting = append(b.checkpoints.waiting, then)
	if !b.checkpoints.busy {
		b.writeCheckpoints(now)
	}
}

// checkpointRetry is the pause before checkpoints are written again that something waits for.
const checkpointRetry = time.Second

// checkpointAgain writes the checkpoints until that succeeds, for what must not come before.
type checkpointAgain struct {
	broker *Broker
	then   func(now env.Now)
	alarm  alarm.Alarm
}

// onceCheckpointed calls then when the checkpoint files hold what the logs say now, however often the disk refuses that
// before. A node that stops waits no longer, and does not call it.
func (b *Broker) onceCheckpointed(now env.Now, then func(now env.Now)) {
	c := &checkpointAgain{broker: b, then: then}
	c.alarm = alarm.For(c)
	c.Wake(now)
}

func (c *checkpointAgain) Wake(now env.Now) {
	if c.broker.phase >= stopping {
		return
	}
	c.broker.checkpointThen(now, func(now env.Now, err error) {
		if err != nil {
			c.broker.deadlines.Set(&c.alarm, now.Mono.Add(checkpointRetry))
			return
		}
		c.then(now)
	})
}

// checkpointRound is one round: the files still to be written, and who waits for the last of them.
type checkpointRound struct {
	broker *Broker
	files  []checkpointFile
	then   []func(now env.Now, err error)
	err    error // the first
}

func (b *Broker) writeCheckpoints(now env.Now) {
	if len(b.checkpoints.waiting) == 0 {
		return
	}
	r := &checkpointRound{broker: b, files: b.checkpointFiles(), then: b.checkpoints.waiting}
	b.checkpoints.busy, b.checkpoints.waiting = true, nil
	r.next(now, nil)
}

// next writes the next file, or ends the round.
func (r *checkpointRound) next(now env.Now, err error) {
	b := r.broker
	if err != nil && r.err == nil {
		r.err = err
		b.log.Warn("a checkpoint could not be written: %v", err)
	}
	if len(r.files) > 0 {
		f := r.files[0]
		r.files = r.files[1:]
		b.files.replace(f.name, f.text, r.next)
		return
	}
	b.checkpoints.busy = false
	if r.err == nil {
		b.checkpoints.points.written, b.checkpoints.starts.written = b.checkpoints.points.round, b.checkpoints.starts.round
	}
	for _, then := range r.then {
		then(now, r.err)
	}
	b.writeCheckpoints(now)
}

// checkpointFile is one file of a round.
type checkpointFile struct {
	name string
	text []byte
}

func (b *Broker) checkpointFiles() []checkpointFile {
	recovery, watermarks, starts, cleaned := b.boot.checkpointed() // of logs that are not opened yet
	for _, p := range b.logs {
		if p == nil || p.deleting {
			continue
		}
		now := p.recovery()
		recovery[p.TopicPartition] = now.RecoveryPoint
		watermarks[p.TopicPartition] = now.HighWatermark
		starts.put(p.TopicPartition, now.LogStart)
		cleaned.put(p.TopicPartition, now.CleanedTo)
	}
	if q := b.quorum.raft; q != nil {
		watermarks.put(metadataPartition, max(q.HighWatermark(), watermarks[metadataPartition]))
	}
	b.checkpoints.points.begin(recovery)
	b.checkpoints.starts.begin(starts)
	return []checkpointFile{{recoveryPointFile, formatOffsets(recovery)}, {highWatermarkFile, formatOffsets(watermarks)},
		{logStartFile, formatOffsets(starts)}, {cleanerFile, formatOffsets(cleaned)}}
}

// put says an offset of a partition; zero need not be said, nor may what was said before.
func (o offsets) put(tp env.TopicPartition, to env.Offset) {
	if to == 0 {
		delete(o, tp)
		return
	}
	o[tp] = to
}

// begin notes what a round writes. If a round before failed, what it wrote may be there, too.
func (d *onDisk) begin(next offsets) {
	//tidy:unordered the larger of two is the same in any order
	for tp, o := range d.round {
		if o > d.written[tp] {
			if d.written == nil {
				d.written = offsets{}
			}
			d.written[tp] = o
		}
	}
	d.round = next
}

// recovery is what the checkpoints say of the partition: what its log says or, as long as that has not loaded
// and if it never does, what they said before. Records deleted below a log start must not come back because the
// disk failed once.
func (p *partition) recovery() seglog.Recovery {
	if !p.loaded {
		return p.found
	}
	point, start := p.log.RecoveryPoint(), p.log.LogStart()
	if p.isBeingCut() {
		point, start = min(point, p.cut.RecoveryPoint), min(start, p.cut.LogStart)
	}
	return seglog.Recovery{RecoveryPoint: point, LogStart: start, HighWatermark: p.log.HighWatermark(),
		CleanedTo: p.log.CleanerCheckpoint()}
}

// bind keeps checkpoints within the bounds of a cut until it has been made: a round may look at the log while it waits
// for what is in flight.
func (p *partition) bind(b replica.CutBounds) {
	if p.isBeingCut() {
		b = replica.CutBounds{RecoveryPoint: min(b.RecoveryPoint, p.cut.RecoveryPoint), LogStart: min(b.LogStart, p.cut.LogStart)}
	}
	p.cut = b
	p.cuts++
}

func (p *partition) isBeingCut() bool { return p.cuts > 0 || p.log.State() == seglog.Loading }
