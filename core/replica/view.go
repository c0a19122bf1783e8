package replica

import (
	"slices"

	"gregor/core/view"
)

// View returns the replica and its log as data. Followers are what a leader knows of them.
func (r *Replica) View() view.Partition {
	p := &r.p
	v := view.Partition{TopicPartition: view.TopicPartition(p.tp), Role: p.role.String(), State: p.log.State().String(),
		Leader: p.leader, LeaderEpoch: p.epoch, PartitionEpoch: int32(p.partitionEpoch),
		Replicas: slices.Clone(p.replicas), ISR: slices.Clone(p.isr), Log: p.log.View(), Waiting: r.Waiting(),
		MinISR: p.effectiveMinISR()}
	if p.role == Leading {
		for _, f := range r.Followers() {
			v.Followers = append(v.Followers, view.Follower{ID: f.ID, LogEnd: f.End, InSync: f.InSync})
		}
	}
	return v
}
