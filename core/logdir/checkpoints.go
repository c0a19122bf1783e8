package logdir

import (
	"maps"
	"time"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/seglog"
)

// rounds are the rounds of Checkpoint; waiting is bounded by the requests that ask for one.
type rounds struct {
	alarm   alarm.Alarm // of the next round that no request asks for
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
func (d *onDisk) covers(tp kafka.TopicPartition) kafka.Offset {
	return max(d.written[tp], d.round[tp])
}

// Within reports whether no checkpoint on disk can say more of a partition than these offsets.
func (d *Dir) Within(tp kafka.TopicPartition, point, start kafka.Offset) bool {
	return d.rounds.points.covers(tp) <= point && d.rounds.starts.covers(tp) <= start
}

// WithinFound is Within for what the start has found out: no checkpoint speaks of an earlier log of the partition's
// name.
func (d *Dir) WithinFound(tp kafka.TopicPartition) bool {
	return d.Within(tp, d.found.recovery[tp], d.found.starts[tp])
}

// timer writes the checkpoints every so often.
type timer Dir

func (t *timer) Wake(now env.Now) {
	d := (*Dir)(t)
	if !d.node.Stopping() {
		//tidy:outcome the round has logged its error, and the next one tries again
		d.Checkpoint(now, func(now env.Now, _ error) {
			d.alarms.Set(&d.rounds.alarm, now.Mono.Add(d.node.CheckpointEvery()))
		})
	}
}

// Checkpoint writes the four checkpoint files with what the logs say now, one after the other, and calls
// then. While they are being written, further calls wait for a round of their own: what they want to be safe
// may have come after this one looked.
func (d *Dir) Checkpoint(now env.Now, then func(now env.Now, err error)) {
	d.rounds.waiting = append(d.rounds.waiting, then)
	if !d.rounds.busy {
		d.writeCheckpoints(now)
	}
}

// checkpointRetry is the pause before checkpoints are written again that something waits for.
const checkpointRetry = time.Second

// again writes the checkpoints until that succeeds, for what must not come before.
type again struct {
	dir   *Dir
	then  func(now env.Now)
	alarm alarm.Alarm
}

// OnceCheckpointed calls then when the checkpoint files hold what the logs say now, however often the disk refuses that
// before. A node that stops waits no longer, and does not call it.
func (d *Dir) OnceCheckpointed(now env.Now, then func(now env.Now)) {
	a := &again{dir: d, then: then}
	a.alarm = alarm.For(a)
	a.Wake(now)
}

func (a *again) Wake(now env.Now) {
	if a.dir.node.Stopping() {
		return
	}
	a.dir.Checkpoint(now, func(now env.Now, err error) {
		if err != nil {
			a.dir.alarms.Set(&a.alarm, now.Mono.Add(checkpointRetry))
			return
		}
		a.then(now)
	})
}

// round is one round: the files still to be written, and who waits for the last of them.
type round struct {
	dir   *Dir
	files []checkpointFile
	then  []func(now env.Now, err error)
	err   error // the first
}

func (d *Dir) writeCheckpoints(now env.Now) {
	if len(d.rounds.waiting) == 0 {
		return
	}
	r := &round{dir: d, files: d.checkpointFiles(), then: d.rounds.waiting}
	d.rounds.busy, d.rounds.waiting = true, nil
	r.next(now, nil)
}

// next writes the next file, or ends the round.
func (r *round) next(now env.Now, err error) {
	d := r.dir
	if err != nil && r.err == nil {
		r.err = err
		d.log.Warn("a checkpoint could not be written: %v", err)
	}
	if len(r.files) > 0 {
		f := r.files[0]
		r.files = r.files[1:]
		d.files.replace(f.name, f.text, r.next)
		return
	}
	d.rounds.busy = false
	if r.err == nil {
		d.rounds.points.written, d.rounds.starts.written = d.rounds.points.round, d.rounds.starts.round
	}
	for _, then := range r.then {
		then(now, r.err)
	}
	d.writeCheckpoints(now)
}

// checkpointFile is one file of a round.
type checkpointFile struct {
	name string
	text []byte
}

// checkpointFiles are the files with what the open logs say now and, of logs that are not opened yet, what the start
// has found.
func (d *Dir) checkpointFiles() []checkpointFile {
	recovery, watermarks, starts, cleaned := copied(d.found.recovery), copied(d.found.watermark), copied(d.found.starts),
		copied(d.found.cleaned)
	d.node.Points(func(tp kafka.TopicPartition, at seglog.Recovery) {
		if tp == metadataPartition {
			watermarks.put(tp, max(at.HighWatermark, watermarks[tp]))
			return
		}
		recovery[tp] = at.RecoveryPoint
		watermarks[tp] = at.HighWatermark
		starts.put(tp, at.LogStart)
		cleaned.put(tp, at.CleanedTo)
	})
	d.rounds.points.begin(recovery)
	d.rounds.starts.begin(starts)
	return []checkpointFile{{recoveryPointFile, formatOffsets(recovery)}, {highWatermarkFile, formatOffsets(watermarks)},
		{logStartFile, formatOffsets(starts)}, {cleanerFile, formatOffsets(cleaned)}}
}

func copied(o offsets) offsets {
	if o == nil {
		return offsets{}
	}
	return maps.Clone(o)
}

// put sets an offset of a partition; zero is left out, and takes the place of what was said before.
func (o offsets) put(tp kafka.TopicPartition, to kafka.Offset) {
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
