package env

// EveryFact returns one fact of each type there is, its fields zero. Tests walk it; a test of this package compares it
// with the declarations.
func EveryFact() []Fact {
	return []Fact{
		BecameLeader{}, Appended{}, HighWatermarkAdvanced{}, Flushed{}, LogStartAdvanced{}, LogCutting{}, LogTruncated{},
		LogRecovered{}, PartitionFenced{}, Rolled{}, Cleaning{}, Cleaned{}, DuplicateDropped{}, GroupRebalanced{},
		GroupMemberGone{}, GroupOffsetCommitted{}, Started{}, Stopped{}, GaveUp{}, Logged{}, LoggerSet{}, RequestFailed{},
		ProduceCalled{}, ProduceReturned{}, PollCalled{}, Polled{}, Processed{}, EndOffsetCalled{}, EndOffsetReturned{},
		PartitionsAssigned{}, PartitionsRevoked{}, CommitCalled{}, CommitReturned{}, PositionSet{}, AdminReturned{},
		ClientCrashed{}, ClientClosed{}, BecameFollower{}, IsrProposed{}, IsrChanged{}, EpochBegun{}, FollowerHeard{},
		ReplicaDropped{}, RecordsDeleted{}, Registered{}, ActiveController{}, ControllerResigned{}, BrokerStanding{},
		PartitionChanged{}, MetadataApplied{}, BecameQuorumLeader{}, QuorumResigned{}, QuorumVoted{},
		QuorumHighWatermark{}, QuorumAppended{}, QuorumFlushed{}, QuorumCutting{}, QuorumTruncated{}, QuorumSnapshotted{},
	}
}
