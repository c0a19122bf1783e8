package checkers

import (
	"gregor/checkers/model"
	"gregor/core/env"
)

// fenced-partition-moved: after a failed write or sync a log is not used again before it is recovered.
var _ = register(ofLogs, []Property{
	{"fenced-partition-moved", "a replica went on with a partition that it had fenced", `
		1 b0 recovered 0 0 clean
		2 b0 appended 0..9
		3 b0 fenced
		4 b0 high 0 10
		=> fenced-partition-moved t-0, event 4: b0 advanced its high watermark after it had fenced the
		   partition
	`},
},
	before(func(s *step, _ env.Appended) { whileFenced(s, s.Replica, "appended a batch") }),
	before(func(s *step, _ env.HighWatermarkAdvanced) { whileFenced(s, s.Replica, "advanced its high watermark") }),
	before(func(s *step, _ env.Flushed) { whileFenced(s, s.Replica, "flushed") }))

func whileFenced(s *step, r *model.Replica, did string) {
	if r.Fenced {
		s.find("fenced-partition-moved", r.Partition.TopicPartition, -1, "%s %s after it had fenced the partition",
			s.Node, did)
	}
}
