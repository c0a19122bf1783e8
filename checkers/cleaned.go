package checkers

import "gregor/core/env"

// cleaned-beyond-high-watermark: compaction leaves alone what could not be read yet.
//
// cleaned-made-records: compaction only removes.
var _ = register(ofLogs, []Property{
	{"cleaned-beyond-high-watermark", "compaction went beyond the high watermark", `
		1 b0 recovered 0 0 clean
		2 b0 appended 0..9
		3 b0 high 0 7
		4 b0 cleaning 8
		=> cleaned-beyond-high-watermark t-0@8, event 4: b0 compacts up to offset 8, but the high
		   watermark is 7
	`},
	{"cleaned-made-records", "compaction left more records than there were", `
		1 b0 recovered 0 0 clean
		2 b0 appended 0..9
		3 b0 high 0 10
		4 b0 cleaned 0 8 8 9
		=> cleaned-made-records t-0@0, event 4: b0 compacted 8 records into 9
	`},
}, before(cleaning), before(cleaned))

func cleaning(s *step, f env.Cleaning) {
	p := s.Partition
	if high := max(s.Replica.High, p.Readable, p.Committed.To); f.To > high {
		s.find("cleaned-beyond-high-watermark", f.TopicPartition, f.To,
			"%s compacts up to offset %d, but the high watermark is %d",
			s.Node, f.To, high)
	}
}

func cleaned(s *step, f env.Cleaned) {
	if f.Kept > f.Read {
		s.find("cleaned-made-records", f.TopicPartition, f.From, "%s compacted %d records into %d", s.Node, f.Read, f.Kept)
	}
}
