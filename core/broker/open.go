package broker

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"gregor/core/alarm"
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/mutants"
	"gregor/core/record"
	"gregor/core/replica"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// partitionLimits are a topic's settings looked at on every produce.
type partitionLimits struct {
	maxMessageBytes          int
	compacted                bool
	logAppendTime            bool
	timestampAfterMaxMillis  int64
	timestampBeforeMaxMillis int64
	ownCodec                 bool // compression.type is not producer
	codec                    record.Codec
}

func limitsOf(t *config.Topic) partitionLimits {
	l := partitionLimits{
		maxMessageBytes: t.Int("max.message.bytes"), compacted: t.Has("compact"),
		logAppendTime:            t.Text("message.timestamp.type") == "LogAppendTime",
		timestampAfterMaxMillis:  t.Long("message.timestamp.after.max.ms"),
		timestampBeforeMaxMillis: t.Long("message.timestamp.before.max.ms"),
	}
	switch name := t.Text("compression.type"); name {
	case "producer":
	case "uncompressed":
		l.ownCodec = true
	default:
		l.codec, l.ownCodec = record.ParseCodec(name)
	}
	return l
}

// logConfig is what the log needs of a topic's configuration.
func (b *Broker) logConfig(t *config.Topic) seglog.Config {
	return seglog.Config{
		SegmentBytes: int64(t.SegmentBytes()), SegmentMs: t.Long("segment.ms"), SegmentJitterMs: t.Long("segment.jitter.ms"),
		IndexIntervalBytes: t.Long("index.interval.bytes"), IndexSizeMaxBytes: t.Long("segment.index.bytes"),
		RetentionMs: t.Long("retention.ms"), RetentionBytes: t.Long("retention.bytes"), FileDeleteDelayMs: t.Long("file.delete.delay.ms"),
		RetentionCheckMs: b.config.Long("log.retention.check.interval.ms"),
		FlushMessages:    t.Long("flush.messages"), FlushMs: t.Long("flush.ms"),
		CleanupDelete: t.Has("delete"), CleanupCompact: t.Has("compact") && b.config.Bool("log.cleaner.enable"),
		DeleteRetentionMs: t.Long("delete.retention.ms"), MinCompactionLagMs: t.Long("min.compaction.lag.ms"),
		MaxCompactionLagMs: t.Long("max.compaction.lag.ms"), MinCleanableDirtyRatioPercent: int64(t.Percent("min.cleanable.dirty.ratio")),
		CleanerBackoffMs: b.config.Long("log.cleaner.backoff.ms"), CleanerMaxKeys: b.cleanerKeys(),
		LogAppendTime:               t.Text("message.timestamp.type") == "LogAppendTime",
		ProducerIDExpirationMs:      b.config.Long("producer.id.expiration.ms"),
		ProducerIDExpirationCheckMs: b.config.Long("producer.id.expiration.check.interval.ms"),
	}
}

// cleanerKeyBytes is what Kafka's cleaner takes for one key: a 16-byte hash and an 8-byte offset.
const cleanerKeyBytes = 24

// cleanerKeys is how many keys a round of compaction may hold: what log.cleaner.dedupe.buffer.size has room for.
func (b *Broker) cleanerKeys() int {
	return int(b.config.Long("log.cleaner.dedupe.buffer.size") / cleanerKeyBytes)
}

// topicConfig is a topic's configuration, nil if there is no such topic.
func (b *Broker) topicConfig(name string) *config.Topic {
	if _, ok := b.image.Topic(name); !ok {
		return nil
	}
	c, err := b.config.TopicStored(b.cluster.Overrides(metadata.ResourceTopic, name))
	if err != nil { // checked when it was set; the broker's own values may have changed since
		b.log.Note(env.Warn, aboutConfigs, "topic %s: %v; the default is used", name, err)
	}
	return c
}

// newLog opens a log under the next owner number. Numbers are never given twice, so that the outcome of an
// operation of a deleted log finds nobody.
func (b *Broker) newLog(o opening, cfg seglog.Config, now env.Now) *partition {
	tp := o.TopicPartition
	p := &partition{TopicPartition: tp, broker: b, topicID: o.topic, owner: uint32(len(b.logs.byOwner)), found: b.dir.Recovery(tp)}
	p.found.TopicID, p.found.Named = o.topic, o.named
	p.alarm = alarm.For(p)
	b.logs.byOwner = append(b.logs.byOwner, p)
	p.log = seglog.Open(b.world, seglog.NewOps(p.owner), tp, tp.String(), cfg, p.found, now)
	p.touch()
	return p
}

// opens are the partitions to be opened, openAtOnce at a time. What is wanted is bounded by the image.
//
// Of one name one is opened at a time, from the look at its directory on until its log is there: a topic that is made
// again while the one before is still being opened would look at the same directory, and one of the two would set aside
// what the other has set aside already, or has just made.
type opens struct {
	queue      []replicaName
	wanted     map[replicaName]bool
	looking    map[env.TopicPartition]bool // whose directories are looked at or set aside
	loading    int                         // logs that load, and directories being set aside
	forgetting int                         // checkpoints that must be written first
}

func (o *opens) want(r replicaName) {
	if !o.wanted[r] {
		o.wanted[r] = true
		o.queue = append(o.queue, r)
	}
}

// loaded says whether every log this broker shall have has been opened, so far.
func (b *Broker) loaded() bool {
	return b.publishing && len(b.opens.queue) == 0 && b.opens.loading == 0
}

// openMore opens partitions that are wanted.
func (b *Broker) openMore() {
	o := &b.opens
	for len(o.queue) > 0 && o.loading < openAtOnce && o.forgetting == 0 && b.phase < stopping {
		next := o.queue[0]
		t, ok := b.wanted(next)
		if ok && o.looking[env.TopicPartition{Topic: t.Name, Partition: next.partition}] {
			return // it is its turn when that is done
		}
		o.queue = o.queue[1:]
		if ok {
			o.loading++
			b.openPartition(t, next)
		} else {
			delete(o.wanted, next)
		}
	}
}

// wanted says whether the image still has the replica on this broker, and it is not open.
func (b *Broker) wanted(r replicaName) (*metadata.Topic, bool) {
	t, ok := b.image.TopicByID(r.topic)
	if !ok {
		return nil, false
	}
	state, ok := t.Partition(r.partition)
	open := b.logs.byName[env.TopicPartition{Topic: t.Name, Partition: r.partition}]
	return t, ok && slices.Contains(state.Replicas, b.id) && (open == nil || open.topicID != r.topic)
}

// opening is a replica whose directory is being looked at.
type opening struct {
	env.TopicPartition
	topic env.UUID
	named bool // its partition.metadata is there already
}

// openPartition opens a replica. A directory of its name that belongs to another topic, whose deletion a crash or a
// disk error interrupted, is set aside first (Kafka compares the id in partition.metadata likewise). Checkpoints that speak
// of a log that is not there spoke of one that was deleted: a broker that starts writes again what they said, until it
// serves.
func (b *Broker) openPartition(t *metadata.Topic, r replicaName) {
	o := opening{TopicPartition: env.TopicPartition{Topic: t.Name, Partition: r.partition}, topic: r.topic}
	b.opens.looking[o.TopicPartition] = true
	b.dir.Owner(o.TopicPartition, func(now env.Now, owner env.UUID, known bool) {
		o.named = known && owner == o.topic
		anothers := known && !o.named && !(mutants.Enabled && mutants.On().NameOnly) // I17 (KAFKA-14616)
		if anothers {
			b.dir.SetAside(now, o.TopicPartition, func(now env.Now) { b.openClear(now, o) })
			return
		}
		if state, _ := t.Partition(o.Partition); !known && len(state.Replicas) > 1 {
			b.dir.Forget(o.TopicPartition) // of the only replica the records would be lost: then the partition stays offline
		}
		b.openClear(now, o)
	})
}

// openClear opens the log when no checkpoint on disk speaks of an earlier one of its name any more.
func (b *Broker) openClear(now env.Now, o opening) {
	if b.dir.WithinFound(o.TopicPartition) {
		b.openLog(now, o)
		return
	}
	b.dir.OnceCheckpointed(now, func(now env.Now) { b.openLog(now, o) })
}

// openLog opens the log, unless the image has changed its mind while the directory was looked at, or the broker stops:
// the logs there are have been told to close by then, and nobody would tell this one.
func (b *Broker) openLog(now env.Now, o opening) {
	r := replicaName{o.topic, o.Partition}
	delete(b.opens.looking, o.TopicPartition)
	if b.phase >= stopping {
		return
	}
	delete(b.opens.wanted, r)
	t, ok := b.wanted(r)
	if !ok {
		b.opens.loading--
		return
	}
	state, _ := t.Partition(o.Partition)
	c := b.topicConfig(t.Name)
	p := b.newLog(o, b.logConfig(c), now)
	p.config, p.limits = c, limitsOf(c)
	p.throttle()
	p.replica = replica.New(&b.replicaConfig, b.world, t.ID, p.log, c.Int("min.insync.replicas"))
	b.logs.byName[o.TopicPartition] = p
	p.take(now, state)
}

// partitionOpened hears that a log has loaded, or that it never will.
func (b *Broker) partitionOpened(now env.Now) {
	b.opens.loading--
	if b.loaded() && b.phase == booting {
		b.hurry(now)
	}
}

// partitionFenced handles that the disk failed a log. Where other brokers have the partition, too, this one hands its
// leaderships over and ends, as Kafka's does when its last directory fails: only then can one of them lead. A partition
// that no other broker has is offline until the next start; if it is only that the disk is full, it can be read, and
// goes on by itself when there is space. Groups that live in it have no coordinator meanwhile.
func (b *Broker) partitionFenced(now env.Now, p *partition) {
	full := p.log.State() == seglog.Full
	switch {
	case len(p.replica.Replicas()) > 1 && full:
		b.retire(now, fmt.Sprintf("%v; other brokers have this partition and lead it now: make space and start this one again", p.log.Err()))
		return
	case len(p.replica.Replicas()) > 1:
		b.retire(now, fmt.Sprintf("%v; other brokers have this partition and lead it now: start this one again when its disk is sound, or with an empty directory", p.log.Err()))
		return
	case full:
		b.log.Warn("%v; this partition can be read, and refuses appends until there is space on the disk again; the broker need not be restarted", p.log.Err())
	default:
		b.log.Warn("%v; this partition is offline until the broker starts again", p.log.Err())
	}
	b.coordinators.set.Drop(now, p.TopicPartition)
}

// configChanged puts a changed configuration into effect.
func (b *Broker) configChanged(now env.Now, r metadata.Resource) {
	switch {
	case r.Type == metadata.ResourceTopic:
		b.reconfigureTopic(now, r.Name)
	case r.Type == metadata.ResourceBroker && (r.Name == "" || r.Name == b.idText()):
		b.reconfigure(now)
	}
}

// reconfigure takes the broker's dynamic values from the image.
func (b *Broker) reconfigure(now env.Now) {
	next, err := b.config.WithStored(b.cluster.Overrides(metadata.ResourceBroker, b.idText()), b.cluster.Overrides(metadata.ResourceBroker, ""))
	if err != nil {
		b.log.Note(env.Warn, aboutConfigs, "a part of the broker's dynamic configuration is not used: %v", err)
	}
	b.config = next
	b.readLimits()
	b.readThrottles(now)
	for _, t := range b.image.Topics() {
		b.reconfigureTopic(now, t.Name)
	}
}

func (b *Broker) reconfigureTopic(now env.Now, name string) {
	t, ok := b.image.Topic(name)
	if !ok {
		return
	}
	c := b.topicConfig(name)
	for _, state := range t.Partitions() {
		if p := b.logs.byName[env.TopicPartition{Topic: name, Partition: state.Partition}]; p != nil {
			p.config, p.limits = c, limitsOf(c)
			p.log.SetConfig(now, b.logConfig(c))
			p.replica.SetMinISR(c.Int("min.insync.replicas"))
			p.throttle()
			p.touch()
		}
	}
}

func (b *Broker) idText() string { return strconv.Itoa(int(b.id)) }

// limits are settings that are asked for all the time: looking one up by its name takes a while.
type limits struct {
	fetchMaxBytes        int           // fetch.max.bytes
	replicaSocketTimeout time.Duration // replica.socket.timeout.ms
	checkpointEvery      time.Duration // log.flush.offset.checkpoint.interval.ms, of all the checkpoints
}

func (b *Broker) readLimits() {
	b.limits = limits{b.config.Int("fetch.max.bytes"), b.config.Millis("replica.socket.timeout.ms"),
		max(b.config.Millis("log.flush.offset.checkpoint.interval.ms"), time.Millisecond)}
}

// partition finds a partition this broker leads, or the error a request for it gets.
func (b *Broker) partition(tp env.TopicPartition) (*partition, wire.ErrorCode) {
	return b.partitionIf(tp, (*partition).usable)
}

func (b *Broker) partitionIf(tp env.TopicPartition, isUsable func(*partition) wire.ErrorCode) (*partition, wire.ErrorCode) {
	p := b.logs.byName[tp]
	if p == nil {
		return nil, b.cluster.Absent(tp)
	}
	if code := isUsable(p); code != wire.None {
		return nil, code
	}
	return p, wire.None
}

// connections lists the open connections, in the order of their ids.
func (b *Broker) connections() []*connection {
	all := make([]*connection, 0, len(b.conns))
	for _, c := range b.conns {
		all = append(all, c)
	}
	slices.SortFunc(all, func(x, y *connection) int { return cmp.Compare(x.id, y.id) })
	return all
}
