package broker

import (
	"fmt"

	"gregor/core/env"
	"gregor/core/seglog"
)

// shutdown is how far a graceful stop has come.
type shutdown struct {
	closing bool // logs were told to close
	writing bool // checkpoints and marker are being written
}

// stop ends the broker gracefully: no more requests, every log closed and on disk, checkpoints and the
// clean-shutdown marker written, in this order. Fetches that wait are answered with what there is; what else
// waits is answered if its outcome comes in time, and hears of the end by its connection's.
func (b *Broker) stop(env.Now) {
	if b.phase == booting {
		b.giveUp("stopped before it had started")
		return
	}
	b.phase = stopping
	for _, c := range b.connections() {
		b.pause(c)
	}
	for _, p := range b.logs {
		if p == nil {
			continue
		}
		for _, spot := range p.readers {
			spot.fetch.expire()
		}
	}
}

// stopMore moves the stop on: first the change under way, then the logs, then the files.
func (b *Broker) stopMore(now env.Now) {
	switch {
	case b.changes.current != nil || b.shutdown.writing:
	case !b.shutdown.closing:
		b.shutdown.closing = true
		for _, p := range b.logs {
			if p != nil && !p.deleting {
				p.log.Close(now)
				p.touch()
			}
		}
		b.again = true
	default:
		if closed, clean := b.logsClosed(); closed {
			b.shutdown.writing = true
			b.checkpointThen(now, func(now env.Now, err error) { b.markClean(clean && err == nil) })
		}
	}
}

// logsClosed says whether every log has closed, and whether they may be called clean: a fenced one must be
// recovered.
func (b *Broker) logsClosed() (closed, clean bool) {
	clean = true
	for _, p := range b.logs {
		if p == nil || p.deleting {
			continue
		}
		switch p.log.State() {
		case seglog.Closed:
		case seglog.Fenced:
			clean = false
		default:
			return false, false
		}
	}
	return true, clean
}

// markClean writes the marker that lets the next start trust every file, unless something is not as it should be.
func (b *Broker) markClean(clean bool) {
	if !clean {
		b.stopped(b.now, nil)
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
