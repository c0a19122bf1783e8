package checkers

import (
	"slices"

	"gregor/core/env"
)

// partition-epoch: a partition's epochs only rise. One change raises the partition epoch by one, and the leader epoch by
// one at most; a new leader always begins a new epoch. Each node tells the changes in the order of the metadata log.
func (v *Invariants) follows(n *node, w *view, f *env.PartitionChanged) {
	if w.known && w.topic == f.TopicID && (f.At < w.at || f.PartitionEpoch < w.partitionEpoch || f.Epoch < w.epoch) {
		v.find("partition-epoch", f.TopicPartition, -1, "%s tells leader epoch %d and partition epoch %d of metadata offset %d after %d and %d of %d",
			n.name, f.Epoch, f.PartitionEpoch, f.At, w.epoch, w.partitionEpoch, w.at)
	}
	*w = view{topic: f.TopicID, known: true, at: f.At, epoch: f.Epoch, partitionEpoch: f.PartitionEpoch, minISR: f.MinISR,
		placed: f.Gone || slices.Contains(f.Replicas, n.id)}
}

// follow judges a change by the state before it.
func (v *Invariants) follow(p *partition, old *env.PartitionChanged) {
	is := &p.image
	changes, elections := is.PartitionEpoch-old.PartitionEpoch, int32(is.Epoch-old.Epoch)
	if elections < 0 || elections > changes || elections == 0 && is.Leader != old.Leader {
		v.find("partition-epoch", p.TopicPartition, -1, "partition epoch %d has leader %d in epoch %d after partition epoch %d had leader %d in epoch %d",
			is.PartitionEpoch, is.Leader, is.Epoch, old.PartitionEpoch, old.Leader, old.Epoch)
	}
	if changes == 1 && elections > 0 && is.Leader >= 0 {
		v.election(p, old)
	}
}
