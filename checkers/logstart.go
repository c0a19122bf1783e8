package checkers

import "gregor/core/env"

// log-start-back: the log start only rises.
//
// log-start-beyond-high-watermark: nothing is deleted before it could be read.
//
// deletion-behind: what was deleted on request is gone from all replicas that are alive when that is answered. A
// crash may bring it back to one of them: followers write down where their logs begin now and then only.
var _ = register(ofLogs, []Property{
	{"log-start-back", "a log start offset moved back", `
		1 b0 recovered 0 0 clean
		2 b0 appended 0..9
		3 b0 high 0 8
		4 b0 start 4 retention.ms
		5 b0 start 3 retention.ms
		=> log-start-back t-0@3, event 5: b0 moved the log start offset from 4 back to 3
	`},
	{"log-start-beyond-high-watermark", "records above the high watermark were deleted", `
		1 b0 recovered 0 0 clean
		2 b0 appended 0..9
		3 b0 high 0 8
		4 b0 start 9 retention.bytes
		=> log-start-beyond-high-watermark t-0@9, event 4: b0 deleted records below offset 9
		   (retention.bytes), but the high watermark is 8
	`},
	{"deletion-behind", "a log begins below the offset that DeleteRecords reported", `
		1 - cluster 3
		2 b1,b2,b3 appended 0..9
		3 b1,b2,b3 high 0 8
		4 b1,b2 start 8 delete-records
		5 b3 start 7 delete-records
		6 b1 deleted 8 1,2,3
		=> deletion-behind t-0@8, event 6: b1 answered that records below offset 8 are deleted, but the
		   log of b3 starts at offset 7
	`},
}, before(logStart), before(recordsDeleted))

func logStart(s *step, f env.LogStartAdvanced) {
	r := s.Replica
	if r == nil {
		return // the metadata quorum's
	}
	if r.Known && f.To <= r.Start {
		s.find("log-start-back", f.TopicPartition, f.To, "%s moved the log start offset from %d back to %d", s.Node,
			r.Start, f.To)
	}
	if high := max(r.High, r.Partition.Readable, r.Partition.Committed.To); f.To > high {
		s.find("log-start-beyond-high-watermark", f.TopicPartition, f.To,
			"%s deleted records below offset %d (%s), but the high watermark is %d",
			s.Node, f.To, f.Reason, high)
	}
}

func recordsDeleted(s *step, f env.RecordsDeleted) {
	for _, id := range f.Replicas {
		if m := s.Partition.Of(id); m != nil && m.MaxStart < f.To {
			s.find("deletion-behind", f.TopicPartition, f.To,
				"%s answered that records below offset %d are deleted, but the log of %s starts at offset %d",
				s.Node, f.To, m.Node.Name, m.Start)
		}
	}
}
