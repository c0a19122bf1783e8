package logdir

import (
	"fmt"
	"strings"

	"gregor/core/env"
	"gregor/core/kafka"
)

// Strays lists the partitions, other than the metadata log's, whose directories the start has found and that are not
// replicas of this node.
func (d *Dir) Strays(isReplica func(kafka.TopicPartition) bool) (strays []kafka.TopicPartition) {
	for _, e := range d.found.entries {
		if tp, ok := parsePartitionDir(e.Name); ok && e.Dir && tp.Topic != kafka.MetadataTopic && !isReplica(tp) {
			strays = append(strays, tp)
		}
	}
	return strays
}

// RemoveDeleted removes directories that were to be deleted when the node ended, if their names are durable: see
// [seglog.Log.Delete]. The list of entries is not needed any more.
func (d *Dir) RemoveDeleted() {
	var deleted []string
	for _, e := range d.found.entries {
		if e.Dir && strings.HasSuffix(e.Name, deleteSuffix) {
			deleted = append(deleted, e.Name)
		}
	}
	d.found.entries = nil
	if len(deleted) == 0 {
		return
	}
	d.files.disk.SyncDir(d.files.then(func(now env.Now, e env.Event) {
		if e.Err != nil {
			d.log.Warn("the data directory cannot be synced, and what was deleted before is not removed: %v", e.Err)
			return
		}
		for _, dir := range deleted {
			d.files.remove(dir, func(_ env.Now, err error) {
				if err != nil {
					d.log.Warn("%s cannot be removed: %v", dir, err)
				}
			})
		}
	}), ".")
}

// fileNameMax is the longest name a file system takes, in bytes.
const fileNameMax = 255

// SetAside renames a partition's directory that belongs to no partition of this node, as Kafka does. Left where it is,
// it would be opened as a partition's sooner or later. The checkpoints forget it first: once the directory has gone,
// offsets that a crash left behind would look like those of the next log of that name.
func (d *Dir) SetAside(now env.Now, tp kafka.TopicPartition, then func(env.Now)) {
	d.Forget(tp)
	if d.Within(tp, 0, 0) {
		d.renameStray(tp.String(), then)
		return
	}
	d.OnceCheckpointed(now, func(now env.Now) { d.renameStray(tp.String(), then) })
}

func (d *Dir) renameStray(dir string, then func(env.Now)) {
	id := d.uuids.UUID()
	suffix := fmt.Sprintf(".%x%s", id[:], straySuffix)
	to := dir[:min(len(dir), fileNameMax-len(suffix))] + suffix
	d.log.Warn("%s belongs to no partition of this broker: renamed to %s", dir, to)
	d.files.disk.Rename(d.files.then(func(now env.Now, e env.Event) {
		if e.Err != nil {
			d.node.GiveUp("%s belongs to no partition, and cannot be set aside: %v", dir, e.Err)
			return
		}
		d.syncStray(dir, then)
	}), dir, to)
}

// syncStray makes the new name last before the old one is used again: a power cut would give it back to a log whose
// replica has been dropped, of the same topic if the partition returns to this node.
func (d *Dir) syncStray(dir string, then func(env.Now)) {
	d.files.disk.SyncDir(d.files.then(func(now env.Now, e env.Event) {
		if e.Err != nil {
			d.node.GiveUp("%s belongs to no partition, and the data directory cannot be synced after it was renamed: %v", dir,
				e.Err)
			return
		}
		then(now)
	}), ".")
}
