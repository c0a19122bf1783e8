package broker

import (
	"slices"

	"gregor/core/admit"
	"gregor/core/alarm"
	"gregor/core/delta"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/placement"
	"gregor/core/replica"
	"gregor/core/seglog"
	"gregor/core/settings"
)

// published has the broker act on what the image says by now. It begins to when it has read of its own registration:
// what was true before that has changed since.
func (b *Broker) published(now env.Now) {
	d := b.delta.Take()
	if slices.ContainsFunc(d.Unregistered, func(r *metadata.UnregisterBroker) bool {
		return r.Broker == b.id && r.Epoch == b.registration.Epoch()
	}) {
		b.hurry(now) // the next heartbeat finds out
	}
	if b.roles.broker && !b.placed.Acts() && b.registration.IsRegistered() &&
		b.metalog.Applied() > kafka.Offset(b.registration.Epoch()) {
		if why := b.dir.Forgotten(b.metalog.Applied(), len(b.cluster.Image.Topics()), b.cluster.IsReplica); why != "" {
			b.giveUp("%s", why)
			return
		}
		d.All = true
		b.placed.Begin()
		b.reconfigure(now)
		b.placed.DropStrays(now)
	}
	if b.placed.Acts() {
		b.publish(now, &d)
	}
}

// publish does what the changes ask of this broker: configurations first, since partitions are opened with them.
func (b *Broker) publish(now env.Now, d *delta.Delta) {
	b.coordinators.set.Resize(b.partitionsOf)
	for _, r := range d.Configs {
		b.configChanged(now, r)
	}
	for _, t := range d.Removed {
		b.placed.DropTopic(now, t)
		b.coordinators.groups.TopicDeleted(now, t.Name)
	}
	b.placed.Follow(now, d)
	b.placed.OpenMore()
}

// deltaNode is the broker as the tracker of its image sees it.
type deltaNode Broker

// Leads reports whether this node is the active controller.
func (n *deltaNode) Leads() bool { return n.control.Leads() }

// Acts reports whether this node acts on what changes.
func (n *deltaNode) Acts() bool { return n.placed.Acts() }

// DefaultMinISR is the broker's own min.insync.replicas.
func (n *deltaNode) DefaultMinISR() int { return n.config.Int("min.insync.replicas") }

// Note logs a line.
func (n *deltaNode) Note(level env.LogLevel, about, format string, args ...any) {
	n.log.Note(level, about, format, args...)
}

// placementHost is the broker as its placement sees it.
type placementHost Broker

// Open opens a log under the next owner number. Numbers are never given twice, so that the outcome of an operation of a
// deleted log finds no other one.
func (h *placementHost) Open(now env.Now, r placement.Replica, t *metadata.Topic) placement.Partition {
	b, tp := (*Broker)(h), r.TopicPartition
	p := &partition{TopicPartition: tp, broker: b, topicID: r.Topic, owner: uint32(len(b.logs.byOwner)),
		found: b.dir.Recovery(tp)}
	p.found.TopicID, p.found.Named = r.Topic, r.Named
	p.alarm = alarm.For(p)
	b.logs.byOwner = append(b.logs.byOwner, p)
	p.config = b.topicConfig(t.Name)
	p.limits = admit.TopicOf(p.config)
	p.log = seglog.Open(b.world, seglog.NewOps(p.owner), tp, tp.String(), settings.Log(b.config, p.config), p.found, now)
	p.touch()
	b.replicas.Throttle(p, p.Partition, p.config)
	p.replica = replica.New(&b.replicas.Config, b.world, t.ID, p.log, p.config.Int("min.insync.replicas"))
	b.logs.byName[tp] = p
	return p
}

// Drop ends a partition: requests that wait for it are answered before the step ends.
func (h *placementHost) Drop(now env.Now, dropped placement.Partition) {
	p := dropped.(*partition)
	p.deleting = true
	h.world.Emit(env.ReplicaDropped{TopicPartition: p.TopicPartition, TopicID: p.topicID})
	p.log.Disown()
	delete(h.logs.byName, p.TopicPartition)
	h.coordinators.set.Drop(now, p.TopicPartition)
	h.replicas.Leave(p)
	p.touch()
}

// SetAside emits that a partition is none of this broker's any more.
func (h *placementHost) SetAside(tp kafka.TopicPartition) {
	h.world.Emit(env.ReplicaDropped{TopicPartition: tp})
}

// LogOpened sends a heartbeat at once when the last log is open: the broker waits to be unfenced.
func (h *placementHost) LogOpened(now env.Now) {
	if b := (*Broker)(h); b.placed.Loaded() && b.phase == booting {
		b.hurry(now)
	}
}

// Stops reports whether the broker stops.
func (h *placementHost) Stops() bool { return h.phase >= stopping }
