package checkers

import (
	"cmp"

	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// truncated-committed: a log is not truncated where it holds what was committed: what could be read once stays. What
// a follower holds there that was not committed makes way for what was, and all it holds for what it cannot catch up
// with.
//
// A follower in an older epoch may make way for what its leader had when that began, although a newer leader has
// committed more since: no leader counts on it, or strong-isr reports. So may one that does not know of an unclean
// election yet: what it makes way for was to be lost, or it is. What is below the newest leader's log start was
// deleted.
//
// truncated-leading: a leader does not truncate its log: the others make theirs what it has. A fenced log that goes on,
// because there is space on its disk again, drops what has never reached its files.
var _ = register(ofLogs, []Property{
	{"truncated-committed", "a replica truncated records below the high watermark", `
		1 b0 recovered 0 0 clean
		2 b0 appended 0..9
		3 b0 high 0 5
		4 b0 truncated 4
		=> truncated-committed t-0@4, event 4: b0 truncated its log to offset 4 (truncation), but
		   everything below offset 5 was committed
	`},
	{"truncated-leading", "a leader truncated its log", `
		1 - cluster 2
		2 b1,b2 appended 0..4
		3 b2 appended 5..9
		4 b2 says 1/1 2 1,2 2
		5 b2 leads 1
		6 b2 truncated 5
		=> truncated-leading t-0@5, event 6: b2, leader in epoch 1, truncated its log to offset 5
		   (truncation)
	`},
}, before(truncationBegins), before(truncated))

func truncationBegins(s *step, f env.LogCutting) {
	if !f.Anew {
		truncatesCommitted(s, model.Truncates(&s.Replica.Batches, f.To).Floor, "truncation")
	}
}

func truncated(s *step, f env.LogTruncated) {
	r := s.Replica
	if r.Role == model.Leading && !r.Fenced {
		s.find("truncated-leading", f.TopicPartition, f.To, "%s, leader in epoch %d, truncated its log to offset %d (%s)",
			s.Node, r.Epoch, f.To, f.Reason)
	}
	if !r.Empties(f.To) && !r.Truncation.Covers(f.To) {
		truncatesCommitted(s, f.To, f.Reason)
	}
}

func truncatesCommitted(s *step, to kafka.Offset, reason string) {
	r, p := s.Replica, s.Partition
	if r.KeepsCommitted(max(to, p.Start())) || notCounted(r) || dropsUnwritten(r, to) {
		return
	}
	s.find("truncated-committed", p.TopicPartition, to,
		"%s truncated its log to offset %d (%s), but everything below offset %d was committed",
		s.Node, to, reason, min(max(r.High, p.Committed.To),
			r.End)).Attributed = cmp.Or(r.Damage(), s.Cluster.BehindUnclean(r))
}

// notCounted reports whether a follower does not know of the newest epoch yet, and is neither in its ISR nor eligible
// there.
func notCounted(r *model.Replica) bool {
	p := r.Partition
	return r.Role == model.Following && r.Epoch < p.Epoch && p.Image.Known &&
		!model.IsCandidate(&p.Image.PartitionChanged, r.Node.ID)
}

// dropsUnwritten reports whether a fenced log, which goes on when there is space again, drops only what no leader has
// counted on, as at a recovery: it may not have been written.
func dropsUnwritten(r *model.Replica, to kafka.Offset) bool {
	return r.Fenced && !r.Partition.Alone() && to >= r.Counted
}
