package env

// Facts of the cluster as one node's image of the metadata has it. Every node tells what it applies, in the order of
// the metadata log, so that two nodes' stories can be compared.
type (
	// Registered: the controller took this incarnation of a broker in, as Epoch. It is told before the broker opens
	// any partition. Again: the process was registered before, and the controller did not know that epoch any more.
	Registered struct {
		Node  NodeID
		Epoch BrokerEpoch
		Again bool
	}
	// ActiveController: the node leads the quorum, has seen all that was committed before, and decides from now on.
	ActiveController struct {
		Node  NodeID
		Epoch LeaderEpoch
	}
	// ControllerResigned: the node decides no more.
	ControllerResigned struct {
		Node  NodeID
		Epoch LeaderEpoch
	}
	// BrokerStanding: what the image says of a broker from metadata offset At on.
	BrokerStanding struct {
		Broker   NodeID
		Epoch    BrokerEpoch
		At       Offset
		Fenced   bool
		Stopping bool // in controlled shutdown
		Gone     bool // not registered any more
	}
	// PartitionChanged: what the image says of a partition from metadata offset At on.
	PartitionChanged struct {
		TopicPartition
		TopicID        UUID
		At             Offset
		Leader         NodeID // -1: none
		Epoch          LeaderEpoch
		PartitionEpoch int32
		Replicas       []NodeID
		ISR            []NodeID
		ELR            []NodeID // eligible leader replicas (KIP-966)
		MinISR         int      // min.insync.replicas as it stands, at most len(Replicas)
		Unclean        bool     // Leader has just been elected and was neither in sync nor eligible
		Gone           bool     // the topic is deleted
	}
	// MetadataApplied: the node's image holds everything below To, and has this digest. It is told now and then; equal
	// To means equal Digest.
	MetadataApplied struct {
		Node   NodeID
		To     Offset
		Digest uint64
	}
)

func (Registered) isFact()         {}
func (ActiveController) isFact()   {}
func (ControllerResigned) isFact() {}
func (BrokerStanding) isFact()     {}
func (PartitionChanged) isFact()   {}
func (MetadataApplied) isFact()    {}
