package broker

import (
	"slices"

	"gregor/core/delta"
	"gregor/core/env"
	"gregor/core/logdir"
	"gregor/core/metadata"
	"gregor/core/mutants"
)

// replicaName is a partition of a topic there may be.
type replicaName struct {
	topic     env.UUID
	partition env.PartitionID
}

// openAtOnce bounds the logs that load at the same time.
const openAtOnce = 64

// host is what the placement needs of its node.
type host interface {
	// open opens the log of a replica and creates the replica.
	open(now env.Now, o opening, t *metadata.Topic) *partition
	// stops reports whether the node stops: nothing is opened any more.
	stops() bool
	// logOpened handles that a log has loaded, or that it never will.
	logOpened(now env.Now)
	// dropped ends what else the node does with a partition.
	dropped(now env.Now, p *partition)
}

// placement opens and drops the replicas of this broker, as the image says: openAtOnce are opened at a time. What is wanted
// is bounded by the image.
//
//	           follow                   openMore        the directory is its own, no checkpoint speaks of another log
//	(no log) ─────────▶ queue, wanted ───────────▶ looking ─────────────────────────────────────────────────▶ loading ─▶ open
//	    ▲                                             │ it is another topic's: set aside first                          │
//	    └─────────────────────────────────────────────┴──────────── the image has changed its mind: drop ◀──────────────┘
//
// Of one name one is opened at a time, from the look at its directory on until its log is there: a topic that is created
// again while the one before is still being opened would look at the same directory, and one of the two would set aside
// what the other has set aside already, or has just created.
type placement struct {
	self      env.NodeID
	image     *metadata.Image
	isReplica func(env.TopicPartition) bool
	dir       *logdir.Dir
	logs      *logs
	world     *env.World
	host      host
	acts      bool // the broker acts on what changes
	whole     bool // every log that it began with has been opened

	queue      []replicaName
	wanted     map[replicaName]bool
	looking    map[env.TopicPartition]bool // whose directories are looked at or set aside
	loading    int                         // logs that load, and directories being set aside
	forgetting int                         // checkpoints that must be written first
}

// loaded reports whether every replica that this broker is to have has been opened, so far.
func (o *placement) loaded() bool { return o.acts && len(o.queue) == 0 && o.loading == 0 }

// follow opens, changes and drops replicas of topics that exist, as the image has changed.
func (o *placement) follow(now env.Now, d *delta.Delta) {
	if d.All {
		o.dropUnknown(now)
		for _, t := range o.image.Topics() {
			o.placeTopic(now, t)
		}
		return
	}
	for _, id := range d.Topics {
		if t, ok := o.image.TopicByID(id); ok {
			o.placeTopic(now, t)
		}
	}
}

func (o *placement) want(r replicaName) {
	if !o.wanted[r] {
		o.wanted[r] = true
		o.queue = append(o.queue, r)
	}
}

// placeTopic opens, changes and drops the partitions of a topic that this broker has or shall have.
func (o *placement) placeTopic(now env.Now, t *metadata.Topic) {
	for _, state := range t.Partitions() {
		o.place(now, t, state)
	}
}

func (o *placement) place(now env.Now, t *metadata.Topic, state *metadata.Partition) {
	tp := env.TopicPartition{Topic: t.Name, Partition: state.Partition}
	p, mine := o.logs.byName[tp], slices.Contains(state.Replicas, o.self)
	if p != nil && (p.topicID != t.ID || !mine) {
		o.drop(now, p)
		p = nil
	}
	switch {
	case p != nil:
		p.take(now, state)
	case mine:
		o.want(replicaName{t.ID, state.Partition})
	}
}

// dropUnknown drops the partitions of topics that a snapshot does not know any more.
func (o *placement) dropUnknown(now env.Now) {
	for _, p := range o.logs.byOwner {
		if p == nil || p.deleting {
			continue
		}
		if _, ok := o.image.TopicByID(p.topicID); !ok {
			o.drop(now, p)
		}
	}
}

// dropTopic drops the partitions of a topic that has left the image. Requests that wait for one of them
// are answered before the step ends.
func (o *placement) dropTopic(now env.Now, t *metadata.Topic) {
	for _, state := range t.Partitions() {
		if p := o.logs.byName[env.TopicPartition{Topic: t.Name, Partition: state.Partition}]; p != nil && p.topicID == t.ID {
			o.drop(now, p)
		}
	}
}

// drop deletes a partition's log: the topic is gone, or the replica is another broker's now.
func (o *placement) drop(now env.Now, p *partition) {
	p.deleting = true
	o.world.Tell(env.ReplicaDropped{TopicPartition: p.TopicPartition, TopicID: p.topicID})
	p.log.Disown()
	delete(o.logs.byName, p.TopicPartition)
	o.host.dropped(now, p)
	p.touch()
	o.forgetCheckpoint(now, p)
}

// forgetCheckpoint takes the partition out of the checkpoints, and then its files away. No log is opened before that is
// done: the next one of this name must not be recovered with the offsets of this one, now or after a crash.
func (o *placement) forgetCheckpoint(now env.Now, p *partition) {
	o.forgetting++
	//tidy:outcome deleting may be what makes room for checkpoints; openClear waits for one that does not speak of this log
	o.dir.Checkpoint(now, func(now env.Now, _ error) {
		o.forgetting--
		p.log.Delete(now)
		p.touch()
	})
}

// openMore opens partitions that are wanted.
func (o *placement) openMore() {
	for len(o.queue) > 0 && o.loading < openAtOnce && o.forgetting == 0 && !o.host.stops() {
		next := o.queue[0]
		t, ok := o.isWanted(next)
		if ok && o.looking[env.TopicPartition{Topic: t.Name, Partition: next.partition}] {
			return // it is its turn when that is done
		}
		o.queue = o.queue[1:]
		if ok {
			o.loading++
			o.look(t, next)
		} else {
			delete(o.wanted, next)
		}
	}
}

// isWanted reports whether the image still has the replica on this broker, and it is not open.
func (o *placement) isWanted(r replicaName) (*metadata.Topic, bool) {
	t, ok := o.image.TopicByID(r.topic)
	if !ok {
		return nil, false
	}
	state, ok := t.Partition(r.partition)
	open := o.logs.byName[env.TopicPartition{Topic: t.Name, Partition: r.partition}]
	return t, ok && slices.Contains(state.Replicas, o.self) && (open == nil || open.topicID != r.topic)
}

// opening is a replica whose directory is being looked at.
type opening struct {
	env.TopicPartition
	topic env.UUID
	named bool // its partition.metadata is there already
}

// look finds out whose the directory of a replica is, and opens it. A directory of its name that belongs to another topic,
// whose deletion a crash or a disk error interrupted, is set aside first (Kafka compares the id in partition.metadata
// likewise). Checkpoints that speak of a log that is not there spoke of one that was deleted: a broker that starts writes
// again what they said, until it serves.
func (o *placement) look(t *metadata.Topic, name replicaName) {
	r := opening{TopicPartition: env.TopicPartition{Topic: t.Name, Partition: name.partition}, topic: name.topic}
	o.looking[r.TopicPartition] = true
	o.dir.Owner(r.TopicPartition, func(now env.Now, owner env.UUID, known bool) {
		r.named = known && owner == r.topic
		anothers := known && !r.named && !(mutants.Enabled && mutants.On().NameOnly) // I17 (KAFKA-14616)
		if anothers {
			o.dir.SetAside(now, r.TopicPartition, func(now env.Now) { o.openClear(now, r) })
			return
		}
		if state, _ := t.Partition(r.Partition); !known && len(state.Replicas) > 1 {
			o.dir.Forget(r.TopicPartition) // of the only replica the records would be lost: then the partition stays offline
		}
		o.openClear(now, r)
	})
}

// openClear opens the log when no checkpoint on disk speaks of an earlier one of its name any more.
func (o *placement) openClear(now env.Now, r opening) {
	if o.dir.WithinFound(r.TopicPartition) {
		o.openLog(now, r)
		return
	}
	o.dir.OnceCheckpointed(now, func(now env.Now) { o.openLog(now, r) })
}

// openLog opens the log, unless the image has changed its mind while the directory was looked at, or the node stops: the
// open logs have begun to close by then, and this one would stay open.
func (o *placement) openLog(now env.Now, r opening) {
	name := replicaName{r.topic, r.Partition}
	delete(o.looking, r.TopicPartition)
	if o.host.stops() {
		return
	}
	delete(o.wanted, name)
	t, ok := o.isWanted(name)
	if !ok {
		o.loading--
		return
	}
	state, _ := t.Partition(r.Partition)
	p := o.host.open(now, r, t)
	o.logs.byName[r.TopicPartition] = p
	p.take(now, state)
}

// opened counts a log that has loaded, or that never will.
func (o *placement) opened(now env.Now) {
	o.loading--
	o.host.logOpened(now)
}

// dropStrays removes what an interrupted deletion left, and sets aside partitions that the metadata does not know or that
// are on other brokers by now.
func (o *placement) dropStrays(now env.Now) {
	for _, tp := range o.dir.Strays(o.isReplica) {
		o.loading++
		o.looking[tp] = true
		o.world.Tell(env.ReplicaDropped{TopicPartition: tp})
		o.dir.SetAside(now, tp, func(now env.Now) {
			delete(o.looking, tp)
			o.opened(now)
		})
	}
	o.dir.RemoveDeleted()
}
