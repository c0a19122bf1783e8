package broker

import (
	"time"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/seglog"
)

// shutdown is how far a graceful stop has come.
type shutdown struct {
	closing bool   // the logs are closing
	writing bool   // checkpoints and marker are being written
	clean   bool   // they are written
	quorum  bool   // the quorum's replica is closing
	failure string // why the node stops without having been asked to
	grace   alarm.Alarm
}

// answerGrace is how long a node that stops still answers requests it has begun, before it ends their connections.
const answerGrace = time.Second

// stop ends the node gracefully. A broker first asks the controller to move its leaderships away; then come, in this
// order: no more requests, every log closed and on disk, checkpoints and the clean-shutdown marker written, the
// quorum's replica closed.
func (b *Broker) stop(now env.Now) {
	switch {
	case b.phase == booting && !b.placed.Acts():
		b.giveUp("stopped before it had started")
	case b.phase < stopping && b.roles.broker:
		b.registration.AskToLeave(now)
	case b.phase == serving:
		b.stopServing(now)
	}
}

// retire stops a broker whose disk has failed it: its leaderships go to other brokers first. One that does not serve
// yet has none.
func (b *Broker) retire(now env.Now, why string) {
	switch {
	case b.phase == booting:
		b.giveUp("%s", why)
	case b.shutdown.failure == "" && b.phase < ended:
		b.shutdown.failure = why
		b.world.Emit(env.Logged{Level: env.Error, Text: why + "; this broker hands its leaderships over and ends"})
		b.stop(now)
	}
}

// stopServing takes no more requests. Fetches that wait are answered with what there is; what else waits is answered
// if its outcome comes in time, and ends with its connection. Connections end before logs do, since an answer
// that its peer does not take keeps the file open that it is a region of.
func (b *Broker) stopServing(now env.Now) {
	b.phase, b.step.again = stopping, true
	b.inbox.Stop()
	b.shutdown.grace = alarm.For((*graceTimer)(b))
	b.deadlines.Set(&b.shutdown.grace, now.Mono.Add(answerGrace))
	for _, p := range b.logs.byOwner {
		if p == nil {
			continue
		}
		for _, spot := range p.readers {
			spot.fetch.Expire()
		}
	}
}

// graceTimer ends every connection when the time for answers is over.
type graceTimer Broker

func (t *graceTimer) Wake(env.Now) {
	(*Broker)(t).inbox.Close()
}

// stopMore moves the stop on: first the logs, then the files, then the quorum.
func (b *Broker) stopMore(now env.Now) {
	switch {
	case b.shutdown.clean:
		b.stopQuorum(now)
	case b.shutdown.writing:
	case !b.shutdown.closing:
		b.shutdown.closing = true
		for _, p := range b.logs.byOwner {
			if p != nil && !p.deleting {
				p.log.Close(now)
				p.touch()
			}
		}
		b.step.again = true
	default:
		if closed, clean := b.logsClosed(); closed {
			b.shutdown.writing = true
			b.dir.Checkpoint(now, func(now env.Now, err error) { b.markClean(clean && err == nil) })
		}
	}
}

// stopQuorum closes the quorum's replica, and with it ends the node.
func (b *Broker) stopQuorum(now env.Now) {
	if !b.shutdown.quorum {
		b.shutdown.quorum = true
		b.metalog.Close(now)
	}
	if b.metalog.IsClosed() {
		b.stopped()
	}
}

// logsClosed reports whether every log has closed, and whether they may be called clean: a fenced one must be
// recovered, and so must one that was still to be opened when the broker started. What is to be opened later is new.
func (b *Broker) logsClosed() (closed, clean bool) {
	clean = b.placed.Complete()
	for _, p := range b.logs.byOwner {
		if p == nil || p.deleting {
			continue
		}
		switch p.log.State() {
		case seglog.Closed:
		case seglog.Fenced, seglog.Full:
			clean = false
		default:
			return false, false
		}
	}
	return true, clean
}

// markClean writes the marker that lets the next start trust every file, unless something is not as it should be. A
// node that is no broker has nothing to mark.
func (b *Broker) markClean(clean bool) {
	if !clean || !b.roles.broker {
		b.marked(b.step.now)
		return
	}
	b.dir.MarkClean(b.registration.Epoch(), b.marked)
}

func (b *Broker) marked(env.Now) {
	b.shutdown.clean, b.step.again = true, true
}

func (b *Broker) stopped() {
	b.inbox.Close()
	b.peers.Close()
	if b.shutdown.failure != "" {
		b.giveUp("%s", b.shutdown.failure)
		return
	}
	b.phase = ended
	b.world.Emit(env.Stopped{Node: b.id})
}
