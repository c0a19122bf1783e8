package checkers

import (
	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// high-watermark-beyond-isr: a leader's high watermark covers only what every member of its maximal ISR, committed
// and proposed together, has appended in the leader's own epoch: each of them may be the next leader. A member that
// has lost it since is excused; so is one that has moved on to a newer epoch.
var _ = registerWith(ofReplication, []Property{
	{"high-watermark-beyond-isr", "the leader's high watermark is above what a replica in the ISR has", `
		1 - cluster 3 min=2
		2 b1,b2 appended 0..9
		3 b3 appended 0..4
		4 b1 high 0 10
		=> high-watermark-beyond-isr t-0@10, event 4: b1, leader in epoch 0, advanced the high watermark
		   to 10, but b3, in its ISR or proposed for it, has not appended that far
	`},
}, func() []watch {
	reported := once{}
	return []watch{after(func(s *step, f env.HighWatermarkAdvanced) { coveredByISR(s, f, reported) })}
})

func coveredByISR(s *step, f env.HighWatermarkAdvanced, reported once) {
	r := s.Replica
	if !r.Decides() || !s.Partition.CountsOn(r) {
		return
	}
	r.Members(func(id kafka.NodeID, m *model.Replica) {
		switch {
		case s.Cluster.NodeOf(id) == nil:
			return
		case m != nil && m.Epoch >= r.Epoch && m.Holds(&r.Batches, f.To):
			return
		case m != nil && m.Reached(r.Epoch, f.To):
			return
		}
		if reported.first(r) {
			s.find("high-watermark-beyond-isr", f.TopicPartition, f.To,
				"%s, leader in epoch %d, advanced the high watermark to %d, but %s, in its ISR or proposed for it, %s",
				s.Node, r.Epoch, f.To, s.name(id), missing(m, r, f.To))
		}
	})
}

// missing is what a member of an ISR is missing.
func missing(m, leader *model.Replica, to kafka.Offset) string {
	switch {
	case m == nil || m.End < to:
		return "has not appended that far"
	case m.Epoch < leader.Epoch:
		return "has not entered that epoch"
	}
	return "holds another batch there"
}
