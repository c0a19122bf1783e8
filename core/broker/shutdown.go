package broker

import (
	"fmt"

	"gregor/core/env"
	"gregor/core/seglog"
)

// shutdown is how far a graceful stop has come.
type shutdown struct {
	asked   bool
	closing bool // logs were told to close
	writing bool // checkpoints and marker are being written
}

// stop ends the broker gracefully: no more requests, every log closed and on disk, checkpoints and the
// clean-shutdown marker written, in this order.
func (b *Broker) stop(env.Now) {
	if b.phase == booting {
		b.giveUp("stopped before it had started")
		return
	}
	b.phase = stopping
	for _, c := range b.connections() {
		b.pause(c)
	}
}

// stopMore moves the stop on: first the change under way, then the logs, then the files.
func (b *Broker) stopMore(now env.Now) {
	if b.changes.current != nil || b.shutdown.writing {
		return
	}
	if !b.shutdown.closing {
		b.shutdown.closing = true
		for _, p := range b.logs {
			if p != nil && !p.deleting {
				p.log.Close(now)
				p.touch()
			}
		}
		b.again = true
		return
	}
	clean := true
	for _, p := range b.logs {
		if p == nil || p.deleting {
			continue
		}
		switch p.log.State() {
		case seglog.Closed:
		case seglog.Fenced:
			clean = false // it must be recovered, so nothing may call this stop clean
		default:
			return
		}
	}
	b.shutdown.writing = true
	b.checkpointThen(now, func(now env.Now) { b.markClean(now, clean) })
}

// markClean writes the marker that lets the next start trust every file, unless a log was fenced.
func (b *Broker) markClean(now env.Now, clean bool) {
	if !clean {
		b.stopped(now, nil)
		return
	}
	text := fmt.Sprintf(`{"version":0,"brokerEpoch":%d}`, b.epoch)
	b.files.replace(cleanShutdownFile, []byte(text), b.stopped)
}

func (b *Broker) stopped(_ env.Now, err error) {
	if err != nil {
		b.warn("%s could not be written, so the next start recovers every log: %v", cleanShutdownFile, err)
	}
	for _, c := range b.connections() {
		b.world.Network.Close(c.id)
	}
	b.phase = ended
	b.world.Tell(env.Stopped{Node: b.id})
}

// cleanerFile is Kafka's name for how far compaction has come.
const cleanerFile = "cleaner-offset-checkpoint"

// checkpointTimer writes the checkpoints now and then.
type checkpointTimer Broker

func (t *checkpointTimer) wake(now env.Now) {
	b := (*Broker)(t)
	if b.phase != serving {
		return
	}
	b.checkpointThen(now, func(now env.Now) { b.deadlines.set(now.Mono.Add(checkpointEvery), t) })
}

// checkpointThen writes the four checkpoint files with what the logs say now, one after the other, and calls
// then. While they are being written, further calls wait for a round of their own: what they want to be safe
// may have come after this one looked.
func (b *Broker) checkpointThen(now env.Now, then func(env.Now)) {
	b.checkpoints.waiting = append(b.checkpoints.waiting, then)
	if !b.checkpoints.busy {
		b.writeCheckpoints(now)
	}
}

// checkpoints are the rounds of checkpointThen; waiting is bounded by the requests that ask for one.
type checkpoints struct {
	busy    bool
	waiting []func(env.Now)
}

func (b *Broker) writeCheckpoints(now env.Now) {
	c := &b.checkpoints
	if len(c.waiting) == 0 {
		return
	}
	c.busy = true
	round := c.waiting
	c.waiting = nil
	files := b.checkpointFiles()
	var next func(now env.Now, err error)
	next = func(now env.Now, err error) {
		if err != nil {
			b.warn("a checkpoint could not be written: %v", err)
		}
		if len(files) > 0 {
			f := files[0]
			files = files[1:]
			b.files.replace(f.name, f.text, next)
			return
		}
		c.busy = false
		for _, then := range round {
			then(now)
		}
		b.writeCheckpoints(now)
	}
	next(now, nil)
}

// checkpointFile is one file of a round.
type checkpointFile struct {
	name string
	text []byte
}

func (b *Broker) checkpointFiles() []checkpointFile {
	recovery, watermarks, starts, cleaned := offsets{}, offsets{}, offsets{}, offsets{}
	for _, p := range b.logs {
		if p == nil || p.deleting || p.log.State() == seglog.Loading {
			continue
		}
		recovery[p.TopicPartition] = p.log.RecoveryPoint()
		if p == b.changes.part {
			continue
		}
		watermarks[p.TopicPartition] = p.log.HighWatermark()
		if p.log.LogStart() > 0 {
			starts[p.TopicPartition] = p.log.LogStart()
		}
		if to := p.log.CleanerCheckpoint(); to > 0 {
			cleaned[p.TopicPartition] = to
		}
	}
	return []checkpointFile{{recoveryPointFile, formatOffsets(recovery)}, {highWatermarkFile, formatOffsets(watermarks)},
		{logStartFile, formatOffsets(starts)}, {cleanerFile, formatOffsets(cleaned)}}
}
