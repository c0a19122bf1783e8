package coordinator

import (
	"unicode/utf16"

	"gregor/core/kafka"
)

// PartitionFor returns the partition of the internal topic that a key lives in: Java's String.hashCode, its absolute
// value, modulo the number of partitions.
func PartitionFor(key string, partitions int32) kafka.PartitionID {
	hash := int32(0)
	var units [2]uint16
	for _, r := range key {
		for _, unit := range utf16.AppendRune(units[:0], r) {
			hash = 31*hash + int32(unit)
		}
	}
	if hash < 0 {
		hash = -hash
	}
	if hash < 0 {
		hash = 0 // the least int32 has no opposite; Kafka uses 0
	}
	return kafka.PartitionID(hash % partitions)
}
