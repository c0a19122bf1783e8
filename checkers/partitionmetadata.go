package checkers

import (
	"fmt"
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
)

// partition-epoch: a partition's epochs only rise. One change raises the partition epoch by one, and the leader epoch
// by one at most; a new leader always begins a new epoch. Each node reports the changes in the order of the metadata
// log.
//
// partition-malformed: a leader is in the ISR; a member of the ISR, or an eligible leader replica, is a replica, and
// not both.
var _ = register(ofMetadata, []Property{
	{"partition-epoch", "a partition's leader epoch or partition epoch moved back", `
		1 b1 says 0/5 1 1,2 1,2
		2 b1 says 0/4 1 1,2 1
		=> partition-epoch t-0, event 2: b1 reports leader epoch 0 and partition epoch 4 at metadata
		   offset 14 after 0 and 5 at 15
	`},
	{"partition-malformed", "a partition's metadata contradicts itself", `
		1 b1 says 0/0 1 1,2,3 2,3
		=> partition-malformed t-0, event 1: the leader is not in the ISR: leader broker 1, epoch 0,
		   replicas [broker 1 broker 2 broker 3], ISR [broker 2 broker 3], ELR [], min.insync.replicas 1
	`},
}, before(epochsRise), before(wellFormed))

func epochsRise(s *step, f env.PartitionChanged) {
	if w := s.Emitter.ViewOf(f.TopicPartition); w.Of(f.TopicID) &&
		(f.At < w.At || f.PartitionEpoch < w.PartitionEpoch || f.Epoch < w.Epoch) {
		s.find("partition-epoch", f.TopicPartition, -1,
			"%s reports leader epoch %d and partition epoch %d at metadata offset %d after %d and %d at %d",
			s.Node, f.Epoch, f.PartitionEpoch, f.At, w.Epoch, w.PartitionEpoch, w.At)
	}
	old := &s.Partition.Image
	if !old.Known || !old.IsNews(&f) {
		return
	}
	changes, elections := f.PartitionEpoch-old.PartitionEpoch, int32(f.Epoch-old.Epoch)
	if elections < 0 || elections > changes || elections == 0 && f.Leader != old.Leader {
		s.find("partition-epoch", f.TopicPartition, -1,
			"partition epoch %d has leader %s in epoch %d after partition epoch %d had leader %s in epoch %d",
			f.PartitionEpoch, s.name(f.Leader), f.Epoch, old.PartitionEpoch, s.name(old.Leader), old.Epoch)
	}
}

func wellFormed(s *step, f env.PartitionChanged) {
	if !s.Partition.Image.IsNews(&f) {
		return
	}
	isReplica := func(id kafka.NodeID) bool { return slices.Contains(f.Replicas, id) }
	wrong := ""
	switch {
	case f.Leader >= 0 && !slices.Contains(f.ISR, f.Leader):
		wrong = "the leader is not in the ISR"
	case !all(f.ISR, isReplica):
		wrong = "the ISR has a broker that is no replica"
	case !all(f.ELR, isReplica):
		wrong = "the ELR has a broker that is no replica"
	case slices.ContainsFunc(f.ELR, func(id kafka.NodeID) bool { return slices.Contains(f.ISR, id) }):
		wrong = "a broker is in both the ISR and the ELR"
	}
	if wrong != "" {
		s.find("partition-malformed", f.TopicPartition, -1, "%s: %s", wrong, s.stateText(&f))
	}
}

func all(ids []kafka.NodeID, is func(kafka.NodeID) bool) bool {
	return !slices.ContainsFunc(ids, func(id kafka.NodeID) bool { return !is(id) })
}

// stateText is what the metadata says of a partition.
func (s *step) stateText(f *env.PartitionChanged) string {
	return fmt.Sprintf("leader %s, epoch %d, replicas %s, ISR %s, ELR %s, min.insync.replicas %d",
		s.name(f.Leader), f.Epoch, s.names(f.Replicas), s.names(f.ISR), s.names(f.ELR), f.MinISR)
}
