package kafka

import (
	"encoding/base64"
	"fmt"
)

// NodeID is Kafka's node.id or broker.id.
type NodeID int32

// NoNode is the id where no node is meant: the leader of a partition that has none, a vote not given, the replica id
// of a client's fetch.
const NoNode NodeID = -1

// DebuggingReplica is the replica id of tools that read one replica, leader or not, to the end of its log.
const DebuggingReplica NodeID = -2

// Offset is a record's place in its partition.
type Offset int64

// NoOffset is the offset where none is meant: of a failed append, an unknown log start or an unknown high watermark.
const NoOffset Offset = -1

// LeaderEpoch counts the leaderships of a partition.
type LeaderEpoch int32

// NoEpoch is the leader epoch of a request or batch that names none.
const NoEpoch LeaderEpoch = -1

// BrokerEpoch is the metadata offset at which a broker registered.
type BrokerEpoch int64

// ProducerID, ProducerEpoch and Sequence identify an idempotent producer's batches.
type (
	ProducerID    int64
	ProducerEpoch int16
	Sequence      int32
)

// PartitionID is a partition's number within its topic.
type PartitionID int32

// TopicPartition names a partition.
type TopicPartition struct {
	Topic     string
	Partition PartitionID
}

// String is the name of the partition's directory, as Kafka writes it: topic-partition.
func (tp TopicPartition) String() string { return fmt.Sprintf("%s-%d", tp.Topic, tp.Partition) }

// About returns tp: what embeds a TopicPartition is about that partition.
func (tp TopicPartition) About() TopicPartition { return tp }

// Compare orders by topic, then by number.
func (tp TopicPartition) Compare(o TopicPartition) int {
	switch {
	case tp.Topic < o.Topic:
		return -1
	case tp.Topic > o.Topic:
		return 1
	}
	return int(tp.Partition) - int(o.Partition)
}

// UUID is a topic, directory or cluster id. Kafka writes it as unpadded URL-safe base64.
type UUID [16]byte

func (u UUID) String() string { return base64.RawURLEncoding.EncodeToString(u[:]) }

// ParseUUID reads what [UUID.String] wrote.
func ParseUUID(s string) (UUID, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != 16 {
		return UUID{}, fmt.Errorf("uuid %q is not 22 characters of URL-safe base64", s)
	}
	return UUID(b), nil
}
