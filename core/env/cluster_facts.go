package env

import (
	"fmt"

	"gregor/core/kafka"
)

// Facts of the cluster as one node's image of the metadata has it. Every node emits what it applies, in the order of
// the metadata log, so that two nodes' stories can be compared.

// Registered: the controller took this incarnation of a broker in, as Epoch. It is emitted before the broker opens
// any partition. Again: the process was registered before, and the controller did not know that epoch any more.
type Registered struct {
	Node  kafka.NodeID
	Epoch kafka.BrokerEpoch
	Again bool
}

var _ = declare(Registered{})

func (f Registered) Line(Names) string {
	if f.Again {
		return fmt.Sprintf("is registered again (broker epoch %d)", f.Epoch)
	}
	return fmt.Sprintf("is registered (broker epoch %d)", f.Epoch)
}

// ActiveController: the node leads the quorum, has seen all that was committed before, and decides from now on.
type ActiveController struct {
	Node  kafka.NodeID
	Epoch kafka.LeaderEpoch
}

var _ = declare(ActiveController{})

func (f ActiveController) Line(Names) string {
	return fmt.Sprintf("becomes active controller (epoch %d)", f.Epoch)
}

// ControllerResigned: the node decides no more.
type ControllerResigned struct {
	Node  kafka.NodeID
	Epoch kafka.LeaderEpoch
}

var _ = declare(ControllerResigned{})

func (f ControllerResigned) Line(Names) string {
	return fmt.Sprintf("is no longer active controller (epoch %d)", f.Epoch)
}

// BrokerStanding: what the image says of a broker from metadata offset At on.
type BrokerStanding struct {
	Broker   kafka.NodeID
	Epoch    kafka.BrokerEpoch
	At       kafka.Offset
	Fenced   bool
	Stopping bool // in controlled shutdown
	Gone     bool // not registered any more
}

var _ = declare(BrokerStanding{})

func (f BrokerStanding) Line(name Names) string {
	state := "unfenced"
	switch {
	case f.Gone:
		return fmt.Sprintf("applies: %s is not registered any more", name(f.Broker))
	case f.Stopping:
		state = "in controlled shutdown"
	case f.Fenced:
		state = "fenced"
	}
	return fmt.Sprintf("applies: %s is %s (broker epoch %d)", name(f.Broker), state, f.Epoch)
}

// PartitionChanged: what the image says of a partition from metadata offset At on.
type PartitionChanged struct {
	kafka.TopicPartition
	TopicID        kafka.UUID
	At             kafka.Offset
	Leader         kafka.NodeID // -1: none
	Epoch          kafka.LeaderEpoch
	PartitionEpoch int32
	Replicas       []kafka.NodeID
	ISR            []kafka.NodeID
	ELR            []kafka.NodeID // eligible leader replicas (KIP-966)
	MinISR         int            // min.insync.replicas as it stands, at most len(Replicas)
	Unclean        bool           // Leader has just been elected and was neither in sync nor eligible
	Gone           bool           // the topic is deleted
}

var _ = declare(PartitionChanged{})

func (f PartitionChanged) Line(name Names) string {
	switch {
	case f.Gone:
		return fmt.Sprintf("applies: %v is deleted", f.TopicPartition)
	case f.Leader < 0:
		return fmt.Sprintf("applies: %v has no leader in epoch %d, ISR %s, ELR %s", f.TopicPartition, f.Epoch,
			name.List(f.ISR), name.List(f.ELR))
	}
	return fmt.Sprintf("applies: %v has leader %s in epoch %d, ISR %s, ELR %s", f.TopicPartition, name(f.Leader), f.Epoch,
		name.List(f.ISR), name.List(f.ELR))
}

// MetadataApplied: the node's image holds everything below To, and has this digest. It is emitted now and then; equal
// To means equal Digest.
type MetadataApplied struct {
	Node   kafka.NodeID
	To     kafka.Offset
	Digest uint64
}

var _ = declare(MetadataApplied{})

func (f MetadataApplied) Line(Names) string {
	return fmt.Sprintf("has applied the metadata below offset %d", f.To)
}
