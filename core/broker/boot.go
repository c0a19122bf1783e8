package broker

import (
	"time"

	"gregor/core/controller"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/registration"
	"gregor/core/seglog"
)

// dirRead goes on when the data directory has been read: with the metadata log.
func (b *Broker) dirRead(now env.Now) {
	b.cluster.ID = b.dir.ClusterID()
	if b.roles.controller {
		b.control.Begin(b.metalog, controller.New(controller.DefaultConfig(b.id, b.dir.ClusterID(), b.config),
			b.cluster.Image, b.world.Rand.Fork("controller")))
	}
	b.openMetalog(now)
	if b.roles.broker {
		b.registration.Start(now, registration.Directory{ClusterID: b.dir.ClusterID(), ID: b.dir.ID(),
			PreviousEpoch: b.dir.PreviousEpoch()})
	}
}

// proceed moves the boot or the shutdown on, at the end of each step.
func (b *Broker) proceed(now env.Now) {
	switch {
	case b.phase == booting && !b.roles.broker && b.metalog.IsRunning():
		b.serve(now)
	case b.phase == stopping:
		b.stopMore(now)
	}
}

// serve begins to answer: connections that came meanwhile are let in.
func (b *Broker) serve(now env.Now) {
	b.phase = serving
	b.placed.Serve()
	b.dir.Serve(now)
	b.inbox.Serve()
	b.step.again = true
	b.world.Emit(env.Started{Node: b.id})
}

// dirNode is the broker as the owner of its data directory.
type dirNode Broker

// Points reports what the checkpoints are to say of each log.
func (n *dirNode) Points(put func(kafka.TopicPartition, seglog.Recovery)) {
	for _, p := range n.logs.byOwner {
		if p != nil && !p.deleting {
			put(p.TopicPartition, p.recovery())
		}
	}
	if at, ok := n.metalog.Committed(); ok {
		put(kafka.TopicPartition{Topic: kafka.MetadataTopic}, seglog.Recovery{HighWatermark: at})
	}
}

// CheckpointEvery is log.flush.offset.checkpoint.interval.ms.
func (n *dirNode) CheckpointEvery() time.Duration {
	return max(n.config.Millis("log.flush.offset.checkpoint.interval.ms"), time.Millisecond)
}

// Stopping reports whether the broker stops, or has.
func (n *dirNode) Stopping() bool { return n.phase >= stopping }

// GiveUp ends the broker.
func (n *dirNode) GiveUp(format string, args ...any) { (*Broker)(n).giveUp(format, args...) }
