package metadata

import (
	"gregor/core/kafka"
)

// PartitionEpoch counts the changes of a partition's registration.
type PartitionEpoch int32

// noLeaderChange in a PartitionChange keeps the leader and its epoch.
const noLeaderChange kafka.NodeID = -2

// LeaderRecovery is whether a leader still has to recover from an unclean election.
type LeaderRecovery int8

// The states of recovery, and what keeps the state in a PartitionChange.
const (
	RecoveryUnchanged LeaderRecovery = -1
	Recovered         LeaderRecovery = 0
	Recovering        LeaderRecovery = 1
)

// PartitionRecord makes a partition, or replaces all that is known of it.
type PartitionRecord struct {
	Partition              kafka.PartitionID
	Topic                  kafka.UUID
	Replicas               []kafka.NodeID // in preferred order
	ISR                    []kafka.NodeID
	RemovingReplicas       []kafka.NodeID
	AddingReplicas         []kafka.NodeID
	Leader                 kafka.NodeID
	LeaderRecovery         LeaderRecovery
	LeaderEpoch            kafka.LeaderEpoch
	PartitionEpoch         PartitionEpoch
	Directories            []kafka.UUID   // of each replica, in the order of Replicas
	EligibleLeaderReplicas []kafka.NodeID // nil: none
	LastKnownELR           []kafka.NodeID // nil: none
}

func (r *PartitionRecord) kind() (Type, int16) { return TypePartition, 2 }
func (r *PartitionRecord) version() int16      { return 2 }
func (r *PartitionRecord) fields(c *coder) {
	integer32(c, &r.Partition)
	c.uuid(&r.Topic)
	integers32(c, &r.Replicas)
	integers32(c, &r.ISR)
	integers32(c, &r.RemovingReplicas)
	integers32(c, &r.AddingReplicas)
	integer32(c, &r.Leader)
	integer32(c, &r.LeaderEpoch)
	integer32(c, &r.PartitionEpoch)
	if c.version >= 1 {
		c.uuids(&r.Directories)
	}
	c.tags(
		tag{0, 0, r.LeaderRecovery != 0, func(c *coder) { integer8(c, &r.LeaderRecovery) }},
		tag{1, 2, r.EligibleLeaderReplicas != nil, func(c *coder) { nullableIntegers32(c, &r.EligibleLeaderReplicas) }},
		tag{2, 2, r.LastKnownELR != nil, func(c *coder) { nullableIntegers32(c, &r.LastKnownELR) }},
	)
}

// PartitionChange changes parts of a partition: a nil slice leaves that part as it is, an empty one makes it
// empty. Make one with [NewPartitionChange].
type PartitionChange struct {
	Partition              kafka.PartitionID
	Topic                  kafka.UUID
	ISR                    []kafka.NodeID
	Leader                 kafka.NodeID // -2 keeps leader and leader epoch; any other begins a new epoch
	Replicas               []kafka.NodeID
	RemovingReplicas       []kafka.NodeID
	AddingReplicas         []kafka.NodeID
	LeaderRecovery         LeaderRecovery
	EligibleLeaderReplicas []kafka.NodeID
	LastKnownELR           []kafka.NodeID
	Directories            []kafka.UUID
}

// NewPartitionChange returns a change of a partition that changes nothing but its partition epoch.
func NewPartitionChange(topic kafka.UUID, partition kafka.PartitionID) *PartitionChange {
	return &PartitionChange{Topic: topic, Partition: partition, Leader: noLeaderChange, LeaderRecovery: RecoveryUnchanged}
}

func (r *PartitionChange) kind() (Type, int16) { return TypePartitionChange, 2 }
func (r *PartitionChange) version() int16      { return 2 }
func (r *PartitionChange) fields(c *coder) {
	integer32(c, &r.Partition)
	c.uuid(&r.Topic)
	c.tags(
		tag{0, 0, r.ISR != nil, func(c *coder) { nullableIntegers32(c, &r.ISR) }},
		tag{1, 0, r.Leader != noLeaderChange, func(c *coder) { integer32(c, &r.Leader) }},
		tag{2, 0, r.Replicas != nil, func(c *coder) { nullableIntegers32(c, &r.Replicas) }},
		tag{3, 0, r.RemovingReplicas != nil, func(c *coder) { nullableIntegers32(c, &r.RemovingReplicas) }},
		tag{4, 0, r.AddingReplicas != nil, func(c *coder) { nullableIntegers32(c, &r.AddingReplicas) }},
		tag{5, 0, r.LeaderRecovery != RecoveryUnchanged, func(c *coder) { integer8(c, &r.LeaderRecovery) }},
		tag{6, 2, r.EligibleLeaderReplicas != nil, func(c *coder) { nullableIntegers32(c, &r.EligibleLeaderReplicas) }},
		tag{7, 2, r.LastKnownELR != nil, func(c *coder) { nullableIntegers32(c, &r.LastKnownELR) }},
		tag{8, 1, r.Directories != nil, func(c *coder) { c.nullableUUIDs(&r.Directories) }},
	)
}
