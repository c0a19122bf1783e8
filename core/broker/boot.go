package broker

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/mutants"
	"gregor/core/record"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// boot is what is known while a broker comes up: what its directory held, and what still loads.
type boot struct {
	clean      bool
	entries    []env.DirEntry
	recovery   offsets // of recoveryPointFile, and so on
	watermark  offsets
	starts     offsets
	cleaned    offsets
	reading    int // files being read
	next       env.Offset
	replayed   bool
	registered bool
	toOpen     []replicaName
	loading    int // partitions being opened, and directories being set aside
}

// replicaName is a partition to be opened.
type replicaName struct {
	topic     env.UUID
	partition env.PartitionID
}

// openAtOnce bounds the logs that load at the same time.
const openAtOnce = 64

// start reads the data directory: what is there, who it belongs to, and what the checkpoints say.
func (b *Broker) start() {
	b.world.Disk.MkdirAll(b.files.then(func(now env.Now, e env.Event) {
		b.world.Disk.List(b.files.then(b.listed), ".")
	}), ".")
}

func (b *Broker) listed(now env.Now, e env.Event) {
	if e.Err != nil {
		b.giveUp("the data directory cannot be listed: %v", e.Err)
		return
	}
	b.boot.entries = slices.Clone(e.Entries)
	b.boot.clean = b.has(cleanShutdownFile)
	if !b.has(metaPropertiesFile) {
		b.format(now)
		return
	}
	b.files.read(metaPropertiesFile, b.identified)
}

func (b *Broker) has(name string) bool {
	return slices.ContainsFunc(b.boot.entries, func(e env.DirEntry) bool { return e.Name == name })
}

// metaPropertiesFile says whose directory this is, as kafka-storage writes it.
const metaPropertiesFile = "meta.properties"

// format claims an empty directory. One that holds partitions but not their owner is refused: somebody lost a
// file, and making up a new identity would hide it.
func (b *Broker) format(env.Now) {
	for _, e := range b.boot.entries {
		if e.Dir && isPartitionDir(e.Name) {
			b.giveUp("the data directory holds %s but no %s: restore that file, or use an empty directory", e.Name, metaPropertiesFile)
			return
		}
	}
	b.clusterID, b.dirID = b.uuids.UUID().String(), b.uuids.UUID()
	text := fmt.Sprintf("#\nversion=1\ncluster.id=%s\nnode.id=%d\ndirectory.id=%s\n", b.clusterID, b.id, b.dirID)
	b.files.replace(metaPropertiesFile, []byte(text), func(now env.Now, err error) {
		if err != nil {
			b.giveUp("the data directory cannot be formatted: %v", err)
			return
		}
		b.readCheckpoints(now)
	})
}

// identified checks that the directory is this node's.
func (b *Broker) identified(now env.Now, text []byte, err error) {
	if err == nil {
		err = b.takeIdentity(text)
	}
	if err != nil {
		b.giveUp("%s: %v", metaPropertiesFile, err)
		return
	}
	b.readCheckpoints(now)
}

func (b *Broker) takeIdentity(text []byte) error {
	entries, err := config.ParseProperties(metaPropertiesFile, string(text))
	if err != nil {
		return err
	}
	found := map[string]string{}
	for _, e := range entries {
		found[e.Name] = e.Value
	}
	switch {
	case found["version"] != "1":
		return fmt.Errorf("version=%q, but only version=1 is known", found["version"])
	case found["node.id"] != fmt.Sprint(b.id):
		return fmt.Errorf("node.id=%q, but this node is %d: start with --set node.id=%s, or with another --data directory",
			found["node.id"], b.id, found["node.id"])
	case found["cluster.id"] == "":
		return errors.New("cluster.id is missing")
	}
	b.clusterID = found["cluster.id"]
	if b.dirID, err = env.ParseUUID(found["directory.id"]); err != nil {
		return fmt.Errorf("directory.id=%q: %w", found["directory.id"], err)
	}
	return nil
}

// readCheckpoints reads the four checkpoint files, and removes the clean-shutdown marker before anything else
// is written: a crash from now on is unclean (KAFKA-10471).
func (b *Broker) readCheckpoints(now env.Now) {
	for _, f := range []struct {
		name string
		into *offsets
	}{{recoveryPointFile, &b.boot.recovery}, {highWatermarkFile, &b.boot.watermark},
		{logStartFile, &b.boot.starts}, {cleanerFile, &b.boot.cleaned}} {
		b.boot.reading++
		b.files.read(f.name, func(now env.Now, text []byte, err error) { b.checkpointRead(now, f.name, f.into, text, err) })
	}
	if mutants.Enabled && mutants.On().CleanMarkerLate {
		return
	}
	b.boot.reading++
	b.files.remove(cleanShutdownFile, func(now env.Now, err error) {
		if err != nil {
			b.giveUp("%s cannot be removed: %v", cleanShutdownFile, err)
			return
		}
		b.checkpointsRead(now)
	})
}

// checkpointRead takes one checkpoint. A missing or damaged one only means that more is recovered than needed;
// after a clean shutdown it means that something is wrong, and nothing is trusted.
func (b *Broker) checkpointRead(now env.Now, name string, into *offsets, text []byte, err error) {
	if err == nil {
		*into, err = parseOffsets(text)
	}
	if err != nil && !errors.Is(err, env.ErrNotExist) {
		b.boot.clean = false
		b.warn("%s is not used: %v", name, err)
	}
	b.checkpointsRead(now)
}

func (b *Broker) checkpointsRead(now env.Now) {
	if b.boot.reading--; b.boot.reading == 0 && b.phase == booting {
		b.openMetadata(now)
	}
}

// openMetadata opens the metadata log; what goes into it is synced before it counts.
func (b *Broker) openMetadata(now env.Now) {
	tp := env.TopicPartition{Topic: metadataTopic}
	cfg := seglog.DefaultConfig()
	cfg.FlushMessages, cfg.CleanupDelete, cfg.RetentionMs, cfg.RetentionBytes = 1, false, -1, -1
	p := b.newLog(tp, metadataTopicID, cfg, now)
	b.changes.part, b.changes.builder = p, record.NewBuilder(record.Options{})
}

// metadataTopicID is Kafka's id of __cluster_metadata.
var metadataTopicID = env.UUID{15: 1}

// proceed moves the boot or the shutdown on, at the end of each step.
func (b *Broker) proceed(now env.Now) {
	switch {
	case b.phase == booting && b.changes.part != nil && !b.boot.replayed:
		b.replayMetadata(now)
	case b.phase == booting && b.boot.replayed:
		b.openMore(now)
	case b.phase == stopping:
		b.stopMore(now)
	}
}

// replaySliceBytes is how much of the metadata log is replayed in one step.
const replaySliceBytes = 1 << 20

// replayMetadata builds the image, a slice a step, and then registers this incarnation.
func (b *Broker) replayMetadata(now env.Now) {
	log := b.changes.part.log
	switch log.State() {
	case seglog.Loading:
		return
	case seglog.Fenced:
		b.giveUp("the metadata log cannot be read: %v", log.Err())
		return
	}
	if b.boot.next < log.LogStart() {
		b.boot.next = log.LogStart()
	}
	if b.boot.next >= log.EndOffset() {
		b.boot.replayed = true
		b.changes.applied = log.EndOffset() - 1
		b.register(now)
		return
	}
	slice, next, status := log.Scan(now, b.boot.next, replaySliceBytes)
	if status != seglog.ReadReady {
		return
	}
	if err := b.replayBatches(slice); err != nil {
		b.giveUp("the metadata log cannot be applied: %v", err)
		return
	}
	b.boot.next, b.again = next, true
}

func (b *Broker) replayBatches(slice []byte) error {
	batches := record.Split(slice)
	for batch, ok := batches.Next(); ok; batch, ok = batches.Next() {
		if batch.Attributes().IsControl() {
			continue
		}
		records := batch.Records(&b.scratch, record.Limits{})
		for r, ok := records.Next(); ok; r, ok = records.Next() {
			m, err := metadata.Decode(r.Value)
			if err == nil {
				err = b.image.Apply(records.Offset(r), m)
			}
			if err != nil {
				return fmt.Errorf("record at offset %d: %w", records.Offset(r), err)
			}
		}
		if err := records.Err(); err != nil {
			return fmt.Errorf("batch at offset %d: %w", batch.BaseOffset(), err)
		}
	}
	return batches.Err()
}

// register writes this incarnation into the metadata: a new broker epoch, and the leadership of every
// partition anew, so that a client can tell what it read before from what it reads now.
func (b *Broker) register(now env.Now) {
	b.changes.part.log.Lead(0)
	b.reconfigure(now)
	b.change(now, &registration{broker: b})
	b.changes.next(now)
}

type registration struct{ broker *Broker }

func (r *registration) decide(now env.Now) []metadata.Record {
	b := r.broker
	b.epoch = env.BrokerEpoch(b.changes.part.log.EndOffset())
	var records []metadata.Record
	if len(b.image.Features()) == 0 {
		records = append(records, &metadata.FeatureLevel{Name: "metadata.version", Level: metadataVersion})
	}
	records = append(records, &metadata.RegisterBroker{Broker: b.id, Incarnation: b.uuids.UUID(), Epoch: b.epoch,
		Endpoints: []metadata.Endpoint{{Name: "PLAINTEXT", Host: b.advertised.host, Port: uint16(b.advertised.port)}},
		Features:  []metadata.SupportedFeature{{Name: "metadata.version", Min: 7, Max: metadataVersion}},
		Rack:      b.rack(), Fenced: true, LogDirs: []env.UUID{b.dirID}},
		&metadata.BrokerRegistrationChange{Broker: b.id, Epoch: b.epoch, Fenced: metadata.BecomesFalse})
	for _, t := range b.image.Topics() {
		for _, p := range t.Partitions() {
			c := metadata.NewPartitionChange(t.ID, p.Partition)
			c.Leader = b.id
			records = append(records, c)
		}
	}
	return records
}

// metadataVersion is 4.4-IV2.
const metadataVersion = 33

func (r *registration) applied(now env.Now, code wire.ErrorCode) {
	b := r.broker
	if code != wire.None {
		b.giveUp("this broker could not be registered: %v", b.changes.part.log.Err())
		return
	}
	for _, t := range b.image.Topics() {
		for _, p := range t.Partitions() {
			b.boot.toOpen = append(b.boot.toOpen, replicaName{t.ID, p.Partition})
		}
	}
	b.coordinate()
	b.dropStrays()
	b.boot.registered = true
}

// dropStrays removes what an interrupted deletion left, and sets aside partitions that the metadata does not
// know.
func (b *Broker) dropStrays() {
	for _, e := range b.boot.entries {
		if !e.Dir || !isPartitionDir(e.Name) {
			continue
		}
		if strings.HasSuffix(e.Name, deleteSuffix) {
			b.files.remove(e.Name, func(_ env.Now, err error) {
				if err != nil {
					b.warn("%s cannot be removed: %v", e.Name, err)
				}
			})
			continue
		}
		tp, ok := parsePartitionDir(e.Name)
		if ok && tp.Topic != metadataTopic && !b.holds(tp) {
			b.boot.loading++
			b.setAside(e.Name, func(env.Now) { b.boot.loading-- })
		}
	}
	b.boot.entries = nil
}

// holds reports whether the metadata knows the partition.
func (b *Broker) holds(tp env.TopicPartition) bool {
	t, ok := b.image.Topic(tp.Topic)
	if ok {
		_, ok = t.Partition(tp.Partition)
	}
	return ok
}

// openMore opens partitions, openAtOnce at a time, and begins to serve when all have loaded.
func (b *Broker) openMore(now env.Now) {
	if !b.boot.registered {
		return
	}
	for len(b.boot.toOpen) > 0 && b.boot.loading < openAtOnce {
		next := b.boot.toOpen[0]
		b.boot.toOpen = b.boot.toOpen[1:]
		b.boot.loading++
		b.openPartition(next.topic, next.partition)
	}
	if b.boot.loading == 0 && len(b.boot.toOpen) == 0 {
		b.serve(now)
	}
}

// serve begins to answer: connections that came meanwhile are let in.
func (b *Broker) serve(now env.Now) {
	b.phase = serving
	b.boot = boot{}
	b.deadlines.set(&b.checkpoints.alarm, now.Mono.Add(checkpointEvery))
	for _, c := range b.connections() {
		b.resume(c)
	}
	b.world.Tell(env.Started{Node: b.id})
}
