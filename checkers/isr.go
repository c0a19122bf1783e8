package checkers

import (
	"gregor/checkers/model"
	"gregor/core/env"
)

// isr-unfounded: the ISR with which a leader commits is the one that the metadata has for that partition epoch.
var _ = register(ofReplication, []Property{
	{"isr-unfounded", "a leader uses an ISR that the metadata does not have", `
		1 - cluster 3
		2 b1 says 0/1 1 1,2,3 1,2
		3 b1 isr 0 1 1,3
		=> isr-unfounded t-0, event 3: b1 leads with ISR [b1 b3] in epoch 0 and partition epoch 1, but
		   the metadata has ISR [b1 b2] in epoch 0
	`},
}, before(isrChanged))

func isrChanged(s *step, f env.IsrChanged) {
	st := s.Partition.Image.StateAt(f.PartitionEpoch)
	if st == nil || st.Epoch == f.Epoch && model.SameMembers(st.ISR, f.ISR) {
		return
	}
	s.find("isr-unfounded", f.TopicPartition, -1,
		"%s leads with ISR %s in epoch %d and partition epoch %d, but the metadata has ISR %s in epoch %d",
		s.Node, s.names(f.ISR), f.Epoch, f.PartitionEpoch, s.names(st.ISR), st.Epoch)
}
