package placement

import (
	"slices"

	"gregor/core/delta"
	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/logdir"
	"gregor/core/metadata"
	"gregor/core/mutants"
)

// replicaName is a partition of a topic there may be.
type replicaName struct {
	topic     kafka.UUID
	partition kafka.PartitionID
}

// openAtOnce bounds the logs that load at the same time.
const openAtOnce = 64

// Partition is a replica that is here.
type Partition interface {
	TopicID() kafka.UUID
	// Apply applies to the replica what the image says of its partition.
	Apply(now env.Now, state *metadata.Partition)
	// Delete deletes the log.
	Delete(now env.Now)
}

// Table is the replicas that are here and have not been dropped.
type Table interface {
	Named(tp kafka.TopicPartition) (Partition, bool)
	// Each calls do with every replica, in the order of their opening.
	Each(do func(Partition))
}

// Replica is a replica that is to be opened.
type Replica struct {
	kafka.TopicPartition
	Topic kafka.UUID
	Named bool // its partition.metadata is there already
}

func (r *Replica) name() replicaName { return replicaName{r.Topic, r.Partition} }

// Host is what the placement needs of its broker.
type Host interface {
	// Open opens the log of a replica, creates the replica, and puts it in the table.
	Open(now env.Now, r Replica, t *metadata.Topic) Partition
	// Drop takes a replica out of the table, and ends what else the broker does with it.
	Drop(now env.Now, p Partition)
	// SetAside handles that the directory of a partition which is none of this broker's is renamed.
	SetAside(tp kafka.TopicPartition)
	// LogOpened handles that a log has loaded, or that it never will.
	LogOpened(now env.Now)
	// Stops reports whether the broker stops: nothing is opened any more.
	Stops() bool
}

// Placement opens and drops the replicas of a broker.
type Placement struct {
	cluster *describe.Cluster
	dir     *logdir.Dir
	table   Table
	host    Host

	acts       bool      // the broker acts on what changes
	whole      bool      // every log that it began with has been opened
	queue      []Replica // those that are wanted, in order
	wanted     map[replicaName]bool
	looking    map[kafka.TopicPartition]bool // whose directories are looked at or set aside
	loading    int                           // logs that load, and directories being set aside
	forgetting int                           // checkpoints that must be written first
}

// New returns the placement of a broker that does not act on the image so far.
func New(c *describe.Cluster, d *logdir.Dir, t Table, h Host) *Placement {
	return &Placement{cluster: c, dir: d, table: t, host: h, wanted: map[replicaName]bool{},
		looking: map[kafka.TopicPartition]bool{}}
}

// Begin acts on the image from now on.
func (o *Placement) Begin() { o.acts = true }

// Acts reports whether the broker acts on what changes in the image.
func (o *Placement) Acts() bool { return o.acts }

// Serve notes that every log that the broker began with has been opened: what is opened later is new.
func (o *Placement) Serve() { o.whole = true }

// Complete reports whether every log that the broker began with has been opened.
func (o *Placement) Complete() bool { return o.whole || len(o.wanted) == 0 }

// Forgetting reports whether checkpoints still have to forget a partition that was dropped.
func (o *Placement) Forgetting() bool { return o.forgetting > 0 }

// Loaded reports whether every replica that this broker is to have has been opened, so far.
func (o *Placement) Loaded() bool { return o.acts && len(o.queue) == 0 && o.loading == 0 }

// Follow opens, changes and drops replicas of topics that exist, as the image has changed.
func (o *Placement) Follow(now env.Now, d *delta.Delta) {
	if d.All {
		o.dropUnknown(now)
		for _, t := range o.cluster.Image.Topics() {
			o.placeTopic(now, t)
		}
		return
	}
	for _, id := range d.Topics {
		if t, ok := o.cluster.Image.TopicByID(id); ok {
			o.placeTopic(now, t)
		}
	}
}

func (o *Placement) want(r Replica) {
	if !o.wanted[r.name()] {
		o.wanted[r.name()] = true
		o.queue = append(o.queue, r)
	}
}

// placeTopic opens, changes and drops the partitions of a topic that this broker has or shall have.
func (o *Placement) placeTopic(now env.Now, t *metadata.Topic) {
	for _, state := range t.Partitions() {
		o.place(now, t, state)
	}
}

func (o *Placement) place(now env.Now, t *metadata.Topic, state *metadata.Partition) {
	tp := kafka.TopicPartition{Topic: t.Name, Partition: state.Partition}
	p, here := o.table.Named(tp)
	mine := slices.Contains(state.Replicas, o.cluster.Self)
	if here && (p.TopicID() != t.ID || !mine) {
		o.drop(now, p)
		here = false
	}
	switch {
	case here:
		p.Apply(now, state)
	case mine:
		o.want(Replica{TopicPartition: tp, Topic: t.ID})
	}
}

// dropUnknown drops the partitions of topics that a snapshot does not know any more.
func (o *Placement) dropUnknown(now env.Now) {
	o.table.Each(func(p Partition) {
		if _, ok := o.cluster.Image.TopicByID(p.TopicID()); !ok {
			o.drop(now, p)
		}
	})
}

// DropTopic drops the partitions of a topic that has left the image. Requests that wait for one of them
// are answered before the step ends.
func (o *Placement) DropTopic(now env.Now, t *metadata.Topic) {
	for _, state := range t.Partitions() {
		if p, ok := o.table.Named(kafka.TopicPartition{Topic: t.Name, Partition: state.Partition}); ok &&
			p.TopicID() == t.ID {
			o.drop(now, p)
		}
	}
}

// drop drops a partition: the topic is gone, or the replica is another broker's now.
func (o *Placement) drop(now env.Now, p Partition) {
	o.host.Drop(now, p)
	o.forgetCheckpoint(now, p)
}

// forgetCheckpoint takes the partition out of the checkpoints, and then its files away. No log is opened before that is
// done: the next one of this name must not be recovered with the offsets of this one, now or after a crash.
func (o *Placement) forgetCheckpoint(now env.Now, p Partition) {
	o.forgetting++
	//tidy:outcome deleting may be what makes room for checkpoints; openClear waits for one that does not speak of this log
	o.dir.Checkpoint(now, func(now env.Now, _ error) {
		o.forgetting--
		p.Delete(now)
	})
}

// OpenMore opens partitions that are wanted.
func (o *Placement) OpenMore() {
	for len(o.queue) > 0 && o.loading < openAtOnce && o.forgetting == 0 && !o.host.Stops() {
		next := o.queue[0]
		if o.looking[next.TopicPartition] {
			return // it is its turn when that is done
		}
		o.queue = o.queue[1:]
		o.loading++
		o.look(next)
	}
}

// isWanted reports whether the image still has the replica on this broker, and it is not open.
func (o *Placement) isWanted(r replicaName) (*metadata.Topic, bool) {
	t, ok := o.cluster.Image.TopicByID(r.topic)
	if !ok {
		return nil, false
	}
	state, ok := t.Partition(r.partition)
	open, here := o.table.Named(kafka.TopicPartition{Topic: t.Name, Partition: r.partition})
	return t, ok && slices.Contains(state.Replicas, o.cluster.Self) && (!here || open.TopicID() != r.topic)
}

// look finds out whose the directory of a replica is, and opens it. A directory of its name that belongs to another
// topic, whose deletion a crash or a disk error interrupted, is set aside first (Kafka compares the id in
// partition.metadata likewise). Checkpoints that speak of a log that is not there spoke of one that was deleted: a
// broker that starts writes again what they said, until it serves.
func (o *Placement) look(r Replica) {
	o.looking[r.TopicPartition] = true
	o.dir.Owner(r.TopicPartition, func(now env.Now, owner kafka.UUID, known bool) {
		r.Named = known && owner == r.Topic
		t, ok := o.isWanted(r.name())
		if !ok {
			o.dismiss(now, r)
			return
		}
		anothers := known && !r.Named && !(mutants.Enabled && mutants.On().NameOnly) // I17 (KAFKA-14616)
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
func (o *Placement) openClear(now env.Now, r Replica) {
	if o.dir.WithinFound(r.TopicPartition) {
		o.openLog(now, r)
		return
	}
	o.dir.OnceCheckpointed(now, func(now env.Now) { o.openLog(now, r) })
}

// openLog opens the log, unless the image has changed its mind while the directory was looked at, or the node stops:
// the open logs have begun to close by then, and this one would stay open.
func (o *Placement) openLog(now env.Now, r Replica) {
	t, ok := o.isWanted(r.name())
	if !ok || o.host.Stops() {
		o.dismiss(now, r)
		return
	}
	delete(o.looking, r.TopicPartition)
	delete(o.wanted, r.name())
	state, _ := t.Partition(r.Partition)
	o.host.Open(now, r, t).Apply(now, state)
}

// dismiss gives a replica up that was removed from this broker before its log was opened. Its directory is set aside:
// if the replica returned to it, it would be opened as the new one, with what it had before.
func (o *Placement) dismiss(now env.Now, r Replica) {
	delete(o.looking, r.TopicPartition)
	if o.host.Stops() {
		return
	}
	delete(o.wanted, r.name())
	if _, open := o.table.Named(r.TopicPartition); open || !r.Named {
		o.loading--
		return
	}
	o.setAside(now, r.TopicPartition)
}

// setAside renames the directory of a partition that is none of this broker's. It counts as one that loads till then.
func (o *Placement) setAside(now env.Now, tp kafka.TopicPartition) {
	o.looking[tp] = true
	o.host.SetAside(tp)
	o.dir.SetAside(now, tp, func(now env.Now) {
		delete(o.looking, tp)
		o.Opened(now)
	})
}

// Opened counts a log that has loaded, or that never will.
func (o *Placement) Opened(now env.Now) {
	o.loading--
	o.host.LogOpened(now)
}

// DropStrays removes what an interrupted deletion left, and sets aside partitions that the metadata does not know or
// that are on other brokers by now.
func (o *Placement) DropStrays(now env.Now) {
	for _, tp := range o.dir.Strays(o.cluster.IsReplica) {
		o.loading++
		o.setAside(now, tp)
	}
	o.dir.RemoveDeleted()
}
