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
)

func (BecameFollower) isFact() {}
func (IsrProposed) isFact()    {}
func (IsrChanged) isFact()     {}
