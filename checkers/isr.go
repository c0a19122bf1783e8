package checkers

import (
	"slices"

	"gregor/core/env"
)

// isr-unfounded: the in-sync replicas that a leader takes for committed are those that the metadata has for that
// partition epoch.
func (v *Invariants) isrChanged(r *replica, f env.IsrChanged) {
	r.isr, r.proposed = f.ISR, nil
	st := r.part.image.at(f.PartitionEpoch)
	if st == nil || st.Epoch == f.Epoch && sameMembers(st.ISR, f.ISR) {
		return
	}
	v.find("isr-unfounded", f.TopicPartition, -1, "%s takes %v for in sync in epoch %d and partition epoch %d, but the metadata has %v in epoch %d",
		r.name, f.ISR, f.Epoch, f.PartitionEpoch, st.ISR, st.Epoch)
}

func (v *Invariants) isrProposed(r *replica, f env.IsrProposed) {
	r.isr, r.proposed = f.Committed, f.Proposed
}

func sameMembers(a, b []env.NodeID) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(id env.NodeID) bool { return !slices.Contains(b, id) })
}
