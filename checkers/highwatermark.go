package checkers

import "gregor/core/env"

// high-watermark-back: within one life of a log the high watermark only rises.
//
// high-watermark-beyond-end: it does not pass the log's end.
//
// high-watermark-unfounded: a follower's high watermark does not pass what some leader's has covered.
var _ = register(ofLogs, []Property{
	{"high-watermark-back", "a high watermark moved back", `
		1 b0 recovered 0 0 clean
		2 b0 appended 0..9
		3 b0 high 0 10
		4 b0 high 4 8
		=> high-watermark-back t-0@8, event 4: b0 moved the high watermark from 10 back to 8
	`},
	{"high-watermark-beyond-end", "a high watermark is beyond the end of the log", `
		1 b0 recovered 0 0 clean
		2 b0 appended 0..9
		3 b0 high 0 11
		=> high-watermark-beyond-end t-0@11, event 3: b0 advanced the high watermark to 11, but its log
		   end offset is 10
	`},
	{"high-watermark-unfounded", "a follower's high watermark is above any leader's", `
		1 - cluster 2
		2 b1,b2 appended 0..4
		3 b1 high 0 3
		4 b2 high 0 5
		=> high-watermark-unfounded t-0@5, event 4: b2, which follows b1 in epoch 0, advanced its high
		   watermark to 5, but no leader's has passed 3
	`},
}, before(highWatermark))

func highWatermark(s *step, f env.HighWatermarkAdvanced) {
	switch r := s.Replica; {
	case f.To <= f.From || f.To < r.High:
		s.find("high-watermark-back", f.TopicPartition, f.To, "%s moved the high watermark from %d back to %d",
			s.Node, max(f.From, r.High), f.To)
	case r.Known && f.To > r.End:
		s.find("high-watermark-beyond-end", f.TopicPartition, f.To,
			"%s advanced the high watermark to %d, but its log end offset is %d",
			s.Node, f.To, r.End)
	case !r.Decides() && f.To > s.Partition.Readable:
		s.find("high-watermark-unfounded", f.TopicPartition, f.To,
			"%s, which follows %s in epoch %d, advanced its high watermark to %d, but no leader's has passed %d",
			s.Node, s.name(r.Follows), r.Epoch, f.To, s.Partition.Readable)
	}
}
