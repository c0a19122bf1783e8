package env

// Facts of a partition's replication, on the broker that tells them.
type (
	// BecameFollower: the replica follows Leader, -1 for nobody, from now on.
	BecameFollower struct {
		TopicPartition
		Leader NodeID
		Epoch  LeaderEpoch
	}
	// IsrProposed: a leader asks the controller to change the in-sync replicas. From now on Committed and Proposed
	// together are its maximal in-sync set.
	IsrProposed struct {
		TopicPartition
		Epoch               LeaderEpoch
		PartitionEpoch      int32
		Committed, Proposed []NodeID
	}
	// IsrChanged: a leader has learned what the controller committed; or what it was elected with, or that the
	// replicas changed.
	IsrChanged struct {
		TopicPartition
		Epoch          LeaderEpoch
		PartitionEpoch int32
		ISR            []NodeID
	}
	// EpochBegun: a leader begins to lead, and will tell who asks that its epoch begins at Start: -1 if it does not know.
	EpochBegun struct {
		TopicPartition
		Epoch LeaderEpoch
		Start Offset
	}
	// FollowerHeard: a leader takes what a follower's fetch of FetchEpoch says of it: that it holds everything below Offset,
	// of LastEpoch what is just below, -1 if it says nothing of that. It is told of the first fetch that a follower sends in
	// an epoch or after a restart, and of one that takes something back; the others go on from there.
	FollowerHeard struct {
		TopicPartition
		Epoch      LeaderEpoch // the leader's
		Broker     NodeID
		Offset     Offset
		FetchEpoch LeaderEpoch
		LastEpoch  LeaderEpoch
	}
	// ReplicaDropped: the node gives up the log it has of a partition, which is deleted or set aside. Nothing more is
	// told of that log; one that is opened later begins at nothing.
	ReplicaDropped struct {
		TopicPartition
		TopicID UUID // zero: not known
	}
	// RecordsDeleted: a leader answers that everything below To, deleted on request, is gone from these replicas: its own
	// and those of the other brokers that are alive.
	RecordsDeleted struct {
		TopicPartition
		To       Offset
		Replicas []NodeID
	}
)

func (BecameFollower) isFact() {}
func (IsrProposed) isFact()    {}
func (IsrChanged) isFact()     {}
func (EpochBegun) isFact()     {}
func (FollowerHeard) isFact()  {}
func (ReplicaDropped) isFact() {}
func (RecordsDeleted) isFact() {}
