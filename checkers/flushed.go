package checkers

import "gregor/core/env"

// flushed-beyond-end: a broker does not report to have flushed what it has not appended.
//
// flushed-back: within one life of a log the flushed offset only rises.
var _ = register(ofLogs, []Property{
	{"flushed-beyond-end", "more was flushed than the log holds", `
		1 b0 recovered 0 0 clean
		2 b0 appended 0..9
		3 b0 flushed 11
		=> flushed-beyond-end t-0@11, event 3: b0 flushed up to offset 11, but its log end offset is 10
	`},
	{"flushed-back", "the flushed offset moved back", `
		1 b0 recovered 0 0 clean
		2 b0 appended 0..9
		3 b0 flushed 10
		4 b0 flushed 4
		=> flushed-back t-0@4, event 4: b0 flushed up to offset 4 after offset 10
	`},
}, before(flushed))

func flushed(s *step, f env.Flushed) {
	switch r := s.Replica; {
	case r.Known && f.To > r.End:
		s.find("flushed-beyond-end", f.TopicPartition, f.To, "%s flushed up to offset %d, but its log end offset is %d",
			s.Node, f.To, r.End)
	case f.To < r.Flushed:
		s.find("flushed-back", f.TopicPartition, f.To, "%s flushed up to offset %d after offset %d", s.Node, f.To, r.Flushed)
	}
}
