package checkers

import (
	"gregor/checkers/model"
	"gregor/core/env"
)

// recovered-lost-flushed: what was flushed survives everything but a disk that breaks its promise.
//
// recovered-lost-committed: what could be read survives, except what was not flushed in a power cut.
//
// recovered-lost-clean: a log that was open when its broker stopped on request is as it was.
//
// recovered-beyond-end: a recovery does not find what was never appended, nor the log of another topic of the same
// name.
//
// Where others have the same partition, it is no finding that one of them lost what it had not flushed: whether that
// was lost for good shows when the next leader begins.
var _ = register(ofLogs, []Property{
	{"recovered-lost-flushed", "after a restart the log lacks records that were flushed", `
		1 - cluster 2
		2 b1,b2 appended 0..9
		3 b1 high 0 10
		4 b2 flushed 10
		5 b2 power-cut
		6 b2 recovered 0 5
		=> recovered-lost-flushed t-0@5, event 6: b2 had flushed up to offset 10, but its log end offset
		   is 5 after the restart
	`},
	{"recovered-lost-committed", "after a restart the log lacks records below the high watermark", `
		1 - cluster 2
		2 b1,b2 appended 0..9
		3 b1 high 0 10
		4 b2 killed
		5 b2 recovered 0 0
		=> recovered-lost-committed t-0@0, event 5: b2 had a high watermark of 10, but its log end
		   offset is 0 after the restart
	`},
	{"recovered-lost-clean", "after a clean stop the log lacks records", `
		1 b0 recovered 0 0 clean
		2 b0 started
		3 b0 appended 0..9
		4 b0 stopped
		5 b0 recovered 0 8 clean
		=> recovered-lost-clean t-0@8, event 5: b0 had stopped cleanly with log end offset 10, but its
		   log end offset is 8 after the restart
	`},
	{"recovered-beyond-end", "after a restart the log holds records it never had", `
		1 b0 recovered 0 0 clean
		2 b0 started
		3 b0 appended 0..9
		4 b0 killed
		5 b0 recovered 0 11
		=> recovered-beyond-end t-0@10, event 5: b0 recovered 1 records that it never appended: its log
		   end offset was 10 and is 11 after the restart
	`},
}, before(recovered))

func recovered(s *step, f env.LogRecovered) {
	r := s.Replica
	switch {
	case r == nil:
	case r.Reopens():
		recoveredEnd(s, f, r.RecoveryTo(f))
	case !r.Known && !r.Opened && s.Partition.Recreated && f.End > 0:
		s.find("recovered-beyond-end", f.TopicPartition, 0,
			"%s opened a log with end offset %d for a topic of which it never had a record; another had its name before",
			s.Node, f.End)
	}
}

func recoveredEnd(s *step, f env.LogRecovered, got model.Recovery) {
	r := s.Replica
	switch got.Lost {
	case model.FoundTooMuch:
		s.find("recovered-beyond-end", f.TopicPartition, r.End,
			"%s recovered %d records that it never appended: its log end offset was %d and is %d after the restart",
			s.Node, f.End-r.End, r.End, f.End)
	case model.LostFlushed:
		lost(s, "recovered-lost-flushed", f, got.Why,
			"%s had flushed up to offset %d, but its log end offset is %d after the restart",
			s.Node, r.Flushed, f.End)
	case model.LostClean:
		lost(s, "recovered-lost-clean", f, got.Why,
			"%s had stopped cleanly with log end offset %d, but its log end offset is %d after the restart",
			s.Node, r.End, f.End)
	case model.LostCommitted:
		high := min(max(r.High, s.Partition.Committed.To), r.End)
		lost(s, "recovered-lost-committed", f, got.Why,
			"%s had a high watermark of %d, but its log end offset is %d after the restart",
			s.Node, high, f.End)
	}
}

// lost finds a loss that a replica may not have had. Where others have the partition, one that is permitted is no
// finding.
func lost(s *step, check string, f env.LogRecovered, why, format string, args ...any) {
	if why == "" || s.Partition.Alone() {
		s.find(check, f.TopicPartition, f.End, format, args...).Attributed = why
	}
}
