package logdir

import (
	"strconv"
	"strings"

	"gregor/core/kafka"
)

// The suffixes of partition directories that are on their way out.
const (
	deleteSuffix = "-delete"
	straySuffix  = "-stray"
)

// partitionMetadataFile names the topic that a partition's directory belongs to.
const partitionMetadataFile = "partition.metadata"

// isPartitionDir reports whether a directory is a partition's, also on its way out.
func isPartitionDir(name string) bool {
	if strings.HasSuffix(name, deleteSuffix) || strings.HasSuffix(name, straySuffix) {
		return true
	}
	_, ok := parsePartitionDir(name)
	return ok
}

// parsePartitionDir reads topic-partition.
func parsePartitionDir(name string) (kafka.TopicPartition, bool) {
	i := strings.LastIndexByte(name, '-')
	if i < 1 {
		return kafka.TopicPartition{}, false
	}
	n, err := strconv.ParseInt(name[i+1:], 10, 32)
	return kafka.TopicPartition{Topic: name[:i], Partition: kafka.PartitionID(n)}, err == nil && n >= 0
}

// ownerOf reads a partition.metadata; the owner is not known if the file is missing or torn.
func ownerOf(text []byte) (kafka.UUID, bool) {
	_, id, found := strings.Cut(string(text), "topic_id: ")
	topic, bad := kafka.ParseUUID(strings.TrimSpace(id))
	return topic, found && bad == nil
}
