package logdir

import (
	"errors"
	"maps"
	"slices"
	"time"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/seglog"
)

// Node is the owner of the directory.
type Node interface {
	// Points calls put with what the checkpoints are to say of each open log, and of the metadata log the high watermark.
	Points(put func(kafka.TopicPartition, seglog.Recovery))
	// CheckpointEvery is how often the checkpoints are written while the node serves.
	CheckpointEvery() time.Duration
	// Stopping reports whether the node has begun to stop.
	Stopping() bool
	// GiveUp ends the node, for a reason that its operator can do something about.
	GiveUp(format string, args ...any)
}

// Log is where what an operator should know is logged.
type Log interface {
	Warn(format string, args ...any)
}

// Config is the configuration that concerns the directory.
type Config struct {
	Node      kafka.NodeID
	ClusterID string // cluster.id; "" if it is not set
	Voters    string // controller.quorum.voters
	Unclean   bool   // unclean.metadata.recovery.enable
}

// Dir is a node's data directory.
type Dir struct {
	node   Node
	log    Log
	alarms *alarm.Heap
	config Config
	uuids  env.Rand // names of stray directories, and ids
	files  files

	clusterID string
	id        kafka.UUID
	previous  kafka.BrokerEpoch // in which the node was registered when it stopped, if that was clean; else -1

	found  found
	rounds rounds
}

// found is what a start finds in the directory.
type found struct {
	clean     bool
	entries   []env.DirEntry
	recovery  offsets // of recoveryPointFile, and so on
	watermark offsets
	starts    offsets
	cleaned   offsets
	reading   int // files being read
	ready     func(env.Now)
}

// New returns the directory of a node. uuids is where ids are drawn from.
func New(d env.Disk, alarms *alarm.Heap, log Log, node Node, c Config, uuids env.Rand) *Dir {
	dir := &Dir{node: node, log: log, alarms: alarms, config: c, uuids: uuids, previous: -1,
		files: files{disk: d, jobs: map[env.OpID]job{}}}
	dir.rounds.alarm = alarm.For((*timer)(dir))
	return dir
}

// ClusterID is the cluster that the directory belongs to, and ID its directory.id, once the start has read them.
func (d *Dir) ClusterID() string { return d.clusterID }

// ID is the directory.id.
func (d *Dir) ID() kafka.UUID { return d.id }

// PreviousEpoch is the broker epoch of the life before, if that ended with a clean shutdown; else -1.
func (d *Dir) PreviousEpoch() kafka.BrokerEpoch { return d.previous }

// Complete handles the outcome of a disk operation of the directory's.
func (d *Dir) Complete(now env.Now, e env.Event) { d.files.complete(now, e) }

// Drop handles an outcome that comes too late, of a log that has been deleted: a file that it opened is closed.
func (d *Dir) Drop(e env.Event) { d.files.drop(e) }

// Space returns the size of the disk; ok is false if the disk does not say.
func (d *Dir) Space(then func(now env.Now, space env.Space, ok bool)) {
	d.files.disk.Space(d.files.then(func(now env.Now, e env.Event) {
		if e.Err != nil || e.Space == nil {
			then(now, env.Space{}, false)
			return
		}
		then(now, *e.Space, true)
	}))
}

// Start reads the directory: what is there, who it belongs to, and what the checkpoints say. It calls ready once,
// unless the node gives up.
func (d *Dir) Start(ready func(env.Now)) {
	d.found.ready = ready
	d.files.disk.MkdirAll(d.files.then(func(now env.Now, e env.Event) {
		if e.Err != nil {
			d.node.GiveUp("the data directory cannot be created: %v", e.Err)
			return
		}
		d.files.disk.List(d.files.then(d.listed), ".")
	}), ".")
}

func (d *Dir) listed(now env.Now, e env.Event) {
	if e.Err != nil {
		d.node.GiveUp("the data directory cannot be listed: %v", e.Err)
		return
	}
	d.found.entries = slices.Clone(e.Entries)
	d.found.clean = d.has(cleanShutdownFile)
	if !d.has(MetaPropertiesFile) {
		d.format()
		return
	}
	d.files.read(MetaPropertiesFile, d.identified)
}

func (d *Dir) has(name string) bool {
	return slices.ContainsFunc(d.found.entries, func(e env.DirEntry) bool { return e.Name == name })
}

// readCheckpoints reads the four checkpoint files, and removes the clean-shutdown marker before anything else
// is written: a crash from now on is unclean (KAFKA-10471).
func (d *Dir) readCheckpoints() {
	for _, f := range []struct {
		name string
		into *offsets
	}{{recoveryPointFile, &d.found.recovery}, {highWatermarkFile, &d.found.watermark},
		{logStartFile, &d.found.starts}, {cleanerFile, &d.found.cleaned}} {
		d.found.reading++
		d.files.read(f.name, func(now env.Now, text []byte, err error) { d.checkpointRead(now, f.name, f.into, text, err) })
	}
	d.found.reading++
	d.files.read(cleanShutdownFile, func(now env.Now, text []byte, err error) {
		if err == nil {
			d.previous = parseMarker(text)
		}
		d.removeMarker()
	})
}

// checkpointRead keeps what one checkpoint says. A missing or damaged one only means that more is recovered than
// needed; after a clean shutdown it means that something is wrong, and nothing is trusted.
func (d *Dir) checkpointRead(now env.Now, name string, into *offsets, text []byte, err error) {
	if err == nil {
		*into, err = parseOffsets(text)
	}
	if err != nil && !errors.Is(err, env.ErrNotExist) {
		d.found.clean = false
		d.log.Warn("%s is not used: %v", name, err)
	}
	d.fileRead(now)
}

func (d *Dir) removeMarker() {
	d.files.remove(cleanShutdownFile, func(now env.Now, err error) {
		if err != nil {
			d.node.GiveUp("%s cannot be removed: %v", cleanShutdownFile, err)
			return
		}
		d.fileRead(now)
	})
}

// fileRead ends the start when all files have been read.
func (d *Dir) fileRead(now env.Now) {
	if d.found.reading--; d.found.reading == 0 {
		d.rounds.points.written, d.rounds.starts.written = maps.Clone(d.found.recovery), maps.Clone(d.found.starts)
		d.found.ready(now)
	}
}

// Serve has the checkpoints written every so often from now on. What the start has found is no
// longer needed: every log that the node began with has been opened.
func (d *Dir) Serve(now env.Now) {
	d.found = found{}
	d.alarms.Set(&d.rounds.alarm, now.Mono.Add(d.node.CheckpointEvery()))
}

// Recovery is what the start has found out about a partition's log; nothing, once the node serves.
func (d *Dir) Recovery(tp kafka.TopicPartition) seglog.Recovery {
	f := &d.found
	return seglog.Recovery{Clean: f.clean, RecoveryPoint: f.recovery[tp], LogStart: f.starts[tp],
		HighWatermark: f.watermark[tp], CleanedTo: f.cleaned[tp]}
}

// Forget drops what the checkpoints say of a partition, from the next round on.
func (d *Dir) Forget(tp kafka.TopicPartition) {
	f := &d.found
	for _, o := range [...]offsets{f.recovery, f.watermark, f.starts, f.cleaned} {
		delete(o, tp)
	}
}

// MarkClean writes the marker that lets the next start trust every file. epoch is in which the node is registered.
func (d *Dir) MarkClean(epoch kafka.BrokerEpoch, then func(env.Now)) {
	d.files.replace(cleanShutdownFile, formatMarker(epoch), func(now env.Now, err error) {
		if err != nil {
			d.log.Warn("%s could not be written, so the next start recovers every log: %v", cleanShutdownFile, err)
		}
		then(now)
	})
}

// Owner reads which topic a partition's directory belongs to. It is not known where there is no partition.metadata, or
// a torn one; there are no records then, since the file is durable before they are (core/seglog).
func (d *Dir) Owner(tp kafka.TopicPartition, then func(now env.Now, topic kafka.UUID, known bool)) {
	path := tp.String() + "/" + partitionMetadataFile
	d.files.read(path, func(now env.Now, text []byte, err error) {
		if err != nil && !errors.Is(err, env.ErrNotExist) {
			d.node.GiveUp("%s cannot be read, so that the topic of that log is not known: %v", path, err)
			return
		}
		topic, known := ownerOf(text)
		then(now, topic, known)
	})
}
