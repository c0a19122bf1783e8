package broker

import (
	"fmt"
	"slices"
	"strings"

	"gregor/core/config"
	"gregor/core/env"
)

// A node that has lost metadata must not go on as if there had never been any: its partitions would be renamed, and a
// voter would help to elect a leader that lacks what was committed. How far the metadata log was committed is in
// replication-offset-checkpoint, and in the clean-shutdown marker: a broker's epoch is the offset of its registration.

// committedMetadata is the end of the metadata that this node knows to have been committed when it ran last; 0 if it does
// not, or if it was configured not to mind.
func (b *Broker) committedMetadata() env.Offset {
	if b.config.Bool(config.UncleanMetadata) {
		delete(b.boot.watermark, metadataPartition) // or the next start would refuse again
		return 0
	}
	return max(b.boot.watermark[metadataPartition], env.Offset(b.life.previous)+1)
}

// forgotten is why a broker must not act on the metadata it has read: they end below what was committed, or, where nothing
// is known of that, they know no topic, and the data directory holds partitions with committed records.
func (b *Broker) forgotten() string {
	known := b.committedMetadata()
	lost := slices.DeleteFunc(b.partitionDirs(), func(dir string) bool {
		tp, _ := parsePartitionDir(dir)
		return b.isReplica(tp) || b.boot.watermark[tp] == 0
	})
	switch {
	case b.config.Bool(config.UncleanMetadata):
		return ""
	case b.applied < known:
		return fmt.Sprintf("the metadata log ends at offset %d, and all below %d was committed: %s", b.applied, known, b.whatIsLost(lost))
	case known == 0 && len(b.image.Topics()) == 0 && len(lost) > 0:
		return "the metadata log knows no topic: " + b.whatIsLost(lost)
	}
	return ""
}

// partitionDirs lists the directories of partitions that the node has found at its start.
func (b *Broker) partitionDirs() (dirs []string) {
	for _, e := range b.boot.entries {
		if tp, ok := parsePartitionDir(e.Name); ok && e.Dir && tp.Topic != metadataTopic {
			dirs = append(dirs, e.Name)
		}
	}
	return dirs
}

// shownMax is how many directories are named in a line.
const shownMax = 5

// whatIsLost is what an operator can do about metadata that are gone, and what that costs.
func (b *Broker) whatIsLost(dirs []string) string {
	shown := strings.Join(dirs[:min(len(dirs), shownMax)], ", ")
	if len(dirs) > shownMax {
		shown += ", …"
	}
	return fmt.Sprintf("restore the directory %s-0, or start with --set %s=true, which forgets what is missing: topics, configs, and partitions of the data directory, which are renamed %s (%d may be: %s)",
		metadataTopic, config.UncleanMetadata, straySuffix, len(dirs), shown)
}
