package logdir

import (
	"fmt"
	"slices"
	"strings"

	"gregor/core/config"
	"gregor/core/kafka"
)

// A node that has lost metadata must not go on as if there had never been any: its partitions would be renamed, and a
// voter would help to elect a leader that lacks what was committed. How far the metadata log was committed is in
// replication-offset-checkpoint, and in the clean-shutdown marker: a broker's epoch is the offset of its registration.

// CommittedMetadata is the end of the metadata that this node knows to have been committed when it ran last; 0 if it
// does not, or if unclean.metadata.recovery.enable is set.
func (d *Dir) CommittedMetadata() kafka.Offset {
	if d.config.Unclean {
		delete(d.found.watermark, metadataPartition) // or the next start would refuse again
		return 0
	}
	return max(d.found.watermark[metadataPartition], kafka.Offset(d.previous)+1)
}

// Forgotten is why a broker must not act on the metadata it has read, which end at an offset and know so many topics:
// they end below what was committed or, where nothing is known of that, they know no topic, and the directory holds
// partitions with committed records.
func (d *Dir) Forgotten(end kafka.Offset, topics int, isReplica func(kafka.TopicPartition) bool) string {
	known := d.CommittedMetadata()
	lost := slices.DeleteFunc(d.partitionDirs(), func(dir string) bool {
		tp, _ := parsePartitionDir(dir)
		return isReplica(tp) || d.found.watermark[tp] == 0
	})
	switch {
	case d.config.Unclean:
		return ""
	case end < known:
		return fmt.Sprintf("the metadata log ends at offset %d, and all below %d was committed: %s", end, known,
			whatIsLost(lost))
	case known == 0 && topics == 0 && len(lost) > 0:
		return "the metadata log knows no topic: " + whatIsLost(lost)
	}
	return ""
}

// Remedy is what an operator can do if the metadata log has lost what was committed, and what that costs.
func (d *Dir) Remedy() string { return whatIsLost(d.partitionDirs()) }

// partitionDirs lists the directories of partitions that the start has found.
func (d *Dir) partitionDirs() (dirs []string) {
	for _, e := range d.found.entries {
		if tp, ok := parsePartitionDir(e.Name); ok && e.Dir && tp.Topic != kafka.MetadataTopic {
			dirs = append(dirs, e.Name)
		}
	}
	return dirs
}

// shownMax is how many directories are named in a line.
const shownMax = 5

// whatIsLost is what an operator can do about metadata that are gone, and what that costs.
func whatIsLost(dirs []string) string {
	shown := strings.Join(dirs[:min(len(dirs), shownMax)], ", ")
	if len(dirs) > shownMax {
		shown += ", …"
	}
	return fmt.Sprintf("restore the directory %s-0, or start with --set %s=true, which forgets what is missing: topics, configs, and partitions of the data directory, which are renamed %s (%d may be: %s)",
		kafka.MetadataTopic, config.UncleanMetadata, straySuffix, len(dirs), shown)
}
