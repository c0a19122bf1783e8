package broker

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/raft"
)

// boot is what is known while a node comes up: what its directory held.
type boot struct {
	clean     bool
	entries   []env.DirEntry
	recovery  offsets // of recoveryPointFile, and so on
	watermark offsets
	starts    offsets
	cleaned   offsets
	reading   int // files being read
}

// replicaName is a partition of a topic there may be.
type replicaName struct {
	topic     env.UUID
	partition env.PartitionID
}

// openAtOnce bounds the logs that load at the same time.
const openAtOnce = 64

// start reads the data directory: what is there, who it belongs to, and what the checkpoints say.
func (b *Broker) start() {
	b.world.Disk.MkdirAll(b.files.then(func(now env.Now, e env.Event) {
		if e.Err != nil {
			b.giveUp("the data directory cannot be created: %v", e.Err)
			return
		}
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
	b.clusterID, b.dirID = b.newClusterID(), b.uuids.UUID()
	text := fmt.Sprintf("#\nversion=1\ncluster.id=%s\nnode.id=%d\ndirectory.id=%s\n", b.clusterID, b.id, b.dirID)
	b.files.replace(metaPropertiesFile, []byte(text), func(now env.Now, err error) {
		if err != nil {
			b.giveUp("the data directory cannot be formatted: %v", err)
			return
		}
		b.readCheckpoints(now)
	})
}

// newClusterID is the cluster an empty directory is formatted for: the one that is configured, or else one that
// everybody with the same controller.quorum.voters comes to, or else a new one.
func (b *Broker) newClusterID() string {
	voters := strings.Join(b.config.List("controller.quorum.voters"), ",")
	switch id := b.config.Text("cluster.id"); {
	case id != "":
		return id
	case voters == "":
		return b.uuids.UUID().String()
	}
	named := env.NewRand(0)
	named = named.Fork(voters)
	return named.UUID().String()
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
		return fmt.Errorf("version=%q, but only version=1 is known: restore the file, or use an empty directory", found["version"])
	case found["node.id"] != fmt.Sprint(b.id):
		return fmt.Errorf("node.id=%q, but this node is %d: start with --set node.id=%s, or with another --data directory",
			found["node.id"], b.id, found["node.id"])
	case found["cluster.id"] == "":
		return errors.New("cluster.id is missing: restore the line, or use an empty directory")
	case b.config.Text("cluster.id") != "" && b.config.Text("cluster.id") != found["cluster.id"]:
		return fmt.Errorf("cluster.id=%q, but this node is configured with %q: use another --data directory", found["cluster.id"], b.config.Text("cluster.id"))
	}
	b.clusterID = found["cluster.id"]
	if b.dirID, err = env.ParseUUID(found["directory.id"]); err != nil {
		return fmt.Errorf("directory.id=%q: %w: restore the line, or use an empty directory", found["directory.id"], err)
	}
	if reservedID(b.dirID) {
		return fmt.Errorf("directory.id=%q is one of the ids that name no directory: write another one, or use an empty directory", found["directory.id"])
	}
	return nil
}

// reservedID says whether an id is one of the first 101, which Kafka keeps for its own purposes.
func reservedID(id env.UUID) bool { return id[15] <= 100 && env.UUID{15: id[15]} == id }

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
	b.boot.reading++
	b.files.read(cleanShutdownFile, func(now env.Now, text []byte, err error) {
		if err == nil {
			b.life.previous = parseMarker(text)
		}
		b.removeMarker(now)
	})
}

// checkpointed are copies of what the checkpoint files said, to be brought up to date.
func (b *boot) checkpointed() (recovery, watermarks, starts, cleaned offsets) {
	return copied(b.recovery), copied(b.watermark), copied(b.starts), copied(b.cleaned)
}

func copied(o offsets) offsets {
	if o == nil {
		return offsets{}
	}
	return maps.Clone(o)
}

// forget drops what the checkpoint files said of a partition.
func (b *boot) forget(tp env.TopicPartition) {
	for _, o := range [...]offsets{b.recovery, b.watermark, b.starts, b.cleaned} {
		delete(o, tp)
	}
}

// removeMarker takes the clean-shutdown marker away.
func (b *Broker) removeMarker(now env.Now) {
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
		b.log.Warn("%s is not used: %v", name, err)
	}
	b.checkpointsRead(now)
}

func (b *Broker) checkpointsRead(now env.Now) {
	if b.boot.reading--; b.boot.reading > 0 || b.phase != booting {
		return
	}
	b.checkpoints.points.written, b.checkpoints.starts.written = maps.Clone(b.boot.recovery), maps.Clone(b.boot.starts)
	b.prepareControl()
	b.openQuorum(now)
	b.life.hurry(now)
}

// proceed moves the boot or the shutdown on, at the end of each step.
func (b *Broker) proceed(now env.Now) {
	switch {
	case b.phase == booting && !b.roles.broker && b.quorum.raft != nil && b.quorum.raft.State() == raft.Running:
		b.serve(now)
	case b.phase == stopping:
		b.stopMore(now)
	}
}

// dropStrays removes what an interrupted deletion left, and sets aside partitions that the metadata does not know or that
// are on other brokers by now.
func (b *Broker) dropStrays(now env.Now) {
	var graves []string
	for _, e := range b.boot.entries {
		if !e.Dir || !isPartitionDir(e.Name) {
			continue
		}
		if strings.HasSuffix(e.Name, deleteSuffix) {
			graves = append(graves, e.Name)
			continue
		}
		tp, ok := parsePartitionDir(e.Name)
		if ok && tp.Topic != metadataTopic && !b.isReplica(tp) {
			b.opens.loading++
			b.opens.looking[tp] = true
			b.world.Tell(env.ReplicaDropped{TopicPartition: tp})
			b.setAside(now, tp, func(now env.Now) {
				delete(b.opens.looking, tp)
				b.partitionOpened(now)
			})
		}
	}
	b.boot.entries = nil
	b.bury(graves)
}

// bury removes directories that were to be deleted when the broker ended, if their names are durable: see Log.Delete.
func (b *Broker) bury(graves []string) {
	if len(graves) == 0 {
		return
	}
	b.world.Disk.SyncDir(b.files.then(func(now env.Now, e env.Event) {
		if e.Err != nil {
			b.log.Warn("the data directory cannot be synced, and what was deleted before is not removed: %v", e.Err)
			return
		}
		for _, dir := range graves {
			b.files.remove(dir, func(_ env.Now, err error) {
				if err != nil {
					b.log.Warn("%s cannot be removed: %v", dir, err)
				}
			})
		}
	}), ".")
}

// serve begins to answer: connections that came meanwhile are let in.
func (b *Broker) serve(now env.Now) {
	b.phase, b.opened = serving, true
	b.boot = boot{}
	b.deadlines.Set(&b.checkpoints.alarm, now.Mono.Add(b.limits.checkpointEvery))
	for _, c := range b.connections() {
		if c.held != nil && !c.runnable {
			c.runnable = true
			b.runnable = append(b.runnable, c)
		}
		b.relax(c)
	}
	b.again = true
	b.world.Tell(env.Started{Node: b.id})
}
