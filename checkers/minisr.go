package checkers

import (
	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// high-watermark-below-min-isr: while the ISR has fewer members than min.insync.replicas, the high watermark does not
// move: only so has every replica that was in the ISR when it last moved still everything (KIP-966).
var _ = registerWith(ofReplication, []Property{
	{"high-watermark-below-min-isr", "the high watermark rose with fewer than min.insync.replicas in sync", `
		1 - cluster 3 min=2
		2 b1 says 0/1 1 1,2,3 1 min=2 elr=2,3
		2 b1 isr 0 1 1
		3 b1,b2,b3 appended 0..9
		4 b1 high 0 10
		=> high-watermark-below-min-isr t-0@10, event 4: b1 advanced the high watermark to 10 with 1 in
		   the ISR, but min.insync.replicas is 2
	`},
}, func() []watch {
	reported := once{}
	return []watch{after(func(s *step, f env.HighWatermarkAdvanced) { enoughInSync(s, f.To, reported) })}
})

func enoughInSync(s *step, to kafka.Offset, reported once) {
	r := s.Replica
	if r.Role != model.Leading || !s.Partition.CountsOn(r) || r.ISR == nil || len(r.ISR) >= r.MinISR() {
		return
	}
	members := len(r.ISR)
	s.later(func() { // the setting may just have changed
		if members < r.MinISR() && reported.first(r) {
			s.find("high-watermark-below-min-isr", r.Partition.TopicPartition, to,
				"%s advanced the high watermark to %d with %d in the ISR, but min.insync.replicas is %d",
				r.Node.Name, to, members, r.MinISR())
		}
	})
}
