package group

import (
	"time"

	"gregor/core/kafka"
)

// Config holds the settings of a Coordinator, with Kafka's name beside each.
type Config struct {
	Partitions             int32         // offsets.topic.num.partitions
	MinSessionTimeout      time.Duration // group.min.session.timeout.ms
	MaxSessionTimeout      time.Duration // group.max.session.timeout.ms
	InitialRebalanceDelay  time.Duration // group.initial.rebalance.delay.ms
	MaxSize                int           // group.max.size, members of one group
	OffsetMetadataMaxBytes int           // offset.metadata.max.bytes, counted in UTF-16 units as in Kafka
	OffsetsRetention       time.Duration // offsets.retention.minutes
	RetentionCheckInterval time.Duration // offsets.retention.check.interval.ms
	CommitTimeout          time.Duration // offsets.commit.timeout.ms, for every append

	// NewMemberJoinTimeout removes a new member whose JoinGroup has waited that long, because its client may be gone: a
	// client that waits for a response sends no heartbeats. Kafka fixes it at five minutes.
	NewMemberJoinTimeout time.Duration
	// MaxPendingJoins is how many members of one group may have been given an id without having joined with it.
	MaxPendingJoins int
	// MaxUnstoredGroups is how many groups may exist without a record or an offset in the log.
	MaxUnstoredGroups int
	// MaxGroups is how many groups the coordinator remembers. Kafka has no bound. A group stays until its offsets expire
	// (offsets.retention.minutes), so that one beyond the bound is refused with POLICY_VIOLATION: clients
	// would retry COORDINATOR_NOT_AVAILABLE without end.
	MaxGroups int
	// MaxMemberBytes bounds the protocols and metadata of one member. More does not fit the group's record.
	MaxMemberBytes int
	// MaxMembersBytes bounds the protocols and metadata of the members of all groups, with 1 KiB added for each member.
	MaxMembersBytes int
	// MaxAppendsInFlight is how many appends of one group may be in flight before commits are refused.
	MaxAppendsInFlight int
	// AuthorizedOperations is the bit field of ACL operations in responses to DescribeGroups.
	AuthorizedOperations int32

	Topics Topics
}

// Topics looks topics up in the cluster's metadata.
type Topics interface {
	// IDOf returns the id of a topic that exists.
	IDOf(name string) (kafka.UUID, bool)
	// NameOf returns the name of the topic with this id, if it exists.
	NameOf(id kafka.UUID) (string, bool)
	// Exists reports whether the topic has this partition.
	Exists(name string, partition kafka.PartitionID) bool
}

// maxMembers bounds group.max.size, which Kafka leaves open: all members of a group are answered in one go, and its
// record, a line for each of them, has to fit one batch.
const maxMembers = 10_000

// DefaultConfig is Kafka's defaults. Topics is left to the caller.
func DefaultConfig() Config {
	return Config{
		Partitions:             50,
		MinSessionTimeout:      6 * time.Second,
		MaxSessionTimeout:      30 * time.Minute,
		InitialRebalanceDelay:  3 * time.Second,
		MaxSize:                maxMembers,
		OffsetMetadataMaxBytes: 4096,
		OffsetsRetention:       7 * 24 * time.Hour,
		RetentionCheckInterval: 10 * time.Minute,
		CommitTimeout:          5 * time.Second,
		NewMemberJoinTimeout:   5 * time.Minute,
		MaxPendingJoins:        10_000,
		MaxUnstoredGroups:      100_000,
		MaxGroups:              250_000,
		MaxMemberBytes:         1 << 20,
		MaxMembersBytes:        128 << 20,
		MaxAppendsInFlight:     4096,
		AuthorizedOperations:   1<<3 | 1<<6 | 1<<8 | 1<<10 | 1<<11, // READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS
	}
}

// ClientInfo is who sent a request, for ids and DescribeGroups.
type ClientInfo struct {
	ID   string // client.id
	Host string // address without the port; Kafka writes it as /10.0.0.1
}
