package checkers

import "gregor/core/env"

// log-matching: two replicas that hold a batch of the same epoch at the same offset hold the same bytes, unless
// compaction has changed them on one.
var _ = register(ofReplication, []Property{
	{"log-matching", "two replicas hold different batches of one epoch at one offset", `
		1 b0 appended 0..4 epoch=1 crc=a
		2 b1 appended 0..4 epoch=1 crc=b
		=> log-matching t-0@0, event 2: in epoch 1 b1 holds a batch with CRC 71beeff9 at offset 0, and
		   b0 one with CRC e8b7be43 at offset 0
	`},
}, before(logsMatch))

func logsMatch(s *step, f env.Appended) {
	p := s.Partition
	if f.Last < f.Base || len(p.Replicas) == 1 || f.Base < p.Cleaned {
		return
	}
	for _, other := range p.Replicas {
		if other == s.Replica {
			continue
		}
		b := other.Batches.At(f.Base)
		if b == nil || b.Epoch != f.Epoch || b.Base == f.Base && b.CRC == f.CRC {
			continue
		}
		s.find("log-matching", f.TopicPartition, f.Base,
			"in epoch %d %s holds a batch with CRC %08x at offset %d, and %s one with CRC %08x at offset %d",
			f.Epoch, s.Node, f.CRC, f.Base, other.Node.Name, b.CRC, b.Base)
	}
}
